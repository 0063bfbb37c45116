"""The functions of expressions, on exact numbers."""

from __future__ import annotations

from math import ceil, floor, isqrt
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

Exact: TypeAlias = "int | Fraction"


def make_divisible(value: Exact, divisor: Exact) -> Exact:
    """The multiple of ``divisor`` nearest to ``value``, never more than 10 % below it: how the
    MobileNet family rounds channels (Sandler et al., arXiv 1801.04381, reference code)."""
    rounded = max(divisor, (value + fraction(divisor) / 2) // divisor * divisor)
    return rounded + divisor if 10 * rounded < 9 * value else rounded


def square_root(value: Exact) -> Exact:
    """The square root of a number from 0 up, exact where it is a fraction, else to 64 bits."""
    above, below = value.numerator, value.denominator
    exact = fraction(isqrt(above)) / isqrt(below)
    if exact * exact == value:
        return exact
    bits = 64 + max(0, below.bit_length() - above.bit_length())
    return fraction(isqrt((above << 2 * bits) // below)) / (1 << bits)


class UnlikeLists(Exception):  # noqa: N818 - the caller says where
    """Two lists whose values cannot go one with the other."""


def on_each(function: Callable[[Any, Any], object], a: object, b: object) -> object:
    """Apply a function to two values, or to each value of a list: a number is combined with every
    value of a list, and two lists are combined value by value, as sizes of axes are."""
    lists = [cast("list[object]", one) for one in (a, b) if isinstance(one, list)]
    if not lists:
        return function(a, b)
    first, last = len(lists[0]), len(lists[-1])
    if first != last:
        raise UnlikeLists(f"{first} and {last} values")
    work(first, "evaluating a list")
    left, right = (cast("list[object]", x) if isinstance(x, list) else [x] * first for x in (a, b))
    return [on_each(function, x, y) for x, y in zip(left, right, strict=True)]


Function: TypeAlias = "tuple[int, int | None, Callable[..., Exact]]"

FUNCTIONS: Mapping[str, Function] = {
    "min": (2, None, min),
    "max": (2, None, max),
    "ceil": (1, 1, ceil),
    "floor": (1, 1, floor),
    "round": (1, 1, round),
    "sqrt": (1, 1, square_root),
    "len": (1, 1, len),
    "make_divisible": (2, 2, make_divisible),
}


def fraction(value: Exact | str) -> Fraction:
    """An exact number as a fraction."""
    from fractions import Fraction  # 2 ms of start-up that most specs do not need

    return Fraction(value)


def exact(value: Exact) -> Exact:
    """A whole fraction as the int that it is."""
    if isinstance(value, int) or value.denominator != 1:
        return value
    return value.numerator
