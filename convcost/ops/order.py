"""Ops along an axis whose elements have an order: by size, or one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, larger, prod
from convcost.ops import fields
from convcost.ops.dims import dim_condition, whole_along
from convcost.ops.example import Example
from convcost.ops.op import WHOLE, Op, Reads, position_by_position
from convcost.ops.saved import NOTHING, Saved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted


class _AlongOne(Op):
    dim: int = fields.dim("axis: 1 is the channels", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axis exists."""
        yield dim_condition(self.dim, inputs[0])

    def resized(self, x: Shape, *sizes: Number) -> Shape:
        """The shape with other sizes, or none, in place of the axis."""
        return (*x[: self.dim], *sizes, *x[self.dim + 1 :])


class _Place(_AlongOne):
    keeps = NOTHING
    discrete: ClassVar[tuple[int, ...]] = (0,)

    keepdim: bool = fields.yes_no("whether the axis stays, with size 1", False)

    def output(self, *inputs: Shape) -> Shape:
        """Without ``keepdim``, the shape without the axis. With ``keepdim``, the axis has size
        1."""
        return self.resized(inputs[0], *((1,) if self.keepdim else ()))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The whole axis; those after it move up where it is gone."""
        own = position_by_position(len(inputs[0]))
        after = own[self.dim + 1 :] if self.keepdim else own[self.dim : -1]
        return ((*own[: self.dim], WHOLE, *after),)

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each position among n."""
        return prod(inputs[0]) - prod(self.output(*inputs))


class ArgMax(_Place):
    """The position of the largest element along an axis, of several the first one."""


class ArgMin(_Place):
    """The position of the smallest element along an axis, of several the first one."""


class TopK(_AlongOne):
    """Elements that are picked along an axis, in order, and their positions: two outputs. With
    ``largest``, the ``k`` largest. Without ``largest``, the ``k`` smallest. How they are found is
    left open, so that this counts as moving them."""

    examples = (Example({"k": 5}),)
    discrete: ClassVar[tuple[int, ...]] = (1,)

    k: Number = fields.count("elements that are kept")
    largest: bool = fields.yes_no("whether the largest are, or else the smallest", True)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axis exists, and is long enough."""
        x = inputs[0]
        yield from super().conditions(x)
        yield Must(
            x[self.dim] - self.k,
            "k ({k}) is more than the {size} positions of axis {dim}",
            "k",
            {"k": self.k, "size": x[self.dim], "dim": self.dim},
        )

    def outputs(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Values and positions."""
        return (self.resized(inputs[0], self.k),) * 2

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The whole axis."""
        return (whole_along((self.dim,), len(inputs[0])),)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Where the elements were."""
        return Saved(outputs_as={1: "int64"})


class CumSum(_AlongOne):
    """Sums along an axis that grow by an element at each position. With ``reverse``, they grow from
    the end. With ``exclusive``, the position's own element is left out."""

    keeps = NOTHING

    exclusive: bool = fields.yes_no("whether the element itself is left out", False)
    reverse: bool = fields.yes_no("whether the sum is of those after it", False)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position; along the axis ever more, which is not followed."""
        own = position_by_position(len(inputs[0]))
        return ((*own[: self.dim], Reads(self.dim, None), *own[self.dim + 1 :]),)

    def adds(self, *inputs: Shape) -> Number:
        """Without ``exclusive``, ``n - 1`` for each row of n. With ``exclusive``, ``n - 2`` for
        each row of n, whose last element is in no sum."""
        rows = prod(self.resized(inputs[0]))
        if not self.exclusive:
            return prod(inputs[0]) - rows
        return rows * larger(inputs[0][self.dim] - 2, 0)
