"""Operators that pick elements by their positions, or put some in the place of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored
from convcost.importers.pt2.writes import Part, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor

    Act = Callable[[Builder, Node], None]


def index_select(b: Builder, node: Node) -> None:
    """index_select."""
    x = b.arg(node, "self")
    _picked(b, node, x, axis_of(node.fields["dim"], len(x.shape)), node.at("index"))


def index(b: Builder, node: Node) -> None:
    """index by arrays of positions, each along an axis, the others being kept whole."""
    every = node.every("indices")
    places = [number for number in every if node.has(number)]
    if any(b.dtype(node, place) == "bool" for place in places):
        raise NotUnderstood("how much it picks is only known when the network runs")
    x, first = b.arg(node, "self"), every[0]
    if len(places) == 1:
        _picked(b, node, x, places[0] - first, places[0])
        return
    _picked_apart(b, node, x, [place - first for place in places], places)


def _picked_apart(
    b: Builder, node: Node, x: Tensor, dims: Sequence[int], places: Sequence[int]
) -> None:
    """Positions along axes beside each other, by arrays that broadcast as rows and columns do:
    each picks on its own."""
    sizes = [b.shape(node, place) for place in places]
    rank = max(map(len, sizes))
    own = [_axes(size, rank) for size in sizes]
    beside = [*dims] == [*range(dims[0], dims[0] + len(dims))]
    if not beside or [a for axes in own for a in axes] != [*range(rank)]:
        raise NotUnderstood("it picks single positions along several axes at once")
    for dim, place, size, axes in [*zip(dims, places, sizes, own, strict=True)][::-1]:
        shape = tuple(size[axis - rank] for axis in axes)
        at = viewed(b, node, b.tensor(node, place), shape)
        x = b.add(node, make("gather", dim=dim), (x, at)).outputs[0]
    b.give(node, x)


def _axes(size: Sequence[int], rank: int) -> Sequence[int]:
    """The axes along which positions differ, counted as in an array of that rank."""
    return [axis + rank - len(size) for axis, n in enumerate(size) if n != 1]


def _picked(b: Builder, node: Node, x: Tensor, dim: int, number: int) -> None:
    at = b.value(node, number)
    known = at.known if isinstance(at, Stored) else None
    if known is None:
        b.give(node, b.add(node, make("gather", dim=dim), (x, b.tensor(node, number))).outputs[0])
        return
    n = x.shape[dim]
    picked = tuple(int(p) + n if p < 0 else int(p) for p in known.reshape(-1))
    y = then(b, node, "gather", x, dim=dim, indices=picked)
    shape = (*x.shape[:dim], *known.shape, *x.shape[dim + 1 :])
    b.give(node, y if shape == y.shape else then(b, node, "view", y, shape=shape))


def gather(b: Builder, node: Node) -> None:
    """gather."""
    x = b.arg(node, "self")
    dim = axis_of(node.fields["dim"], len(x.shape))
    b.give(node, then(b, node, "gather_elements", x, b.arg(node, "index"), dim=dim))


def embedding(b: Builder, node: Node) -> None:
    """embedding: rows of a table."""
    op = make("gather", dim=0)
    b.give(node, b.add(node, op, (b.arg(node, "weight"), b.arg(node, "indices"))).outputs[0])


def slice_scatter(b: Builder, node: Node) -> None:
    """slice_scatter: another tensor in the place of some positions along an axis."""
    x = b.arg(node, "self")
    dim = axis_of(node.get("dim", 0), len(x.shape))
    start, end = bounds(node, x.shape[dim])
    if node.get("step", 1) != 1:
        raise NotUnderstood("it leaves positions out")
    b.give(node, joined(b, node, x, b.arg(node, "src"), Part("", dim, start, end)))


def select_scatter(b: Builder, node: Node) -> None:
    """select_scatter: another tensor in the place of one position along an axis."""
    x = b.arg(node, "self")
    dim = axis_of(node.fields["dim"], len(x.shape))
    at = axis_of(node.fields["index"], x.shape[dim])
    b.give(node, joined(b, node, x, b.arg(node, "src"), Part("", dim, at, at + 1)))


def bounds(node: Node, n: int) -> tuple[int, int]:
    """Where the positions along an axis of a size that a node names begin and end."""
    start, end = node.get("start", None) or 0, node.get("end", None)
    end = start + node.fields["length"] if node.op == "narrow" else n if end is None else end
    start, end = (max(0, p + n) if p < 0 else min(p, n) for p in (start, end))
    return start, end


ACTS: dict[str, Act] = {
    "index_select": index_select,
    "index": index,
    "gather": gather,
    "embedding": embedding,
    "slice_scatter": slice_scatter,
    "select_scatter": select_scatter,
}
