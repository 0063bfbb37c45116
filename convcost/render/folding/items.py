"""Entries of a spec's lists of layers, made of a network, and what makes two of them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from convcost.slotted import Slotted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from convcost.tensor import Tensor

Value: TypeAlias = "int | float | bool | str | tuple[Value, ...] | None"

RESIDUAL, BRANCHES, DENSE, CALL, OPTIONAL = "residual", "branches", "dense", "call", "optional"
"""Words of entries that hold lists; all others are ops, and blocks for convolutions."""

ACT = "act"  # the argument of words that says which activation follows

WHOLE = frozenset(("kernel_size", "stride", "padding", "dilation", "skip", ACT))
"""Fields whose lists are one argument, words, and yes or no of what is optional."""


class Text(str):
    """A value that stands in a spec as it is: an expression."""

    __slots__ = ()


class Item(Slotted):
    """One entry of a list of layers.

    Attributes:
        word: an op or a block of the library, or what it is of the words above.
        values: its fields as a spec has them, those that are default included.
        defaults: the values that need not be said.
        kept: fields whose numbers say what kind of layer it is, so that no argument replaces them.
        parts: the lists of layers in it.
        kind: what else tells it from others of its word.
        reads: the tensors that it reads from outside.
        outputs: the tensors that it passes on.
        start: the number of its first layer in the network.
        stop: the number behind its last one.
        block: the number of the block that it calls.
        name: that it has in its list; empty where it needs none.
        path: the name of the path of branches that it is in.
        kinds: what arguments of a block are numbers of.
        depth: how many lists are inside each other in it.
        lines: of a spec that an optional entry takes where it is there.
    """

    __slots__ = (
        "block",
        "defaults",
        "depth",
        "kept",
        "kind",
        "kinds",
        "lines",
        "name",
        "outputs",
        "parts",
        "path",
        "reads",
        "start",
        "stop",
        "values",
        "word",
    )

    def __init__(
        self,
        word: str,
        values: Mapping[str, Value],
        reads: Sequence[Tensor],
        outputs: Sequence[Tensor],
        span: tuple[int, int],
        parts: Mapping[str, list[Item]] | None = None,
    ) -> None:
        self.word = word
        self.values: dict[str, Any] = dict(values)
        self.defaults: Mapping[str, Value] = {}
        self.kept: frozenset[str] = frozenset()
        self.parts = dict(parts or {})
        self.kind = ""
        self.reads = tuple(reads)
        self.outputs = tuple(outputs)
        self.start, self.stop = span
        self.block: int | None = None
        self.kinds: dict[str, str] = {}
        self.name = self.path = ""
        self.lines = 0
        inner = (item.depth for part in self.parts.values() for item in part)
        self.depth = 1 + max(inner, default=0)

    @property
    def in_channels(self) -> int | None:
        """The value of the word ``in_channels`` in its fields, or None if it has none."""
        shape = self.reads[0].shape if self.reads else ()
        return shape[1] if len(shape) > 1 else None


def span_of(items: Sequence[Item]) -> tuple[int, int]:
    """The numbers of the first layer in some items, and the one behind the last."""
    return items[0].start, items[-1].stop


def lists_in(items: list[Item]) -> Iterator[list[Item]]:
    """All lists in a list of layers, inner ones first, and the list itself."""
    for item in items:
        for part in item.parts.values():
            yield from lists_in(part)
    yield items


class Tokens:
    """Numbers for entries: the same for those that differ in nothing but numbers.

    A shortcut is no difference where all residuals of one body have the same one or none.
    """

    def __init__(self) -> None:
        self.known: dict[Hashable, int] = {}
        self.shortcuts: dict[Hashable, set[Hashable]] = {}

    def of_list(self, items: Sequence[Item]) -> tuple[int, ...]:
        """The number of each entry of a list."""
        made: dict[Tensor, int] = {}  # of what is optional and not there: what it reads
        found: list[int] = []
        for place, item in enumerate(items):
            reads = tuple(
                (place - made.get(tensor, -1), _part(items, made.get(tensor), tensor))
                for tensor in item.reads
            )
            found.append(self.of((self.of_item(item), reads)))
            made.update(dict.fromkeys(item.outputs, place))
        return tuple(found)

    def of_first(self, items: Sequence[Item]) -> tuple[int, ...]:
        """The number that each entry of a list has where it comes first in a block, which reads
        what it reads."""
        return tuple(self.of((self.of_item(item), ((1, 0),) * len(item.reads))) for item in items)

    def of_item(self, item: Item) -> int:
        """The number of an entry, wherever it stands."""
        if item.block is not None:
            return self.of((item.word, item.block))
        if item.word == OPTIONAL:
            return self.of((item.word, item.kind))
        said = tuple(
            (name, value if name in item.kept else form(value, whole=name in WHOLE))
            for name, value in item.values.items()
        )
        parts = {name: self.of_list(part) for name, part in item.parts.items()}
        shortcut = parts.pop("shortcut", None)
        key = (item.word, item.kind, item.block, said, tuple(parts.items()))
        if shortcut is None:
            return self.of(key)
        found = self.shortcuts.setdefault(key, set())
        if shortcut:
            found.add(shortcut)
        return self.of((key, shortcut if len(found) > 1 else ()))

    def of(self, key: Hashable) -> int:
        """The number of a key."""
        return self.known.setdefault(key, len(self.known))


def _part(items: Sequence[Item], place: int | None, tensor: Tensor) -> int:
    return 0 if place is None else items[place].outputs.index(tensor)


def form(value: Value, *, whole: bool = False) -> Hashable:
    """A value without its whole numbers; ``whole``: without itself, unless it is missing."""
    if whole and value is not None:
        return "#"
    if isinstance(value, tuple):
        return tuple(map(form, value))
    return "#" if isinstance(value, int) and not isinstance(value, bool) else (type(value), value)


def closed(items: Sequence[Item], start: int, stop: int, uses: Mapping[Tensor, int]) -> bool:
    """Whether entries of a list read one tensor from outside, and only the output of the last one
    is read outside.

    Args:
        items: the list.
        start: the first entry.
        stop: behind the last one.
        uses: the last place in the list where each tensor is read.
    """
    inside = items[start:stop]
    if len(inside[-1].outputs) != 1:
        return False
    return len(read_outside(inside)) == 1 and all(
        uses.get(tensor, -1) < stop for item in inside[:-1] for tensor in item.outputs
    )


def read_outside(items: Iterable[Item]) -> list[Tensor]:
    """The tensors that entries read and none of them makes, in order."""
    made: set[Tensor] = set()
    found: dict[Tensor, None] = {}
    for item in items:
        found |= dict.fromkeys(tensor for tensor in item.reads if tensor not in made)
        made.update(item.outputs)
    return list(found)


def last_uses(items: Sequence[Item], outputs: Iterable[Tensor]) -> dict[Tensor, int]:
    """The last place in a list where each tensor is read; its length for what it passes on."""
    uses = {tensor: place for place, item in enumerate(items) for tensor in item.reads}
    return uses | dict.fromkeys(outputs, len(items))
