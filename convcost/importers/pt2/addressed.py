"""Operators that pick elements by addresses along several axes, or that data select, and those that
put others in the place of such elements."""

from __future__ import annotations

from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.building.apply import then, transposed, viewed
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.pt2.elementwise import single

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor

    Act = Callable[[Builder, Node], None]

ONLY_WHEN_RUN = "how much it picks is only known when the network runs"


class Addresses(NamedTuple):
    """Addresses ``[*shape, axes]`` along some axes of a tensor, and the axis from which on what
    they lead to takes the place of those."""

    dims: Sequence[int]
    at: Tensor
    place: int

    @property
    def shape(self) -> tuple[int, ...]:
        """One element for each address."""
        return self.at.shape[:-1]

    def first(self, rank: int) -> list[int]:
        """The order of axes in which the addressed ones come first."""
        return [*self.dims, *(axis for axis in range(rank) if axis not in self.dims)]


def of_arrays(b: Builder, node: Node, every: Sequence[int]) -> Addresses:
    """The addresses that arrays of positions are, one an axis; an axis without one is kept."""
    dims = [axis for axis, number in enumerate(every) if node.has(number)]
    arrays = [b.tensor(node, every[axis]) for axis in dims]
    shape = _common([x.shape for x in arrays])
    put = [viewed(b, node, _expanded(b, node, x, shape), (*shape, 1)) for x in arrays]
    at = put[0] if len(put) == 1 else then(b, node, "concat", *put, dim=len(shape))
    beside = dims == [*range(dims[0], dims[0] + len(dims))]
    return Addresses(dims, at, dims[0] if beside else 0)


def of_mask(b: Builder, node: Node, number: int, axis: int) -> Addresses:
    """The addresses of what a mask selects, which may be all; its axes are those of the tensor
    from one on."""
    mask = b.tensor(node, number)
    b.at_most(node, axis, prod(mask.shape), "elements")
    columns = then(b, node, "nonzero", mask)
    dims = [*range(axis, axis + len(mask.shape))]
    return Addresses(dims, transposed(b, node, columns, 1, 0), axis)


