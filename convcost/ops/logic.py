"""Answers to questions about elements: 1 for yes, 0 for no, as numbers of the inputs' kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.ops import fields
from convcost.ops.join import ElementWise
from convcost.ops.op import EachElement
from convcost.ops.saved import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.number import Number, Shape


class _OfTwo(ElementWise):
    keeps = NOTHING
    discrete: ClassVar[tuple[int, ...]] = (0,)
    most_inputs: ClassVar[int | None] = 2


class _Comparison(_OfTwo):
    def comparisons(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return self.joins(*inputs)


class Less(_Comparison):
    """1 where the first input is below the second, else 0; axes of size 1 broadcast."""


class Greater(_Comparison):
    """1 where the first input is above the second, else 0; axes of size 1 broadcast."""


class Equal(_Comparison):
    """1 where both inputs are the same, else 0; axes of size 1 broadcast."""


class LogicalAnd(_OfTwo):
    """1 where neither of two inputs is 0, else 0; axes of size 1 broadcast. Logic is not
    arithmetic: it counts nothing."""


class LogicalOr(_OfTwo):
    """0 where both inputs are 0, else 1; axes of size 1 broadcast. It counts nothing."""


class LogicalXor(_OfTwo):
    """1 where one of two inputs is 0 and the other is not, else 0; axes of size 1 broadcast. It
    counts nothing."""


class LogicalNot(EachElement):
    """1 where the input is 0, else 0. It counts nothing."""

    keeps = NOTHING
    discrete: ClassVar[tuple[int, ...]] = (0,)


class IsNaN(EachElement):
    """1 where the input is not a number, else 0."""

    keeps = NOTHING
    discrete: ClassVar[tuple[int, ...]] = (0,)

    def each(self) -> Mapping[str, int]:
        """One comparison, of the element with itself."""
        return {"comparisons": 1}


class IsInf(EachElement):
    """1 where the input is infinite, else 0."""

    keeps = NOTHING
    discrete: ClassVar[tuple[int, ...]] = (0,)

    positive: bool = fields.yes_no("whether it is asked about positive infinity", True)
    negative: bool = fields.yes_no("whether it is asked about negative infinity", True)

    def each(self) -> Mapping[str, int]:
        """With ``positive``, one comparison with infinity. With ``negative``, one comparison with
        negative infinity."""
        return {"comparisons": self.positive + self.negative}
