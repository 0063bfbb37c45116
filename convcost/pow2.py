"""Powers of two, of any kind of number: primitives that formulas may use beside those of
``number.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.number import Column, Interval, Number, Symbol, at_least_zero, smaller

if TYPE_CHECKING:
    from collections.abc import Callable


def log2_ceil(a: Number) -> Number:
    """The number of times that 1 must be doubled to be at least ``a``, for ``a >= 1``."""
    if isinstance(a, Symbol):
        return Symbol(f"({a - 1}).bit_length()")
    return _over_doublings(a, lambda _: 1)


def power_of_two(a: Number) -> Number:
    """The least power of two that is at least ``a``, for ``a >= 1``: 2 to its ``log2_ceil``."""
    if isinstance(a, Symbol):
        return Symbol(f"2 ** {log2_ceil(a)}")
    return 1 + _over_doublings(a, lambda power: power)


def _over_doublings(a: Number, term: Callable[[int], int]) -> Number:
    """The sum of ``term(power)`` for the powers of two below ``a``."""
    bounds = a.bounds if isinstance(a, Column) else a
    high = bounds.high if isinstance(bounds, Interval) else bounds
    assert isinstance(high, int)
    result: Number = 0
    for power in (2**bit for bit in range((high - 1).bit_length())):
        is_below = at_least_zero(smaller(a - power, 1))  # 1 while power < a, 0 from there on
        result = result + is_below * term(power)
    return result
