"""Operators that pick elements by their positions, or put some in the place of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored
from convcost.importers.pt2.addressed import masked, of_arrays, of_mask, picked
from convcost.importers.pt2.looks import Part, bounds
from convcost.importers.pt2.writes import joined

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
    """index by arrays of positions, each along an axis, others being kept whole; or by a mask."""
    every, x = node.every("indices"), b.arg(node, "self")
    mask = masked(b, node, every)
    if mask is not None:
        b.give(node, picked(b, node, x, of_mask(b, node, *mask)))
        return
    places = [number for number in every if node.has(number)]
    if len(places) == 1:
        _picked(b, node, x, places[0] - every[0], places[0])
    elif not _picked_apart(b, node, x, [place - every[0] for place in places], places):
        b.give(node, picked(b, node, x, of_arrays(b, node, every)))


def _picked_apart(
    b: Builder, node: Node, x: Tensor, dims: Sequence[int], places: Sequence[int]
) -> bool:
    """Positions along axes beside each other, by arrays that broadcast as rows and columns do:
    each picks on its own. Whether that is so."""
    sizes = [b.shape(node, place) for place in places]
    rank = max(map(len, sizes))
    own = [_axes(size, rank) for size in sizes]
    beside = [*dims] == [*range(dims[0], dims[0] + len(dims))]
    if not beside or [a for axes in own for a in axes] != [*range(rank)]:
        return False
    for dim, place, size, axes in [*zip(dims, places, sizes, own, strict=True)][::-1]:
        shape = tuple(size[axis - rank] for axis in axes)
        at = viewed(b, node, b.tensor(node, place), shape)
        x = b.add(node, make("gather", dim=dim), (x, at)).outputs[0]
    b.give(node, x)
    return True


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
    positions = tuple(int(p) + n if p < 0 else int(p) for p in known.reshape(-1))
    y = then(b, node, "gather", x, dim=dim, indices=positions)
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
    part = Part("", dim, *bounds(node, x.shape[dim]), node.get("step", 1))
    b.give(node, joined(b, node, x, b.arg(node, "src"), part))


def select_scatter(b: Builder, node: Node) -> None:
    """select_scatter: another tensor in the place of one position along an axis."""
    x = b.arg(node, "self")
    dim = axis_of(node.fields["dim"], len(x.shape))
    at = axis_of(node.fields["index"], x.shape[dim])
    b.give(node, joined(b, node, x, b.arg(node, "src"), Part("", dim, at, at + 1)))


def one_hot(b: Builder, node: Node) -> None:
    """one_hot."""
    x, classes = b.arg(node, "self"), node.get("num_classes", -1)
    if classes < 1:
        raise NotUnderstood("its number of classes depends on data")
    b.give(node, then(b, node, "one_hot", x, num_classes=classes, dim=len(x.shape)))


def triangle(b: Builder, node: Node) -> None:
    """tril and triu."""
    b.give(node, then(b, node, node.op, b.arg(node, "self"), diagonal=node.get("diagonal", 0)))


ACTS: dict[str, Act] = {
    "tril": triangle,
    "triu": triangle,
    "one_hot": one_hot,
    "index_select": index_select,
    "index": index,
    "gather": gather,
    "embedding": embedding,
    "slice_scatter": slice_scatter,
    "select_scatter": select_scatter,
}
