"""Blocks: words of a spec's own, and the library's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from convcost.errors import quoted
from convcost.ops import OPS
from convcost.spec.compose import compose
from convcost.spec.model import Block, called_blocks
from convcost.spec.nodes import File, Mapping, Node, Scalar, decode
from convcost.spec.read_layers import COMMON, LayerReader
from convcost.spec.read_structures import STRUCTURES

if TYPE_CHECKING:
    from convcost.spec.problems import Problems

FOLDER = Path(__file__).parent.parent / "library"
KEYS = ("args", "inputs", "layers", "outputs", "doc", "paper")
DEEPEST = 64  # blocks that call each other


class Library:
    """The blocks that come with the package, each read when it is first called."""

    structures = STRUCTURES

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.found: dict[str, Block] = {}
        self.words: set[str] = set()
        self._names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all blocks."""
        if not self._names:
            self._names = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
        return self._names

    def find(self, name: str) -> Block | None:
        """A block by its name, or None."""
        if name in self.found:
            return self.found[name]
        if name not in self.names:
            return None
        path = FOLDER / f"{name}.yaml"
        file = File(f"library/{name}.yaml", decode(path.read_bytes(), str(path)), library=True)
        node = compose(file, self.problems)
        assert isinstance(node, Mapping)
        # Known before its layers are read, so that a block may call those that call others.
        block = self.found[name] = Block(name, node)
        reader = LayerReader(self.problems, self)
        _read_head(reader, block, node)
        _read_layers(reader, block, node)
        return block


def read_blocks(reader: LayerReader, node: Mapping | None) -> None:
    """Read a file's own blocks into ``reader.blocks``."""
    bodies: list[tuple[Block, Mapping]] = []
    for key, value in node.entries.values() if node else ():
        name = reader.name(key, "a block")
        if name in OPS or name in STRUCTURES:
            reader.complain(f"a block cannot be named like the op `{name}`", key)
            name = None
        if key.text in reader.blocks:
            note = f"the other is at {reader.blocks[key.text].node.source}"
            reader.complain(f"an included block has the name `{key.text}`", key, note)
        block = Block(key.text, key)
        body = reader.mapping(value, f"block {quoted(key.text)}")
        block.broken = block.vague = name is None or body is None
        if key.text not in OPS and key.text not in STRUCTURES:
            reader.blocks[key.text] = block
        if body is not None:
            bodies.append((block, body))
    # Heads first, so that blocks may call those that are written later.
    for block, body in bodies:
        _read_head(reader, block, body)
    for block, body in bodies:
        _read_layers(reader, block, body)
    _refuse_chains(reader)


def _read_head(reader: LayerReader, block: Block, node: Mapping) -> None:
    """Read a block's arguments and inputs: what its callers need to know."""
    reader.known_keys(node, KEYS, f"block {quoted(block.name)}", "key")
    args = reader.mapping(node.get("args"), "args")
    block.vague |= (args is None and "args" in node.entries) or node.merged
    for key, value in args.entries.values() if args else ():
        block.keys[key.text] = key
        if key.text in (*COMMON, "like"):
            reader.complain(f"`{key.text}` cannot name an argument: every layer has it", key)
        elif reader.value_name(key, "an argument") is None:
            block.vague = True
        elif isinstance(value, Scalar) and value.empty:
            block.args[key.text] = None
            block.required.append(key.text)
        else:
            block.args[key.text] = reader.argument(value)
    inputs, outputs = node.get("inputs"), node.get("outputs")
    if outputs is not None:
        block.outputs = reader.references(outputs)
    if inputs is not None:
        block.inputs = _input_names(reader, inputs)
        block.vague |= not block.inputs


def _input_names(reader: LayerReader, node: Node) -> list[str]:
    names: list[str] = []
    references = reader.references(node, "an input")
    for reference in references.names if references else ():
        name = reader.name(reference.node, "an input")
        if name in names:
            reader.complain(f"two inputs are named `{name}`", reference.node)
        elif name is not None:
            names.append(name)
    return names


def _read_layers(reader: LayerReader, block: Block, node: Mapping) -> None:
    layers = node.get("layers")
    if layers is None:
        reader.complain(f"block {quoted(block.name)} needs `layers:`", block.node)
        block.broken = True
        return
    reader.inputs = tuple(block.inputs)
    block.layers = reader.items(layers)
    reader.inputs = ()


def _refuse_chains(reader: LayerReader) -> None:
    """Complain of blocks that call each other in a long row. One that comes back to itself is fine:
    how often it does is for numbers to tell."""
    done: set[str] = set()

    def visit(block: Block, chain: tuple[str, ...]) -> None:
        if block.name in (*chain, *done) or reader.blocks.get(block.name) is not block:
            return  # seen before, or of the library
        if len(chain) >= DEEPEST:
            message = f"blocks call each other more than {DEEPEST} deep"
            reader.problems.stop(block.node.problem(message))
        for called in called_blocks(block.layers):
            visit(called, (*chain, block.name))
        done.add(block.name)

    for block in reader.blocks.values():
        visit(block, ())
