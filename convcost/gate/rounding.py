"""Limits made of what models cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.further_metrics import NANOSECONDS, is_bytes, is_time
from convcost.metrics import FIELD
from convcost.spec.quantity import BYTE_UNITS, COUNT_UNITS, TIME_UNITS

if TYPE_CHECKING:
    from fractions import Fraction

DIGITS = 3  # which are rounded up


def with_room(value: int, headroom: Fraction) -> int:
    """A value and a share of it, rounded up."""
    room = value * (1 + headroom)
    return -(-room.numerator // room.denominator)


def written(amount: int, metric: str, like: str, *, exact: bool = False) -> tuple[int, str]:
    """An amount, rounded up to a few digits, and how it is written.

    Args:
        amount: of the metric.
        metric: what it limits.
        like: a text whose kind of unit, and space before it, it gets.
        exact: with all its digits.
    """
    space = " " if " " in like.strip() else ""
    if exact or metric == FIELD:
        return amount, f"{amount:_}{NANOSECONDS if is_time(metric) else ''}"
    if like.endswith("iB"):
        return _binary(amount, space)
    step = 10 ** max(0, len(str(amount)) - DIGITS)
    amount = -(-amount // step) * step
    units = [*(TIME_UNITS if is_time(metric) else COUNT_UNITS)]
    power = min((len(str(amount)) - 1) // 3, len(units) - 1)
    unit = units[power] + ("B" if is_bytes(metric) else "")
    whole, below = divmod(amount, 1000**power)
    decimals = f"{below:0{3 * power}}".rstrip("0") if power else ""
    return amount, f"{whole}{'.' if decimals else ''}{decimals}{space if unit else ''}{unit}"


def _binary(amount: int, space: str) -> tuple[int, str]:
    """Bytes in whole units of powers of 1024, as decimals of those would be no whole bytes."""
    name, factor = "B", 1
    for larger, size in BYTE_UNITS.items():
        if larger.endswith("iB") and amount >= size * 10 ** (DIGITS - 1):
            name, factor = larger, size
    times = -(-amount // factor)
    return times * factor, f"{times}{space}{name}"
