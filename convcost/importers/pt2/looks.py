"""Names of a program that look at the memory of others: parts of them, or all in another form."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.building.node import axis_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.importers.pt2.node import Node

    Shape = Sequence[int]


class Part(NamedTuple):
    """Positions of a tensor along one axis, by the name of the whole."""

    whole: str
    dim: int
    start: int
    end: int
    step: int = 1


class Form(NamedTuple):
    """All of a tensor, by its name, with its axes in another order; in another shape where there
    is no order."""

    whole: str
    order: Sequence[int] | None


class Memory:
    """Who looks at the memory of whom in a graph, and who is read again."""

    def __init__(self) -> None:
        self.looks: dict[str, Part | Form] = {}  # names that look at the memory of others
        self.lookers: dict[str, list[str]] = {}  # the names that look at each
        self._reads: Counter[str] = Counter()  # how often each name is still to be read

    def will_be_read(self, names: Iterable[str]) -> None:
        """Note that a node, or the end of the graph, reads names."""
        self._reads.update(names)

    def was_read(self, names: Iterable[str]) -> None:
        """Note that one that reads names has its turn."""
        self._reads.subtract(names)

    def is_read_later(self, name: str) -> bool:
        """Whether a node that comes reads a name, or it is an output."""
        return self._reads[name] > 0

    def note(self, name: str, look: Part | Form) -> None:
        """Let a name look at the memory of another."""
        self.looks[name] = look
        self.lookers.setdefault(look.whole, []).append(name)


SHAPED = (
    *("view", "reshape", "flatten", "unflatten", "unsqueeze", "squeeze", "_unsafe_view"),
    *("_reshape_alias", "view_as", "reshape_as", "ravel"),
)
EXCHANGED = ("transpose", "t", "swapaxes", "swapdims", "mT", "mH", "adjoint", "numpy_T")
SPLIT = ("split", "split_with_sizes", "chunk", "tensor_split", "unbind")
LOOKS = frozenset(
    (*SHAPED, *EXCHANGED, *SPLIT, "slice", "narrow", "select", "permute", "movedim", "moveaxis")
)
"""Operators that look at the memory of their input, where PyTorch copies nothing."""


def looks(node: Node, shape: Shape, made: Sequence[Shape]) -> Iterator[tuple[str, Part | Form]]:
    """The outputs of a node that look at its input, and at what of it.

    Args:
        node: of one of the operators :data:`LOOKS`.
        shape: of its input.
        made: shapes of its outputs.
    """
    whole, name = node.inputs[0], node.outputs[0]
    if node.op in SPLIT:
        yield from _split(node, shape, made)
    elif node.op in SHAPED:
        yield name, Form(whole, None)
    elif node.op == "select":
        dim = axis_of(node.fields["dim"], len(shape))
        at = axis_of(node.fields["index"], shape[dim])
        yield name, Part(whole, dim, at, at + 1)
    elif node.op in ("slice", "narrow"):
        dim = axis_of(node.get("dim", 0), len(shape))
        yield name, Part(whole, dim, *bounds(node, shape[dim]), node.get("step", 1))
    else:
        yield name, Form(whole, order_of(node, len(shape)))


def _split(node: Node, shape: Shape, made: Sequence[Shape]) -> Iterator[tuple[str, Part]]:
    dim = axis_of(node.get("dim", 0), len(shape))
    start = 0
    for name, own in zip(node.outputs, made, strict=True):
        end = start + (1 if node.op == "unbind" else own[dim])
        yield name, Part(node.inputs[0], dim, start, end)
        start = end


def bounds(node: Node, n: int) -> tuple[int, int]:
    """Where the positions along an axis of a size that a node names begin and end."""
    start, end = node.get("start", None) or 0, node.get("end", None)
    end = start + node.fields["length"] if node.op == "narrow" else n if end is None else end
    start, end = (max(0, p + n) if p < 0 else min(p, n) for p in (start, end))
    return start, end


def order_of(node: Node, rank: int) -> list[int]:
    """The order that permute, transpose, movedim and their like give axes."""
    if node.op.startswith("permute"):
        return [axis_of(axis, rank) for axis in node.fields["dims"]]
    return _moved(node, rank) if node.op.startswith("move") else _exchanged(node, rank)


def _exchanged(node: Node, rank: int) -> list[int]:
    order = [*range(rank)]
    if rank < 2:  # as `t` takes a vector
        return order
    names = [n for n in ("dim0", "dim1", "axis0", "axis1") if n in node.fields]
    axes = [node.fields[name] for name in names] or (-2, -1)
    first, second = (axis_of(axis, rank) for axis in axes)
    order[first], order[second] = second, first
    return order


def _moved(node: Node, rank: int) -> list[int]:
    listed = [node.fields[name] for name in ("source", "destination")]
    sources, places = ([n] if isinstance(n, int) else n for n in listed)
    goes = {axis_of(p, rank): axis_of(s, rank) for s, p in zip(sources, places, strict=True)}
    rest = iter([axis for axis in range(rank) if axis not in goes.values()])
    return [goes[axis] if axis in goes else next(rest) for axis in range(rank)]
