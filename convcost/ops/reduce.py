"""Ops that make one value of all elements along some axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.number import Number, Shape, prod
from convcost.ops import fields
from convcost.ops.dims import dim_conditions, named, whole_along
from convcost.ops.example import Example
from convcost.ops.op import WHOLE, Op, Reads
from convcost.ops.saved import BOTH, INPUT, NOTHING, Made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.number import Must
    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved


class _Reduction(Op):
    examples = (Example({"dim": [2, 3]}),)

    dim: tuple[int, ...] = fields.dims("axes that become one value")
    keepdim: bool = fields.yes_no("whether they stay, with size 1", False)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axes exist."""
        yield from dim_conditions(self.dim, inputs[0])

    def output(self, *inputs: Shape) -> Shape:
        """Without ``keepdim``, the shape without the axes. With ``keepdim``, the axes have size
        1."""
        x = inputs[0]
        axes = named(self.dim, x)
        sizes = ((axis, 1 if axis in axes else size) for axis, size in enumerate(x))
        return tuple(size for axis, size in sizes if self.keepdim or axis not in axes)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The axes as a whole; the others move up where those are gone."""
        x = inputs[0]
        axes = named(self.dim, x)
        if self.keepdim:
            return (whole_along(axes, len(x)),)
        left = [axis for axis in range(len(x)) if axis not in axes]
        return (tuple(Reads(left.index(a)) if a in left else WHOLE for a in range(len(x))),)

    def joins(self, *inputs: Shape) -> Number:
        """One less than its elements for each value."""
        return prod(inputs[0]) - prod(self.output(*inputs))


class _Summing(_Reduction):
    def adds(self, *inputs: Shape) -> Number:
        """``n - 1`` for each sum of n."""
        return self.joins(*inputs)


class _SummingSquares(_Summing):
    def multiplies(self, *inputs: Shape) -> Number:
        """A square for each element."""
        return prod(inputs[0])


class Sum(_Summing):
    """The sum along one or several axes."""

    keeps = NOTHING


class Mean(_Reduction):
    """The mean along one or several axes."""

    keeps = NOTHING

    def adds(self, *inputs: Shape) -> Number:
        """``n - 1`` for each mean of n."""
        return self.joins(*inputs)

    def divides(self, *inputs: Shape) -> Number:
        """One for each mean."""
        return prod(self.output(*inputs))


class AMax(_Reduction):
    """The largest value along one or several axes."""

    keeps = BOTH

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each largest of n."""
        return self.joins(*inputs)


class AMin(_Reduction):
    """The smallest value along one or several axes."""

    keeps = BOTH

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each smallest of n."""
        return self.joins(*inputs)


class Prod(_Reduction):
    """The product along one or several axes. These products are multiplies, not macs."""

    def multiplies(self, *inputs: Shape) -> Number:
        """``n - 1`` for each product of n."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input and the output. Along several axes it is a product along each, the last one
        first, and what is between them is kept as well."""
        left = [*inputs[0]]
        between: list[Made] = []
        for axis in reversed(named(self.dim, inputs[0])[1:]):
            left[axis] = 1
            between.append(Made(prod(left)))
        return BOTH._replace(made=tuple(between))


class L1(_Summing):
    """The sum of absolute values along one or several axes."""

    keeps = INPUT

    def comparisons(self, *inputs: Shape) -> Number:
        """``max(x, -x)`` of each element."""
        return prod(inputs[0])


class SumSquare(_SummingSquares):
    """The sum of squares along one or several axes."""

    keeps = INPUT


class L2(_SummingSquares):
    """The root of the sum of squares along one or several axes."""

    keeps = BOTH

    def transcendentals(self, *inputs: Shape) -> Number:
        """A square root for each sum."""
        return prod(self.output(*inputs))


class LogSumExp(_Reduction):
    """``log(sum(exp(x)))`` along one or several axes; the largest element is taken off first and
    added again, so that nothing overflows."""

    keeps = BOTH

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each largest of n."""
        return self.joins(*inputs)

    def adds(self, *inputs: Shape) -> Number:
        """The largest taken off each element, ``n - 1`` for each sum of n, the largest added to
        it."""
        return 2 * prod(inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """An exponential for each element, a logarithm for each sum."""
        return prod(inputs[0]) + prod(self.output(*inputs))
