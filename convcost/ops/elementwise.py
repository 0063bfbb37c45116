"""Arithmetic element by element, as image kernels, gates and attention need it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.example import MAP, Example
from convcost.ops.join import ElementWise, factors_kept
from convcost.ops.op import EachElement
from convcost.ops.saved import INPUT, NOTHING, OUTPUT, Saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.ops.op import Wanted


class Sub(ElementWise):
    """The first input minus the second, element by element; axes of size 1 broadcast."""

    keeps = NOTHING
    most_inputs: ClassVar[int | None] = 2

    def adds(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return self.joins(*inputs)


class Div(ElementWise):
    """The first input over the second, element by element; axes of size 1 broadcast."""

    most_inputs: ClassVar[int | None] = 2

    def divides(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The divisor; with its gradient wanted, both."""
        return Saved(inputs=(0, 1) if wanted.by(1) else (1,))


class Remainder(ElementWise):
    """The remainder of the first input over the second, with the sign of the second; axes of size 1
    broadcast."""

    most_inputs: ClassVar[int | None] = 2

    def divides(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """With the gradient of the divisor wanted, both."""
        return Saved(inputs=(0, 1)) if wanted.by(1) else NOTHING


class Fmod(ElementWise):
    """The remainder of the first input over the second, with the sign of the first; axes of size 1
    broadcast."""

    most_inputs: ClassVar[int | None] = 2

    def divides(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """With the gradient of the divisor wanted, both."""
        return Saved(inputs=(0, 1)) if wanted.by(1) else NOTHING


class Minimum(ElementWise):
    """The smallest of two or more inputs, element by element; axes of size 1 broadcast."""

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each output element, for n inputs of one shape."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Both of two: which of them it was is seen again."""
        return factors_kept(wanted, inputs, both=True)


class Maximum(ElementWise):
    """The largest of two or more inputs, element by element; axes of size 1 broadcast."""

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each output element, for n inputs of one shape."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Both of two: which of them it was is seen again."""
        return factors_kept(wanted, inputs, both=True)


class Pow(ElementWise):
    """Powers, element by element. With ``exponent``, of the input. Without ``exponent``, the first
    input to the power of the second, whose axes of size 1 broadcast."""

    examples = (Example({"exponent": 2}), Example(shapes=(MAP, MAP)))
    fewest_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 2

    exponent: float | None = fields.real("power, in place of a second input", None)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """One exponent; and the shapes agree, up to axes of size 1."""
        given = len(inputs) - 1 + (self.exponent is not None)
        yield Must(-abs(given - 1), "give either exponent or a second input", "op")
        yield from super().conditions(*inputs)

    def transcendentals(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return prod(self.output(*inputs))

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input. With a second input, both and the output."""
        return INPUT if len(inputs) == 1 else Saved(inputs=(0, 1), outputs=(0,))


class Scale(EachElement):
    """``factor x``: the input times a number."""

    keeps = NOTHING
    examples = (Example({"factor": Fraction(1, 8)}),)
    rescales = True

    factor: float = fields.real("what each element is multiplied by", fields.REQUIRED)

    def each(self) -> Mapping[str, int]:
        """One product."""
        return {"multiplies": 1}


class Shift(EachElement):
    """``x + amount``: a number added to the input."""

    keeps = NOTHING
    examples = (Example({"amount": 3}),)
    rescales = True

    amount: float = fields.real("what is added to each element", fields.REQUIRED)

    def each(self) -> Mapping[str, int]:
        """One sum."""
        return {"adds": 1}


class Abs(EachElement):
    """``max(x, -x)``; a change of sign alone is not counted."""

    keeps = INPUT

    def each(self) -> Mapping[str, int]:
        """One comparison."""
        return {"comparisons": 1}


class Exp(EachElement):
    """Exponential."""

    keeps = OUTPUT

    def each(self) -> Mapping[str, int]:
        """One exponential."""
        return {"transcendentals": 1}
