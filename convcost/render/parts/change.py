"""Changes as a person says them: ``+4,298,552,832``, ``-2.1M``, ``+5%``, ``8.56x``."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from convcost.render.parts.numbers import exact, figures, si

LEAST_PERCENT = Fraction(1, 1000)
MOST_DIGITS = 12


def difference(change: int, metric: str = "", *, short: bool = False) -> str:
    """A signed count of a metric, rounded to three digits where ``short``; empty for none."""
    if not change:
        return ""
    (size,) = figures(metric, [abs(change)], partial(map, si if short else exact))
    return f"{'-' if change < 0 else '+'}{size}"


def percent(before: int, after: int) -> str:
    """By how much of what it was something changed, to three digits; empty where that is nothing,
    or where it was nothing before."""
    if not before or before == after:
        return ""
    change = Fraction(100 * (after - before), before)
    sign, size = "-" if change < 0 else "+", abs(change)
    if size < LEAST_PERCENT:
        return f"{sign}<{float(LEAST_PERCENT)}%"
    return f"{sign}{_digits(size, 100)}%"


def ratio(before: int, after: int) -> str:
    """The factor to three digits; empty where it was nothing before."""
    return f"{_digits(Fraction(after, before), 1)}x" if before else ""


def _digits(number: Fraction, special: int) -> str:
    """A number to three digits, and more where it would look like a special one that it is not;
    without an exponent."""
    value, digits = float(number), 3
    while number != special and float(f"{value:.{digits}g}") == special and digits < MOST_DIGITS:
        digits += 1
    if value >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return f"{value:.{MOST_DIGITS}f}".rstrip("0").rstrip(".") if "e" in text else text
