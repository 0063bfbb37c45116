"""Functions of one number, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.dtype import DTYPES, is_floating
from convcost.ops import fields, kinds
from convcost.ops.example import Example
from convcost.ops.op import Activation, EachElement
from convcost.ops.saved import INPUT, NOTHING, OUTPUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.number import Shape
    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved


class Cast(EachElement):
    """The same numbers stored as another type, a copy that counts nothing. What lies behind the
    point is cut off for whole numbers, and all but 0 becomes 1 for ``bool``."""

    keeps = NOTHING
    examples = (Example({"to": "int32"}), Example({"to": "bool"}), Example({"to": "float16"}))

    to: str = fields.declare(kinds.Word(tuple(DTYPES)), "the type of number")

    @property
    def stored_as(self) -> str:  # pyright: ignore - it is one fact of most other ops
        """As its field says."""
        return self.to

    def differentiates(self, given: int, made: int) -> bool:
        """As of any op; whole numbers and ``bool`` have no gradients."""
        return is_floating(self.to)


class _Transcendental(EachElement):
    keeps = INPUT

    def each(self) -> Mapping[str, int]:
        """One."""
        return {"transcendentals": 1}


class _Rounding(EachElement):
    keeps = NOTHING

    def each(self) -> Mapping[str, int]:
        """One comparison."""
        return {"comparisons": 1}


class Neg(EachElement):
    """``-x``; a change of sign alone is not counted."""

    keeps = NOTHING
    rescales = True


class Sqrt(_Transcendental):
    """Square root."""

    keeps = OUTPUT


class Reciprocal(EachElement):
    """``1 / x``."""

    keeps = OUTPUT

    def each(self) -> Mapping[str, int]:
        """One quotient."""
        return {"divides": 1}


class Log(_Transcendental):
    """Natural logarithm."""


class Erf(_Transcendental):
    """The error function."""


class Sin(_Transcendental):
    """Sine."""


class Cos(_Transcendental):
    """Cosine."""


class Tan(_Transcendental):
    """Tangent."""

    keeps = OUTPUT


class Asin(_Transcendental):
    """Arc sine, of numbers from -1 to 1."""


class Acos(_Transcendental):
    """Arc cosine, of numbers from -1 to 1."""


class Atan(_Transcendental):
    """Arc tangent."""


class Sinh(_Transcendental):
    """Hyperbolic sine."""


class Cosh(_Transcendental):
    """Hyperbolic cosine."""


class Asinh(_Transcendental):
    """Inverse hyperbolic sine."""


class Acosh(_Transcendental):
    """Inverse hyperbolic cosine, of numbers from 1 up."""


class Atanh(_Transcendental):
    """Inverse hyperbolic tangent, of numbers between -1 and 1."""


class Floor(_Rounding):
    """The largest whole number not above ``x``, which counts as a comparison."""


class Ceil(_Rounding):
    """The smallest whole number not below ``x``, which counts as a comparison."""


class Round(_Rounding):
    """The nearest whole number, of two the even one; it counts as a comparison."""


class Sign(EachElement):
    """1 where ``x`` is above 0, -1 where it is below, else 0."""

    keeps = NOTHING
    discrete: ClassVar[tuple[int, ...]] = (0,)

    def each(self) -> Mapping[str, int]:
        """One comparison from either side."""
        return {"comparisons": 2}


class Clip(Activation):
    """``min(max(x, min), max)``; a bound that is not given does not bound."""

    examples = (Example({"min": 0, "max": 6}),)

    min: float | None = fields.real("the smallest value", None)
    max: float | None = fields.real("the largest value", None)

    def each(self) -> Mapping[str, int]:
        """A comparison with each bound that is given."""
        return {"comparisons": (self.min is not None) + (self.max is not None)}

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input; without bounds nothing."""
        return NOTHING if self.min is None and self.max is None else INPUT
