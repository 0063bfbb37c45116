"""Operators that move elements, and do nothing to them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.allowance import work
from convcost.importers.building.apply import then, transposed, viewed
from convcost.importers.building.joined import for_each_sample
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.parts import kept
from convcost.importers.building.reshaping import refitted, reshaped
from convcost.importers.building.values import Stored
from convcost.importers.pt2.looks import EXCHANGED, SHAPED, SPLIT, bounds, order_of
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.building.values import Value
    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node

    Act = Callable[[Builder, Node], None]


def _stated(b: Builder, node: Node, number: int = 0) -> tuple[int, ...]:
    made = b.program.made(node.outputs[number], b.sizes)
    if made is None:
        raise NotUnderstood("the shape of what it makes is not stated")
    return made.shape


def reshape(b: Builder, node: Node) -> None:
    """All that gives a tensor another shape, which the program states."""
    value, shape = b.value(node, 0), _stated(b, node)
    fitted = refitted(b, value, shape, keeps=False) if isinstance(value, Tensor) else None
    reshaped(b, node, fitted or shape)


def as_strided(b: Builder, node: Node) -> None:
    """as_strided, where it is all of a tensor with its axes in another order, or in other ones."""
    x, size = b.arg(node, "self"), node.fields["size"]
    strides = node.fields["stride"]
    order = sorted(range(len(size)), key=lambda axis: (-strides[axis], size[axis] != 1))
    long = [axis for axis in order if size[axis] != 1]
    rows = [prod(size[axis] for axis in long[n + 1 :]) for n in range(len(long))]
    whole = prod(size) == prod(x.shape) and not node.get("storage_offset", 0)
    in_rows = [strides[axis] for axis in long] == rows and b.program.in_rows(node.inputs[0])
    if not (whole and in_rows):
        raise NotUnderstood("it looks at memory in another order")
    short = [axis for axis in range(len(size)) if size[axis] == 1]
    order = long + short if long != sorted(long) else [*range(len(size))]
    x = viewed(b, node, x, tuple(size[axis] for axis in order))
    y = x if order == sorted(order) else transposed(b, node, x, *map(order.index, sorted(order)))
    b.give(node, y)


def windows(b: Builder, node: Node) -> None:
    """unfold: windows along an axis, whose positions become the last axis."""
    x, size, step = b.arg(node, "self"), node.fields["size"], node.fields["step"]
    dim = axis_of(node.fields["dimension"], len(x.shape))
    starts = range(0, x.shape[dim] - size + 1, step)
    work(len(starts) * size, "writing out the positions of windows")
    if (step, size * len(starts)) != (size, x.shape[dim]):
        positions = tuple(start + tap for start in starts for tap in range(size))
        x = then(b, node, "gather", x, dim=dim, indices=positions)
    x = then(b, node, "view", x, shape=(*x.shape[:dim], len(starts), size, *x.shape[dim + 1 :]))
    order = [axis for axis in range(len(x.shape)) if axis != dim + 1]
    b.give(node, x if dim + 2 == len(x.shape) else transposed(b, node, x, *order, dim + 1))


def _moved(b: Builder, node: Node, order: Sequence[int]) -> None:
    """The first input with its axes in another order."""
    value = b.value(node, 0)
    if isinstance(value, Stored) and [*order] == [1, 0]:
        b.turn(node, value)
        return
    x = b.tensor(node, 0)
    if [*order] == [*range(len(order))]:
        b.give(node, x)
        return
    own = order[0] == 0
    name, dims = ("permute", order[1:]) if own else ("transpose", order)
    b.give(node, then(b, node, name, x, dims=tuple(dims)))


def ordered(b: Builder, node: Node) -> None:
    """permute, transpose, movedim and their like."""
    _moved(b, node, order_of(node, len(b.shape(node, 0))))


def cat(b: Builder, node: Node) -> None:
    """cat and concat; what is empty adds nothing."""
    inputs = [x for x in for_each_sample(b, node) if x.shape != (0,)]
    if len(inputs) == 1:
        b.give(node, inputs[0])
        return
    dim = axis_of(node.get("dim", 0), len(inputs[0].shape))
    b.give(node, then(b, node, "concat", *inputs, dim=dim))


def stack(b: Builder, node: Node) -> None:
    """stack: along a new axis."""
    inputs = for_each_sample(b, node)
    dim = axis_of(node.get("dim", 0), len(inputs[0].shape) + 1)
    put = [then(b, node, "view", x, shape=(*x.shape[:dim], 1, *x.shape[dim:])) for x in inputs]
    b.give(node, put[0] if len(put) == 1 else then(b, node, "concat", *put, dim=dim))


def split(b: Builder, node: Node) -> None:
    """split, chunk, tensor_split and unbind: the parts have the sizes that the program states."""
    x = b.arg(node, "self")
    dim = axis_of(node.get("dim", 0), len(x.shape))
    if node.op == "unbind":
        sizes = (1,) * len(node.outputs)
    else:
        sizes = tuple(_stated(b, node, number)[dim] for number in range(len(node.outputs)))
    if len(sizes) == 1:
        parts: Sequence[Tensor] = (x,)
    else:
        parts = b.add(node, make("split", sizes=sizes, dim=dim), (x,)).outputs
    if node.op == "unbind":
        parts = [
            then(b, node, "view", part, shape=(*part.shape[:dim], *part.shape[dim + 1 :]))
            for part in parts
        ]
    b.give(node, *parts)


def cut(b: Builder, node: Node) -> None:
    """slice and narrow."""
    x = b.arg(node, "self")
    dim = axis_of(node.get("dim", 0), len(x.shape))
    start, end = bounds(node, x.shape[dim])
    if start >= end:
        b.give(node, Stored(node.outputs[0], _stated(b, node), x.dtype, learned=False))
        return
    b.give(node, kept(b, node, x, (dim,), (start,), (end,), (node.get("step", 1),)))


def select(b: Builder, node: Node) -> None:
    """select: one position along an axis, which is gone."""
    x = b.arg(node, "self")
    dim = axis_of(node.fields["dim"], len(x.shape))
    at = node.fields["index"]
    at = at + x.shape[dim] if at < 0 else at
    part = kept(b, node, x, (dim,), (at,), (at + 1,))
    shape = (*x.shape[:dim], *x.shape[dim + 1 :])
    b.give(node, then(b, node, "view", part, shape=shape))


def expand(b: Builder, node: Node) -> None:
    """expand, expand_as and broadcast_to."""
    x, shape = b.arg(node, "self"), _stated(b, node)
    a_sample = x.samples is None and x.shape[:1] == (1,) and len(shape) == len(x.shape)
    if a_sample and shape[:1] == (b.fixed,):
        shape = (b.network.batch, *shape[1:])
    if x.samples is not None and b.fixed is not None:
        shape = x.samples.with_count(shape, b.network.batch)
    b.give(node, x if shape == x.shape else then(b, node, "expand", x, shape=shape))


def diagonal(b: Builder, node: Node) -> None:
    """diagonal: every so many elements of two axes in one, which comes last."""
    x, offset = b.arg(node, "self"), node.get("offset", 0)
    rank = len(x.shape)
    pair = [axis_of(node.get(name, n), rank) for name, n in (("dim1", 0), ("dim2", 1))]
    order = [axis for axis in range(rank) if axis not in pair] + pair
    if order != [*range(rank)]:
        x = transposed(b, node, x, *order)
    *rest, rows, columns = x.shape
    first = offset if offset >= 0 else -offset * columns
    count = min(rows + min(offset, 0), columns - max(offset, 0))
    end, step = first + (count - 1) * (columns + 1) + 1, columns + 1
    x = viewed(b, node, x, (*rest, rows * columns))
    last = (rank - 2,)
    b.give(node, then(b, node, "slice", x, dims=last, starts=(first,), ends=(end,), steps=(step,)))


def expand_all(b: Builder, node: Node) -> None:
    """broadcast_tensors: each expanded to the shape of all."""
    made: list[Value] = []
    for number, name in enumerate(node.outputs):
        x, stated = b.tensor(node, number), b.program.made(name, b.sizes)
        if stated is None:
            raise NotUnderstood("the shapes of what it makes are not stated")
        same = x.shape == stated.shape
        made.append(x if same else then(b, node, "expand", x, shape=stated.shape))
    b.give(node, *made)


def repeat(b: Builder, node: Node) -> None:
    """repeat and tile."""
    x = b.arg(node, "self")
    times = tuple(node.get("repeats", None) or node.get("dims", ()))
    rank = max(len(x.shape), len(times))
    if rank > len(x.shape):
        x = then(b, node, "view", x, shape=((1,) * (rank - len(x.shape)) + x.shape))
    times = (1,) * (rank - len(times)) + times
    b.give(node, x if {*times} == {1} else then(b, node, "tile", x, repeats=times))


def repeat_each(b: Builder, node: Node) -> None:
    """repeat_interleave: each position of an axis so many times in a row."""
    x, times = b.arg(node, "self"), node.get("repeats", None)
    if not isinstance(times, int) or node.get("dim", None) is None:
        raise NotUnderstood("how often it repeats each position is only known when it runs")
    dim = axis_of(node.fields["dim"], len(x.shape))
    before, after = x.shape[: dim + 1], x.shape[dim + 1 :]
    x = then(b, node, "view", x, shape=(*before, 1, *after))
    x = then(b, node, "expand", x, shape=(*before, times, *after))
    b.give(node, then(b, node, "view", x, shape=(*before[:-1], before[-1] * times, *after)))


def copy(b: Builder, node: Node) -> None:
    """copy: another tensor's numbers in the place of all of this one's."""
    target, source = b.arg(node, "self"), b.arg(node, "src")
    if source.shape != target.shape:
        source = then(b, node, "expand", source, shape=target.shape)
    b.give(node, source)


def blocks(name: str, field: str, argument: str) -> Act:
    """pixel_shuffle, pixel_unshuffle and channel_shuffle."""

    def act(b: Builder, node: Node) -> None:
        b.give(node, then(b, node, name, b.arg(node, "self"), **{field: node.fields[argument]}))

    return act


def flip(b: Builder, node: Node) -> None:
    """flip: slices that go backwards."""
    x = b.arg(node, "self")
    for axis in node.fields["dims"]:
        dim = axis_of(axis, len(x.shape))
        op = make("slice", dims=(dim,), starts=(-1,), ends=(-x.shape[dim] - 1,), steps=(-1,))
        x = b.add(node, op, (x,)).outputs[0]
    b.give(node, x)


def roll(b: Builder, node: Node) -> None:
    """roll: two parts of each axis, exchanged."""
    x = b.arg(node, "self")
    shifts, dims = (
        [n] if isinstance(n, int) else n for n in (node.fields["shifts"], node.get("dims", []))
    )
    if not dims:
        raise NotUnderstood("it rolls over all axes as if they were one")
    for shift, axis in zip(shifts, dims, strict=True):
        dim = axis_of(axis, len(x.shape))
        n = x.shape[dim]
        first = -shift % n
        if first:
            parts = (
                kept(b, node, x, (dim,), (first,), (n,)),
                kept(b, node, x, (dim,), (0,), (first,)),
            )
            x = then(b, node, "concat", *parts, dim=dim)
    b.give(node, x)


ACTS: dict[str, Act] = {
    "broadcast_tensors": expand_all,
    "diagonal": diagonal,
    "as_strided": as_strided,
    "unfold": windows,
    **dict.fromkeys(SHAPED, reshape),
    **dict.fromkeys(("view_copy", "squeeze_copy", "unsqueeze_copy"), reshape),
    **dict.fromkeys((*EXCHANGED, "transpose_copy"), ordered),
    **dict.fromkeys(("permute", "permute_copy", "movedim", "moveaxis"), ordered),
    "cat": cat,
    "concat": cat,
    "concatenate": cat,
    "stack": stack,
    **dict.fromkeys(SPLIT, split),
    "slice": cut,
    "narrow": cut,
    "select": select,
    **dict.fromkeys(("expand", "expand_as", "broadcast_to", "expand_copy"), expand),
    "repeat": repeat,
    "tile": repeat,
    "repeat_interleave": repeat_each,
    "copy": copy,
    "pixel_shuffle": blocks("pixel_shuffle", "upscale_factor", "upscale_factor"),
    "pixel_unshuffle": blocks("pixel_unshuffle", "downscale_factor", "downscale_factor"),
    "channel_shuffle": blocks("channel_shuffle", "groups", "groups"),
    "flip": flip,
    "roll": roll,
}
