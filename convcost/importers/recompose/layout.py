"""Tensors whose elements were only moved: where along the axes of the first one they lay.

Reshapes and orders of axes undo each other, and exporters write many where one of each would do.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.recompose.moves import order_of
from convcost.ops.pick import Gather, Slice
from convcost.ops.reshape import Permute, Reshape, Split, Transpose, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Layer
    from convcost.ops.op import Op
    from convcost.tensor import Tensor


class Digit(NamedTuple):
    """A part of the places along an axis of the first tensor: ``size`` of them, ``apart``."""

    axis: int
    apart: int
    size: int


class Layout(NamedTuple):
    """For each axis of a tensor the digits that its places are made of, the slowest first; and for
    each axis of the first tensor the place from where on parts of it were taken."""

    axes: tuple[tuple[Digit, ...], ...]
    starts: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return tuple(prod(digit.size for digit in axis) for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    @property
    def digits(self) -> list[Digit]:
        """All of them, in row-major order."""
        return [digit for axis in self.axes for digit in axis]


def whole(shape: Sequence[int]) -> Layout:
    """The layout of a tensor that nothing was done to."""
    axes = tuple((Digit(axis, 1, n),) if n > 1 else () for axis, n in enumerate(shape))
    return Layout(axes, (0,) * len(axes))


def of_whole_axes(axes: Sequence[Sequence[Digit]], shape: tuple[int, ...]) -> bool:
    """Whether axes are made of axes of the first tensor that were not told apart."""
    digits = [digit for axis in axes for digit in axis]
    return all(digit.axis < len(shape) and digit.size == shape[digit.axis] for digit in digits)


def moves(layer: Layer) -> bool:
    """Whether a layer only moves elements of its input, or takes some of them."""
    op = layer.op
    if len(layer.inputs) != 1:
        return False
    return op.view or isinstance(op, (Gather, Permute, Slice, Split, Transpose))


def moved(layout: Layout, layer: Layer, output: Tensor) -> Layout | None:
    """The layout after a layer; None where it does more than to move elements, or to take some that
    lie side by side."""
    op, order = layer.op, order_of(layer)
    if order is not None:
        return layout._replace(axes=tuple(layout.axes[axis] for axis in order))
    if op.view:
        return _viewed(layout, output.shape)
    if isinstance(op, Split):
        sizes = [tensor.shape[op.dim] for tensor in layer.outputs]
        number = layer.outputs.index(output)
        return _taken(layout, op.dim, sum(sizes[:number]), sizes[number])
    if isinstance(op, Slice) and op.steps is None and len(op.dims) == 1:
        (dim,), (start,) = op.dims, op.starts
        return _taken(layout, dim, start % layout.shape[dim], output.shape[dim])
    if isinstance(op, Gather) and op.indices and len(layer.inputs) == 1:
        if any(b - a != 1 for a, b in pairwise(op.indices)):
            return None
        return _taken(layout, op.dim, op.indices[0] % layout.shape[op.dim], len(op.indices))
    return None


def _viewed(layout: Layout, shape: Sequence[int]) -> Layout | None:
    """The layout in another shape; None where a size cuts through what was moved."""
    left = layout.digits[::-1]
    axes: list[tuple[Digit, ...]] = []
    for size in shape:
        held: list[Digit] = []
        while size > 1:
            if not left:
                return None
            digit = left.pop()
            if size % digit.size:
                if digit.size % size:
                    return None
                rest = digit.size // size
                left.append(digit._replace(size=rest))
                digit = Digit(digit.axis, digit.apart * rest, size)
            held.append(digit)
            size //= digit.size
        axes.append(tuple(held))
    return None if left else layout._replace(axes=tuple(axes))


def _taken(layout: Layout, axis: int, start: int, size: int) -> Layout | None:
    """The layout of a part of an axis, one of several of its size."""
    whole_size = layout.shape[axis]
    if whole_size % size or start % size:
        return None
    two = _viewed(layout._replace(axes=(layout.axes[axis],)), (whole_size // size, size))
    if two is None:
        return None
    part, starts = start // size, list(layout.starts)
    for digit in reversed(two.axes[0]):
        part, place = divmod(part, digit.size)
        starts[digit.axis] += place * digit.apart
    axes = (*layout.axes[:axis], two.axes[1], *layout.axes[axis + 1 :])
    return Layout(axes, tuple(starts))


def made_by(layout: Layout, x: tuple[int, ...]) -> list[Op]:
    """The fewest ops that give a tensor a layout: a reshape, an order of axes, a reshape."""
    blocks = _blocks(layout)
    lying = sorted(blocks, key=lambda block: (block.axis, -block.apart))
    own = _keeps_batch(layout, x)
    sizes = [block.size for block in lying if not (own and block.axis == 0)]
    order = [lying.index(block) for block in blocks]
    if own and x[0] == 1:  # a batch of one has no digits
        order = [0, *(place + 1 for place in order)]
    first = (x[0], *sizes) if own else tuple(sizes)
    ops: list[Op] = []
    shape = x
    if first != shape and order != sorted(order):
        ops.append(reshape(first, own=own))
        shape = first
    if order != sorted(order):
        ops.append(Permute(dims=tuple(order[1:])) if own else Transpose(dims=tuple(order)))
        shape = tuple(shape[axis] for axis in order)
    if shape != layout.shape:
        ops.append(reshape(layout.shape, own=own))
    return ops


def reshape(shape: Sequence[int], *, own: bool) -> Op:
    """The op that shows a tensor in a shape; ``own`` where axis 0 stays itself."""
    return Reshape(shape=tuple(shape[1:])) if own else View(shape=tuple(shape))


def _keeps_batch(layout: Layout, x: tuple[int, ...]) -> bool:
    """Whether axis 0 stays itself."""
    return len(layout.axes) > 1 and layout.axes[0] == whole(x).axes[0] and len(x) > 1


def _blocks(layout: Layout) -> list[Digit]:
    """The digits in order, those as one that lie side by side before and after along an axis."""
    found: list[Digit] = []
    for axis in layout.axes:
        first = len(found)
        for digit in axis:
            last = found[-1] if len(found) > first else None
            before = (digit.axis, digit.apart * digit.size)
            if last is not None and (last.axis, last.apart) == before:
                found[-1] = Digit(digit.axis, digit.apart, last.size * digit.size)
            else:
                found.append(digit)
    return found
