"""Fourier transforms along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.number import Must, Number, Shape, prod, smaller
from convcost.ops import fields
from convcost.ops.dims import dim_condition
from convcost.ops.example import Example
from convcost.ops.op import WHOLE, Op, Reads, position_by_position
from convcost.ops.saved import INPUT, NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved


class DFT(Op):
    """The discrete Fourier transform along an axis. The last axis holds a real number, or a complex
    one as two; that of the output always two. It counts as what defines it, products with a matrix
    of cosines and one of sines; a fast transform takes fewer."""

    examples = (Example({"dim": 1}, ((64, 1),)),)

    dim: int = fields.dim("axis that is transformed", 1, beyond=-1)
    length: Number | None = fields.count(
        "positions that are transformed, of which zeros are those beyond the end; all unless given",
        None,
    )
    onesided: bool = fields.yes_no(
        "whether only the first half of the frequencies is kept, as for real numbers", False
    )
    inverse: bool = fields.yes_no("whether it is the inverse transform", False)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axis is one before the last, which holds numbers."""
        x = inputs[0]
        yield dim_condition(self.dim, x[:-1])
        yield Must(
            smaller(x[-1] - 1, 2 - x[-1]),
            "the last axis holds 1 real number or 2 of a complex one, and here are {given}",
            values={"given": x[-1]},
            inputs=(0,),
        )

    def frequencies(self, x: Shape) -> Number:
        """Positions of the output along the axis."""
        length = x[self.dim] if self.length is None else self.length
        return length // 2 + 1 if self.onesided else length

    def terms(self, x: Shape) -> Number:
        """Positions of the input that are transformed."""
        return x[self.dim] if self.length is None else smaller(x[self.dim], self.length)

    def output(self, *inputs: Shape) -> Shape:
        """A complex number for each frequency. With ``onesided``, those are half the length and
        one."""
        x = inputs[0]
        return (*x[: self.dim], self.frequencies(x), *x[self.dim + 1 : -1], 2)

    def macs(self, *inputs: Shape) -> Number:
        """For each number of the output, a cosine or a sine times each number along the axis. With
        ``onesided``, the output has about half as many."""
        return prod(self.output(*inputs)) * self.terms(inputs[0]) * inputs[0][-1]

    def adds(self, *inputs: Shape) -> Number:
        """One less than products for each number of the output. With ``onesided``, that has about
        half as many."""
        return prod(self.output(*inputs)) * (self.terms(inputs[0]) * inputs[0][-1] - 1)

    def divides(self, *inputs: Shape) -> Number:
        """With ``inverse``, each number of the output by the length. With ``onesided``, that has
        about half as many."""
        return prod(self.output(*inputs)) if self.inverse else 0

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The whole axis, and the whole number."""
        own = position_by_position(len(inputs[0]))
        return ((*own[: self.dim], WHOLE, *own[self.dim + 1 : -1], WHOLE),)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Of complex numbers nothing, since it is linear; real ones are kept to be told so."""
        return INPUT if inputs[0][-1] == 1 else NOTHING
