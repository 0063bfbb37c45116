"""Ops that join several tensors into one."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, larger, prod, smaller
from convcost.ops import fields
from convcost.ops.dims import broadcast_reads, dim_condition
from convcost.ops.example import MAP, Example
from convcost.ops.op import Op, Reads, equal
from convcost.ops.saved import NOTHING, Made, Saved
from convcost.window import FIRST, step_joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted


def equal_or_one(a: Number, b: Number) -> Number:
    """A margin that holds where two sizes are equal, or one of them is 1."""
    return larger(equal(a, b), 1 - smaller(a, b))


def broadcast_conditions(*inputs: Shape, skipped: int = 0) -> Iterator[Must]:
    """Sizes of an axis are equal, or 1. Shapes are aligned at their last axis; ``skipped`` of the
    arrays' axes come after it."""
    first = inputs[0]
    for number, other in enumerate(inputs[1:], start=1):
        pairs = zip(reversed(first), reversed(other), strict=False)
        for axis, (a, b) in enumerate(pairs, start=1 + skipped):
            yield Must(
                equal_or_one(a, b),
                "sizes {a} and {b} of axis {axis} do not broadcast",
                values={"a": a, "b": b, "axis": -axis},
                inputs=range(number + 1),
            )
        first = broadcast(first, other)


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape of two arrays aligned at their last axis, one repeated along the other."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    head = len(longer) - len(shorter)
    return (*longer[:head], *map(larger, longer[head:], shorter))


def factors_kept(wanted: Wanted, inputs: tuple[Shape, ...], *, both: bool = False) -> Saved:
    """Return the values kept when inputs are multiplied one after the other: of two factors, the
    one that the gradient of the other needs; ``both``: each gradient needs both factors."""
    kept: list[int] = []
    made: list[Made] = []
    before = wanted.by(0)
    for number, shape in enumerate(accumulate(inputs[:-1], broadcast), start=1):
        here = wanted.by(number)
        if here or (both and before):
            if number == 1:
                kept.append(0)
            else:
                made.append(Made(prod(shape)))
        if before or (both and here):
            kept.append(number)
        before = before or here
    return Saved(tuple(kept), made=tuple(made))


class ElementWise(Op):
    """Inputs combined element by element, one repeated along the axes where it has size 1."""

    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """All shapes agree, up to axes of size 1."""
        yield from broadcast_conditions(*inputs)

    def output(self, *inputs: Shape) -> Shape:
        """The broadcast shape."""
        return reduce(broadcast, inputs)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position of each input, the only one of a broadcast axis."""
        output = cast("tuple[int, ...]", self.output(*inputs))
        return tuple(broadcast_reads(shape, output) for shape in inputs)

    def joins(self, *inputs: Shape) -> Number:
        """Operations of joining the inputs one after the other: each with the broadcast shape of
        those before it."""
        _, *joined = accumulate(inputs[:-1], broadcast)
        result: Number = 0
        for shape in (*joined, self.output(*inputs)):
            result = result + prod(shape)
        return result


class Add(ElementWise):
    """Sum of two or more inputs, element by element; axes of size 1 broadcast."""

    keeps = NOTHING
    sums_inputs = True
    commutes = True

    def adds(self, *inputs: Shape) -> Number:
        """``n - 1`` for each output element, for n inputs of one shape."""
        return self.joins(*inputs)


class Multiply(ElementWise):
    """Product of two or more inputs, element by element; axes of size 1 broadcast. These products
    are multiplies, not macs: nothing is accumulated."""

    commutes = True

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position of each input; one that is repeated along an axis is a gate."""
        every = super().reads(*inputs)
        return tuple(tuple(how._replace(gate=how.step is FIRST) for how in one) for one in every)

    def multiplies(self, *inputs: Shape) -> Number:
        """``n - 1`` for each output element, for n inputs of one shape."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Of two factors each for the gradient of the other."""
        return factors_kept(wanted, inputs)


class Concat(Op):
    """Inputs laid one after the other along an axis; the others must agree. An input of one sample,
    such as a class token, is joined to every sample of the others."""

    keeps = NOTHING
    examples = (Example(shapes=(MAP, (32, 28, 28))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None

    dim: int = fields.dim("axis to join along: 1 is the channels", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The other axes have equal sizes; an input may have a single sample for all."""
        first = inputs[0]
        yield dim_condition(self.dim, first)
        for number, other in enumerate(inputs[1:], start=1):
            yield Must(
                -abs(len(first) - len(other)),
                "the inputs differ in their number of axes",
                inputs=(0, number),
            )
            for axis, (a, b) in enumerate(zip(first, other, strict=False)):
                if axis != self.dim:
                    yield Must(
                        equal(a, b) if axis else equal_or_one(a, b),
                        "sizes {a} and {b} of axis {axis} differ: inputs joined along axis {dim} "
                        "must agree in all others",
                        values={"a": a, "b": b, "axis": axis, "dim": self.dim},
                        inputs=(0, number),
                    )
            first = (larger(first[0], other[0]), *first[1:])

    def output(self, *inputs: Shape) -> Shape:
        """The sum of sizes along ``dim``, and all samples."""
        joined: Number = 0
        for shape in inputs:
            joined = joined + shape[self.dim]
        laid = reduce(broadcast, inputs) if self.dim else inputs[0]
        return (*laid[: self.dim], joined, *laid[self.dim + 1 :])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position; along ``dim`` that in the input which lies there."""
        output = cast("tuple[int, ...]", self.output(*inputs))
        sizes = [shape[self.dim] for shape in inputs]
        starts = accumulate(sizes[:-1], initial=0)
        return tuple(
            (*own[: self.dim], Reads(self.dim, step_joined(*at)), *own[self.dim + 1 :])
            for own, *at in zip(
                (broadcast_reads(shape, output) for shape in inputs), starts, sizes, strict=True
            )
        )
