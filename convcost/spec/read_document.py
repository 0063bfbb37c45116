"""From a file's nodes to the document: its top level."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.errors import Problem, printable, quoted, similar
from convcost.metrics import EXPECTABLE
from convcost.spec.compose import compose
from convcost.spec.files import Named
from convcost.spec.include import Includer
from convcost.spec.model import Document
from convcost.spec.nodes import File, List, Mapping, Scalar, described
from convcost.spec.read_blocks import Library
from convcost.spec.read_layers import LayerReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convcost.spec.model import Template
    from convcost.spec.problems import Problems

KEYS = (
    *("convcost", "name", "include", "input", "inputs", "vars", "blocks", "layers", "outputs"),
    *("dtype", "weights", "expect", "budget"),
)
EXPECT_KEYS = (*EXPECTABLE, "output_shape")
"""The keys of ``expect:``."""


def read_document(file: File, problems: Problems, read: Callable[[str], bytes]) -> Document:
    """A spec from its file.

    Args:
        file: its YAML.
        read: returns the bytes of a path, for the files that it includes.
        problems: told of every mistake; it stops where there is nothing to go on with.
    """
    root = compose(file, problems)
    reader = LayerReader(problems, Library(problems))
    if root is None:
        notes = ("a spec needs `input:` and `layers:`",)
        problems.stop(Problem(f"{printable(file.path)}: the file is empty", notes=notes))
    if not isinstance(root, Mapping):
        problems.stop(root.problem(f"a spec is a mapping, and here is {described(root)}"))
    node = root
    reader.known_keys(node, KEYS, "a spec", "key")
    document = Document(file, PurePath(file.path).stem.strip("<>"))
    read_head(reader, node, document)
    _read_inputs(reader, node, document)
    named = Named(file.path, read)
    Includer(named, problems, reader.library, KEYS).read_blocks(reader, node, (file.path,))
    document.blocks = reader.blocks
    _read_layers(reader, node, document)
    document.words = reader.words
    document.weights = _read_weights(reader, node, named)
    dtype = node.get("dtype")
    document.dtype = dtype and reader.template(dtype)
    document.expect = dict(_read_expect(reader, node))
    budget = node.get("budget")
    if budget is not None:
        from convcost.spec.read_budget import read_budget

        document.budget = read_budget(reader, budget)
    return document


def read_head(reader: LayerReader, node: Mapping, document: Document) -> None:
    """Read the version of the language, the name and the vars of a file."""
    version = node.get("convcost")
    if version is not None and not (isinstance(version, Scalar) and version.text == "1"):
        message = "this convcost reads version 1 of the language"
        reader.complain(f"{message}, and here is {described(version)}", version)
    name = node.get("name")
    if name is not None:
        if isinstance(name, Scalar) and not name.empty and name.text.isprintable():
            document.name = name.text
        else:
            message = f"the name of a network is a line of text, and here is {described(name)}"
            reader.complain(message, name)
    vars_ = reader.mapping(node.get("vars"), "vars")
    document.vague = vars_ is None and "vars" in node.entries
    for key, value in vars_.entries.values() if vars_ else ():
        name = reader.value_name(key, "a var")
        document.vars[name or key.text] = reader.argument(value)
        document.keys[name or key.text] = key


def _read_inputs(reader: LayerReader, node: Mapping, document: Document) -> None:
    one, several = node.get("input"), node.get("inputs")
    if one is not None and several is not None:
        reader.complain("give either `input:` or `inputs:`", node.entries["inputs"][0])
    if one is not None:
        template = reader.template(one)
        document.inputs = {"input": template}
    elif several is not None:
        mapping = reader.mapping(several, "inputs")
        if mapping is not None and not mapping.entries:
            reader.complain("inputs is empty, and a spec needs one", several)
        for key, value in mapping.entries.values() if mapping else ():
            name = reader.name(key, "an input")
            document.inputs[name or key.text] = reader.template(value)
    elif not node.merged:
        reader.complain("a spec needs `input:`, such as [3, 224, 224]", node)


def _read_layers(reader: LayerReader, node: Mapping, document: Document) -> None:
    layers, outputs = node.get("layers"), node.get("outputs")
    reader.inputs = tuple(document.inputs)
    if layers is not None:
        document.layers = reader.items(layers)
        if isinstance(layers, List) and not layers.items:
            reader.complain("layers is empty, and a spec needs one", layers)
    elif not node.merged:
        reader.complain("a spec needs `layers:`", node)
    if outputs is not None:
        document.outputs = reader.references(outputs)


def _read_weights(reader: LayerReader, node: Mapping, named: Named) -> str | None:
    """The path of the file with arrays, which is written as seen from the spec."""
    weights = node.get("weights")
    if weights is None:
        return None
    if isinstance(weights, Scalar) and weights.text.endswith(".npz"):
        return named.path(reader, weights, named.spec)
    notes = ("a layer's own arrays are written in its entry",)
    reader.complain(f"weights is an .npz file, and here is {described(weights)}", weights, *notes)
    return None


def _read_expect(reader: LayerReader, node: Mapping) -> Iterator[tuple[str, Template]]:
    mapping = reader.mapping(node.get("expect"), "expect")
    for key, value in mapping.entries.values() if mapping else ():
        if key.text not in EXPECT_KEYS:
            notes = similar(key.text, EXPECT_KEYS, "figure")
            notes = notes or (f"figures: {', '.join(EXPECT_KEYS)}",)
            reader.complain(f"expect knows no figure {quoted(key.text)}", key, *notes)
        elif (template := reader.template(value)) is not None:
            yield key.text, template
