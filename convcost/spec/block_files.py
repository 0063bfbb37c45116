"""Files that hold blocks alone, for specs to include: checked as far as they can be without a call.

Sizes are those of a caller, so inputs, arguments, conditions and repeats are *unknown*, and what is
unknown is silent. What is left are names of layers, of arguments and of fields, and values that no
size can make right.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.errors import SpecError
from convcost.gc_pause import paused
from convcost.spec.compose import compose
from convcost.spec.evaluate import evaluate
from convcost.spec.expand import Expander
from convcost.spec.files import Files, Named
from convcost.spec.include import Includer
from convcost.spec.model import Document
from convcost.spec.nodes import File, Mapping, decode
from convcost.spec.outputs import Outputs
from convcost.spec.problems import Problems
from convcost.spec.read_blocks import Library
from convcost.spec.read_document import KEYS, read_head
from convcost.spec.read_layers import LayerReader
from convcost.spec.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.spec.model import Block, Call, Item, Reference
    from convcost.spec.scope import Flow
    from convcost.spec.syntax import Value

_OF_SPECS = re.compile(rb"^(?:layers|inputs?)[ \t]*:", re.MULTILINE)


def holds_only_blocks(data: bytes) -> bool:
    """Whether a YAML text is a file of blocks: it has some, or includes some, and neither an input
    nor layers of its own."""
    if _OF_SPECS.search(data) or not (b"blocks" in data or b"include" in data):
        return False
    try:
        file = File("", decode(data, ""))
        root = compose(file, Problems(file))
    except SpecError:
        return False
    keys = set(root.entries) if isinstance(root, Mapping) else set[str]()
    return bool(keys & {"blocks", "include"}) and not keys & {"input", "inputs", "layers"}


def load_blocks(path: str, read: Callable[[str], bytes] | None = None) -> Document:
    """The blocks of a file that has no layers of its own.

    Args:
        path: the file.
        read: returns the bytes of a path, in place of the file.

    Raises:
        SpecError: with every mistake that can be seen without a call.
    """
    read = Files() if read is None else read
    file = File(path, decode(read(path), path))
    problems = Problems(file)
    with paused():
        root = compose(file, problems)
        assert isinstance(root, Mapping)
        reader = LayerReader(problems, Library(problems))
        reader.known_keys(root, KEYS, "a file of blocks", "key")
        document = Document(file, PurePath(path).stem)
        read_head(reader, root, document)
        named = Named(path, read)
        Includer(named, problems, reader.library, KEYS).read_blocks(reader, root, (path,))
        document.blocks, document.words = reader.blocks, reader.words
        for block in document.blocks.values():
            if block.node.file is file:
                _Uncalled(document, {}, problems).check(block)
        problems.refuse()
    return document


class _Names(Outputs):
    """Names of layers; what is inside of calls and repeats is not known here."""

    def _complain(
        self, reference: Reference, text: str, scope: Scope, word: Value | None = None
    ) -> None:
        head, _, inside = text.partition(".")
        segments = {item.segment for items in scope.lists for item in items}
        if not inside or head not in segments:
            super()._complain(reference, text, scope, word)


class _Uncalled(Expander):
    """Goes through a block that nobody calls: everything is there, once, and of no known size."""

    def check(self, block: Block) -> None:
        """Note the mistakes in a block of the document's own."""
        if block.broken:
            return
        self.outputs = _Names(self.problems)
        flows: dict[str, Flow] = dict.fromkeys(("input", *block.inputs))
        scope = self.outputs.top = Scope(dict.fromkeys(block.args), flows, block.layers)
        scope.prefixes, scope.entry, scope.in_block = (block.name,), None, True
        scope.vague, scope.words = block.vague, self.document.words
        for default in block.args.values():
            if default is not None:
                evaluate(default, self.problems, scope, None, block.args)
        self._items(block.layers, None, scope)
        if block.outputs is not None:
            self.outputs.of_all(block.outputs, scope)

    def _is_there(self, item: Item, flow: Flow, scope: Scope) -> bool | None:
        return super()._is_there(item, flow, scope) is not False

    def _call(
        self,
        item: Call,
        flow: Flow,
        scope: Scope,
        path: str,  # noqa: ARG002 - only expanding needs it, to name layers
    ) -> Flow:
        self._values(item.fields, flow, scope, no_words=())
        return None
