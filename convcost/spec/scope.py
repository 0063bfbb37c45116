"""The names that can be seen from where a layer stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from convcost.allowance import work
from convcost.dtype import DEFAULT
from convcost.spec.syntax import Word

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from convcost.spec.model import Call, Item
    from convcost.spec.nodes import Node
    from convcost.spec.syntax import Value
    from convcost.tensor import Tensor

NAMES_A_STEP = 16  # copied

Flow: TypeAlias = "tuple[Tensor, ...] | None"
"""The tensors that a layer passes on: its outputs, or None where a reported mistake makes them
unknown."""


class SeenWord(Word):
    """A word, and the scope where it is written: of that is the layer of its name."""

    scope: Scope

    def __new__(cls, text: str, scope: Scope, node: Node | None = None) -> SeenWord:
        """The word of a text."""
        word = super().__new__(cls, text)
        word.scope, word.node = scope, node
        return word


class Share(NamedTuple):
    """Layers at or below the path ``own`` use the weights of those at or below ``target``."""

    own: str
    target: str
    node: Node


class Scope:
    """Names and layers in sight, and how one came here.

    Attributes:
        names: values of vars, arguments, columns and ``i``; None for one that is unknown because
            of a mistake.
        inputs: what ``from:`` reaches by an input's name.
        prefixes: paths of the enclosing lists up to the edge of the block, innermost first.
        lists: those lists themselves.
        shares: the ``share:`` of enclosing layers, outermost first.
        calls: the block calls that led here, outermost first.
        in_block: whether this is inside a block, whose arguments may be any words.
        passes: product of the enclosing repeats.
        repeats: the path of the first pass of the innermost enclosing repeat, and that of the pass
            here; where there is no repeat, of the first row and the row of the innermost table.
        in_rows: whether those are rows.
        entry: what the innermost group, residual, path or row reads.
        words: names that may be words.
        depth: number of enclosing structures and blocks.
        dtype: of what layers here make and store.
        vague: a mistake hides some names: one that is not known may be of them.
    """

    __slots__ = (
        "calls",
        "depth",
        "dtype",
        "entry",
        "in_block",
        "in_rows",
        "inputs",
        "lists",
        "names",
        "passes",
        "prefixes",
        "repeats",
        "shares",
        "vague",
        "words",
    )

    def __init__(
        self,
        names: Mapping[str, Value | None],
        inputs: Mapping[str, Flow],
        items: Sequence[Item],
    ) -> None:
        self.names = names
        self.inputs = inputs
        self.prefixes: tuple[str, ...] = ("",)
        self.lists: tuple[Sequence[Item], ...] = (items,)
        self.shares: tuple[Share, ...] = ()
        self.calls: tuple[Call, ...] = ()
        self.in_block = False
        self.passes = 1
        self.repeats: tuple[str, str] | None = None
        self.in_rows = False
        self.entry: Flow = ()
        self.words: Collection[str] = ()
        self.depth = 0
        self.dtype = DEFAULT
        self.vague = False

    def _copy(self) -> Scope:
        scope = Scope(self.names, self.inputs, ())
        scope.prefixes, scope.lists, scope.shares = self.prefixes, self.lists, self.shares
        scope.calls, scope.passes, scope.depth = self.calls, self.passes, self.depth
        scope.vague, scope.dtype, scope.in_block = self.vague, self.dtype, self.in_block
        scope.repeats, scope.entry, scope.words = self.repeats, self.entry, self.words
        scope.in_rows = self.in_rows
        return scope

    def inside(self, path: str, items: Sequence[Item], entry: Flow) -> Scope:
        """The scope of a list of layers inside a structure at ``path`` that reads ``entry``."""
        scope = self._copy()
        scope.entry = entry
        scope.prefixes = (path, *self.prefixes)
        scope.lists = (items, *self.lists)
        scope.depth += 1
        return scope

    def naming(self, names: Mapping[str, Value | None], vague: bool = False) -> Scope:
        """The scope with some names added or hidden."""
        work(len(self.names) // NAMES_A_STEP, "handing names on")
        scope = self._copy()
        scope.names = {**self.names, **names}
        scope.vague |= vague
        return scope

    def repeated(self, times: int, names: Mapping[str, Value | None]) -> Scope:
        """The scope inside a repeat, with the names there."""
        scope = self._copy()
        scope.passes *= max(1, times)
        scope.names = names
        return scope

    def alone(self) -> Scope:
        """The scope of a layer that has no weights to share."""
        scope = self._copy()
        scope.shares = ()
        return scope

    def passing(self, first: str, path: str) -> Scope:
        """The scope inside the pass at ``path`` of a repeat, whose first one is at ``first``."""
        scope = self._copy()
        scope.repeats, scope.in_rows = (first, path), False
        return scope

    def in_row(self, first: str, path: str) -> Scope:
        """The scope inside the row at ``path`` of a table; a repeat around it goes before."""
        if self.repeats is not None and not self.in_rows:
            return self
        scope = self._copy()
        scope.repeats, scope.in_rows = (first, path), True
        return scope

    def typed(self, dtype: str) -> Scope:
        """The scope of layers that make and store numbers of a type."""
        scope = self._copy()
        scope.dtype = dtype
        return scope

    def sharing(self, share: Share) -> Scope:
        """The scope of layers that use the weights of others."""
        scope = self._copy()
        scope.shares = (*self.shares, share)
        return scope

    def share_of(self, path: str) -> Share | None:
        """The ``share:`` that holds for the layer at ``path``."""
        for share in self.shares:
            if path == share.own or path.startswith(f"{share.own}."):
                return share
        return None

    def called(
        self,
        call: Call,
        path: str,
        names: Mapping[str, Value | None],
        inputs: Mapping[str, Flow],
    ) -> Scope:
        """The scope inside a block: its arguments, its inputs, nothing of its caller."""
        scope = Scope(names, inputs, call.block.layers)
        scope.prefixes = (path,)
        scope.shares, scope.passes = self.shares, self.passes
        scope.calls, scope.depth = (*self.calls, call), self.depth + 1
        scope.in_block = True
        scope.dtype, scope.words, scope.repeats = self.dtype, self.words, self.repeats
        scope.in_rows = self.in_rows
        scope.entry = inputs["input"]
        return scope


def joined(prefix: str, segment: str) -> str:
    """A path one segment longer."""
    return f"{prefix}.{segment}" if prefix and segment else prefix or segment