def _common(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that all broadcast to."""
    sizes = zip_longest(*(shape[::-1] for shape in shapes), fillvalue=1)
    return tuple(next((n for n in along if n != 1), 1) for along in sizes)[::-1]


def _expanded(b: Builder, node: Node, x: Tensor, shape: tuple[int, ...]) -> Tensor:
    x = viewed(b, node, x, (*(1,) * (len(shape) - len(x.shape)), *x.shape))
    return x if x.shape == shape else then(b, node, "expand", x, shape=shape)


def _ordered(b: Builder, node: Node, x: Tensor, order: Sequence[int]) -> Tensor:
    return x if [*order] == [*range(len(order))] else transposed(b, node, x, *order)


def picked(b: Builder, node: Node, x: Tensor, by: Addresses) -> Tensor:
    """The elements of a tensor at some addresses."""
    x = _ordered(b, node, x, by.first(len(x.shape)))
    y = b.add(node, make("gather_nd", axes=len(by.dims)), (x, by.at)).outputs[0]
    new = len(by.shape)
    order = [*range(new, new + by.place), *range(new), *range(new + by.place, len(y.shape))]
    return _ordered(b, node, y, order)


def put(b: Builder, node: Node, x: Tensor, by: Addresses, values: Tensor, *, add: bool) -> Tensor:
    """A tensor with values in the place of its elements at some addresses, or added to them."""
    rank, new = len(x.shape), len(by.shape)
    order = by.first(rank)
    rest = [x.shape[axis] for axis in order[len(by.dims) :]]
    shape = (*rest[: by.place], *by.shape, *rest[by.place :])
    values = _expanded(b, node, values, shape)
    first = [*range(by.place, by.place + new), *range(by.place), *range(by.place + new, len(shape))]
    op = make("scatter", dim=None, reduce="sum" if add else None)
    moved = _ordered(b, node, x, order), by.at, _ordered(b, node, values, first)
    y = b.add(node, op, moved).outputs[0]
    return _ordered(b, node, y, sorted(range(rank), key=order.__getitem__))


def masked(b: Builder, node: Node, every: Sequence[int]) -> tuple[int, int] | None:
    """The input that is a mask, and the axis that it begins at; None where there is none."""
    places = [(number, axis) for axis, number in enumerate(every) if node.has(number)]
    masks = [pair for pair in places if b.dtype(node, pair[0]) == "bool"]
    if masks and len(places) > 1:
        raise NotUnderstood(ONLY_WHEN_RUN)
    return masks[0] if masks else None


def index_put(b: Builder, node: Node) -> None:
    """index_put: values in the place of those at some positions, or that a mask selects."""
    every, x, values = node.every("indices"), b.arg(node, "self"), b.arg(node, "values")
    add, mask = bool(node.get("accumulate", False)), masked(b, node, every)
    if mask is None:
        b.give(node, put(b, node, x, of_arrays(b, node, every), values, add=add))
        return
    number, axis = mask
    where = b.tensor(node, number)
    behind = len(x.shape) - axis - len(where.shape)
    if add or len(values.shape) > behind + 1 or values.shape[:1] not in ((), (1,)):
        raise NotUnderstood("how much it puts in is only known when the network runs")
    where = viewed(b, node, where, (*(1,) * axis, *where.shape, *(1,) * behind))
    b.give(node, then(b, node, "where", where, values, x))


def nonzero(b: Builder, node: Node) -> None:
    """nonzero: the positions of what is not 0, a row each."""
    x = b.arg(node, "self")
    b.at_most(node, 0, prod(x.shape), "rows")
    b.give(node, transposed(b, node, then(b, node, "nonzero", x), 1, 0))


def masked_select(b: Builder, node: Node) -> None:
    """masked_select: what a mask selects, one after the other."""
    x, mask = b.arg(node, "self"), b.arg(node, "mask")
    shape = _common([x.shape, mask.shape])
    x, mask = (_expanded(b, node, one, shape) for one in (x, mask))
    b.at_most(node, 0, prod(shape), "elements")
    at = transposed(b, node, then(b, node, "nonzero", mask), 1, 0)
    b.give(node, picked(b, node, x, Addresses([*range(len(shape))], at, 0)))


def scatter(reduce: str | None = None) -> Act:
    """scatter, scatter_add and scatter_reduce: a position along an axis for each element of src."""

    def act(b: Builder, node: Node) -> None:
        x, at = b.arg(node, "self"), b.arg(node, "index")
        if not x.shape:
            raise NotUnderstood("it puts numbers in a single one")
        how = REDUCTIONS[node.get("reduce", None)] if reduce is None else reduce
        if how == "mean" or not node.get("include_self", True):
            raise NotUnderstood("it leaves out what stands there")
        updates = _updates(b, node, at.shape)
        op = make("scatter", dim=axis_of(node.fields["dim"], len(x.shape)), reduce=how)
        b.give(node, b.add(node, op, (x, at, updates)).outputs[0])

    return act


REDUCTIONS = {
    None: None,
    "add": "sum",
    "multiply": "prod",
    **{name: name for name in ("sum", "prod", "amax", "amin", "mean")},
}


def _updates(b: Builder, node: Node, shape: tuple[int, ...]) -> Tensor:
    """The values to write: a slice of a tensor with one for each position, or one number for
    all."""
    if not node.gives("src"):
        return then(b, node, "expand", single(b, node, node.fields["value"]), shape=shape)
    updates = b.arg(node, "src")
    longer = [axis for axis, n in enumerate(shape) if updates.shape[axis] != n]
    if not longer:
        return updates
    zeros, ends = (0,) * len(longer), [shape[axis] for axis in longer]
    return then(b, node, "slice", updates, dims=tuple(longer), starts=zeros, ends=tuple(ends))


ACTS: dict[str, Act] = {
    "index_put": index_put,
    "_index_put_impl": index_put,
    "_unsafe_index_put": index_put,
    "nonzero": nonzero,
    "masked_select": masked_select,
    "scatter": scatter(),
    "scatter_add": scatter("sum"),
    "scatter_reduce": scatter(),
}
