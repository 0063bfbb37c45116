"""Ops that make one value of all elements along some axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.dims import dim_conditions, named, whole_along
from convcost.ops.op import WHOLE, Op, Reads, written_shape

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class _Reduction(Op):
    dim: tuple[int, ...] = fields.dims("axes that become one value")
    keepdim: bool = fields.yes_no("whether they stay, with size 1", False)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axes exist, and another one is left."""
        x = inputs[0]
        yield from dim_conditions(self.dim, x)
        if not self.keepdim:
            yield Must(
                len(x) - 2 - len(self.dim),
                "dim leaves no axis of {shape}: `keepdim: true` keeps them",
                "dim",
                {"shape": written_shape(x)},
            )

    def output(self, *inputs: Shape) -> Shape:
        """The shape without the axes, or with size 1 along them."""
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


@dataclass(frozen=True, kw_only=True)
class Sum(_Reduction):
    """The sum along one or several axes."""

    def adds(self, *inputs: Shape) -> Number:
        """``n - 1`` for each sum of n."""
        return self.joins(*inputs)


@dataclass(frozen=True, kw_only=True)
class Mean(_Reduction):
    """The mean along one or several axes."""

    def adds(self, *inputs: Shape) -> Number:
        """``n - 1`` for each mean of n."""
        return self.joins(*inputs)

    def divides(self, *inputs: Shape) -> Number:
        """One for each mean."""
        return prod(self.output(*inputs))


@dataclass(frozen=True, kw_only=True)
class AMax(_Reduction):
    """The largest value along one or several axes."""

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each largest of n."""
        return self.joins(*inputs)
