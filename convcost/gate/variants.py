"""Variants of a model: one file with vars, sizes of inputs or a type of numbers of their own.

A command line names one as ``net.yaml@width=32@3x160x160@int8``; a configuration has those of its
models in ``[[model]]``:

```toml
[[model]]
models = ["net.yaml"]
variants = ["width=32", { settings = { width = 64 }, dtype = "float16", batch = 256 }]
```
"""

from __future__ import annotations

import re
from collections import abc
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.dtype import DTYPES
from convcost.errors import ConvcostError, listed, quoted
from convcost.gate import told
from convcost.given import NOTHING, SETTING, SHAPE, Given, shape_of
from convcost.spec.nodes import List, Mapping, Scalar, described

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

KEY = "variants"
KEYS = ("settings", *told.KEYS, "dtype", "batch")
EXAMPLE = "width=32, 3x160x160 or int8"


Settings = abc.Mapping[str, str]


class Variant(NamedTuple):
    """The settings of a variant. ``name`` follows the name of its file, as in ``@width=32``; it is
    "" for a model as it is written."""

    name: str = ""
    settings: Settings = MappingProxyType({})
    given: Given = NOTHING
    dtype: str | None = None
    batch: int | None = None

    def arguments(self, given: Given, *, exported: bool) -> dict[str, Any]:
        """The arguments of :func:`convcost.load`, where ``given`` gives way. An exported model has
        sizes that its file leaves open in the place of vars.

        Raises:
            ConvcostError: one of them is not a size.
        """
        over = self.given.over(given)
        numbers = {"dtype": self.dtype, "batch": self.batch}
        if not exported:
            return {**over._asdict(), "settings": self.settings, **numbers}
        dims = {name: _size(name, text) for name, text in self.settings.items()}
        return {**Given(dims=dims).over(over)._asdict(), **numbers}


AS_WRITTEN = Variant()


class Target(NamedTuple):
    """One thing to check: a file, and which variant of it."""

    path: Path
    variant: Variant = AS_WRITTEN


def variant_of(words: Sequence[str]) -> Variant:
    """The variant that words after ``@`` say: settings of vars, shapes, a type of numbers.

    Raises:
        ValueError: one says nothing, in words about it.
    """
    settings: dict[str, str] = {}
    inputs: dict[str, tuple[int, ...]] = {}
    dtype: str | None = None
    for word in words:
        setting = SETTING.fullmatch(word)
        if word in DTYPES:
            dtype = word
        elif SHAPE.fullmatch(word):
            name, _, text = word.rpartition("=")
            inputs[name] = shape_of(text) or ()
        elif setting is not None:
            settings[setting[1]] = setting[2]
        else:
            raise ValueError(f"{quoted(word)} says nothing of a variant: it is such as {EXAMPLE}")
    return Variant(_name(words), settings, Given(inputs), dtype)


def _size(name: str, text: str) -> int:
    sizes = shape_of(text) or ()
    if len(sizes) != 1:
        raise ConvcostError(f"{quoted(f'{name}={text}')} is not a size, such as {name}=320")
    return sizes[0]


def _name(words: Iterable[str]) -> str:
    return "".join(f"@{word}" for word in words)


def with_settings(variant: Variant, settings: Settings) -> Variant:
    """A variant with more vars, which give way to its own."""
    more = {name: value for name, value in settings.items() if name not in variant.settings}
    name = _name(f"{name}={value}" for name, value in more.items())
    return variant._replace(name=f"{variant.name}{name}", settings={**more, **variant.settings})


def read_variants(reader: Reader, node: Node | None) -> list[Variant]:
    """The variants of a ``[[model]]`` table; mistakes go to the reader's problems."""
    if node is None:
        return []
    if not isinstance(node, List):
        reader.complain(f"variants is a list, and here is {described(node)}", node)
        return []
    found = [_variant(reader, item) for item in node.items]
    return [one for one in found if one is not None]


def _variant(reader: Reader, node: Node) -> Variant | None:
    if isinstance(node, Scalar) and not node.plain:
        try:
            return variant_of(node.text.removeprefix("@").split("@"))
        except ValueError as error:
            reader.complain(str(error), node)
            return None
    mapping = node if isinstance(node, Mapping) else None
    if mapping is None or not mapping.entries:
        wanted = '"width=32" or {settings = {width = 32}}'
        reader.complain(f"a variant is such as {wanted}, and here is {described(node)}", node)
        return None
    reader.known_keys(mapping, KEYS, "a variant", "key")
    settings = _settings(reader, mapping.get("settings"))
    given = told.given_of(reader, mapping)
    dtype = _dtype(reader, mapping.get("dtype"))
    words = [f"{name}={value}" for name, value in settings.items()]
    words += [
        f"{name}={'x'.join(map(str, sizes))}".removeprefix("=")
        for name, sizes in given.inputs.items()
    ]
    words += [f"{name}={value}" for name, value in {**given.dims, **given.values}.items()]
    words += [dtype] if dtype else []
    batch = _batch(reader, mapping.get("batch"))
    words += [f"batch={batch}"] if batch else []
    return Variant(_name(words), settings, given, dtype, batch)


def _settings(reader: Reader, node: Node | None) -> dict[str, str]:
    table = reader.mapping(node, "settings")
    found: dict[str, str] = {}
    for name, (at, value) in table.entries.items() if table else ():
        if isinstance(value, Scalar) and value.text.strip():
            found[name] = value.text
        else:
            said = f"settings: {quoted(name)} is a value of a var, and here is {described(value)}"
            reader.complain(said, at)
    return found


def _batch(reader: Reader, node: Node | None) -> int | None:
    if node is None:
        return None
    if isinstance(node, Scalar) and node.plain and re.fullmatch(r"[1-9][0-9]{0,11}", node.text):
        return int(node.text)
    said = "batch is a number of samples, at least 1"
    reader.complain(f"{said}, and here is {described(node)}", node)
    return None


def _dtype(reader: Reader, node: Node | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, Scalar) and node.text in DTYPES:
        return node.text
    known = listed([quoted(name) for name in DTYPES], "or")
    reader.complain(f"dtype is {known}, and here is {described(node)}", node)
    return None
