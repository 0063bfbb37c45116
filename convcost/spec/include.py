"""``include:``: the blocks of other files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convcost.errors import SpecError, printable, quoted
from convcost.spec.compose import compose
from convcost.spec.nodes import File, List, Mapping, Node, Scalar, decode, described
from convcost.spec.read_blocks import read_blocks
from convcost.spec.read_layers import LayerReader

if TYPE_CHECKING:
    from convcost.spec.files import Named
    from convcost.spec.model import Block
    from convcost.spec.problems import Problems
    from convcost.spec.read_layers import Words

MOST_FILES = 100
_KEY = re.compile(r"""^[{ ]{0,9}["']?(?:blocks|include)["']?[ \t]*:""", re.MULTILINE)


class Includer:
    """Reads the blocks of files, each file once.

    A file sees its own blocks, those of the files that it includes, and the library's; never those
    of the files that include it.
    """

    def __init__(
        self,
        named: Named,
        problems: Problems,
        library: Words,
        keys: tuple[str, ...],
    ) -> None:
        self.named = named
        self.problems = problems
        self.library = library
        self.keys = keys
        self.opened = 0
        self.blocks: dict[str, dict[str, Block] | None] = {}  # by file; None: a mistake

    def read_blocks(self, reader: LayerReader, root: Mapping, chain: tuple[str, ...]) -> None:
        """Read a file's own blocks and those that it includes.

        Args:
            reader: of that file; gets the blocks.
            root: its top level.
            chain: the files that led here, itself last.
        """
        include, blocks = root.get("include"), reader.mapping(root.get("blocks"), "blocks")
        reader.vague = blocks is None and "blocks" in root.entries
        for node in include.items if isinstance(include, List) else [include] if include else []:
            self._include(reader, node, chain)
        read_blocks(reader, blocks)

    def _include(self, reader: LayerReader, node: Node, chain: tuple[str, ...]) -> None:
        found = self._of(reader, node, chain)
        reader.vague |= found is None
        for name, block in (found or {}).items():
            other = reader.blocks.setdefault(name, block)
            if other is not block:
                note = f"the other is at {other.node.source}"
                reader.complain(f"two included blocks are named `{name}`", node, note)

    def _of(
        self, reader: LayerReader, node: Node, chain: tuple[str, ...]
    ) -> dict[str, Block] | None:
        """The blocks of a file, or None with a complaint."""
        if not isinstance(node, Scalar) or node.empty:
            reader.complain(f"the path of a file is wanted, and here is {described(node)}", node)
            return None
        path = self.named.path(reader, node, chain[-1])
        if path is None:
            return None
        if path in chain:
            loop = " -> ".join(map(printable, (*chain[chain.index(path) :], path)))
            reader.complain(f"files include each other in a circle: {loop}", node)
            return None
        if path not in self.blocks:
            self.opened += 1
            if self.opened > MOST_FILES:
                self.problems.stop(node.problem(f"more than {MOST_FILES} files are included"))
            self.blocks[path] = self._read(reader, node, path, chain)
        return self.blocks[path]

    def _read(
        self, reader: LayerReader, node: Node, path: str, chain: tuple[str, ...]
    ) -> dict[str, Block] | None:
        try:
            file = File(path, decode(self.named.read(path), path))
        except SpecError as error:
            reader.complain(error.problems[0].message, node)
            return None
        if not _KEY.search(file.text):  # it may be anything, so nothing of it is said
            reader.complain(f"{quoted(path)} has no `blocks:` to include", node)
            return None
        root = compose(file, self.problems)
        inner = LayerReader(self.problems, self.library)
        if not isinstance(root, Mapping):
            message = f"{quoted(path)} is not a mapping, and one with `blocks:` is wanted"
            reader.complain(message, node)
            return None
        fine = inner.known_keys(root, self.keys, "a spec", "key")
        empty = "blocks" not in root.entries and "include" not in root.entries
        if fine and empty:
            reader.complain(f"{quoted(path)} has no `blocks:` to include", node)
        self.read_blocks(inner, root, (*chain, path))
        reader.vague |= inner.vague or empty or not fine
        return inner.blocks
