"""Amounts as budgets write them: ``4M``, ``8 MiB``, ``10%``, ``+5%``; exact, whatever their unit.

Every function raises ValueError with what is wrong with a text, as words after it.
"""

from __future__ import annotations

import re
from fractions import Fraction

from convcost.further_metrics import DURATIONS, is_bytes, is_time

_PREFIXES = ("k", "M", "G", "T", "P")
COUNT_UNITS = {"": 1} | {unit: 1000**power for power, unit in enumerate(_PREFIXES, 1)}
BYTE_UNITS = (
    {"": 1, "B": 1}
    | {f"{unit}B": 1000**power for power, unit in enumerate(_PREFIXES, 1)}
    | {f"{unit.upper()}iB": 1024**power for power, unit in enumerate(_PREFIXES, 1)}
)
TIME_UNITS = dict(reversed(DURATIONS))
LONGEST = 40  # digits

_AMOUNT = re.compile(r"([0-9][0-9_]*)(?:\.([0-9]+))?\s*([A-Za-z%]*)\Z")


def parts(text: str, example: str) -> tuple[Fraction, str]:
    """The number and the unit of an amount."""
    match = _AMOUNT.match(text.strip())
    if match is None or len(match[0]) > LONGEST:
        raise ValueError(f"is not an amount, such as {example}")
    whole, decimals, unit = match[1].replace("_", ""), match[2] or "", match[3]
    return Fraction(int(whole + decimals), 10 ** len(decimals)), unit


def amount(text: str, metric: str) -> int:
    """An amount of a metric: of bytes, of nanoseconds, or of things that are counted."""
    if is_time(metric):
        return time(text)
    return size(text) if is_bytes(metric) else count(text)


def count(text: str) -> int:
    """An amount of things as an exact int."""
    number, unit = parts(text, "4M or 300k")
    if unit == "%":
        raise ValueError("is a share, and an amount is wanted, such as 4M")
    if unit.endswith(("B", "b")):
        raise ValueError("is in bytes, and a count is wanted, such as 4M")
    return _whole(number, _factor(unit, COUNT_UNITS, "counts"))


def size(text: str) -> int:
    """An amount of bytes as an exact int."""
    number, unit = parts(text, "8 MiB or 300 kB")
    if unit == "%":
        raise ValueError("is a share, and an amount is wanted, such as 8 MiB")
    if unit == "KB":
        raise ValueError("is ambiguous: write `kB` (1,000 bytes) or `KiB` (1,024)")
    if unit and unit.lower() in map(str.lower, COUNT_UNITS):
        prefix = next(known for known in COUNT_UNITS if known.lower() == unit.lower())
        written = f"`{prefix}B` or `{prefix.upper()}iB`"
        raise ValueError(f"has the unit `{unit}`, and here are bytes: write {written}")
    return _whole(number, _factor(unit, BYTE_UNITS, "bytes"))


def time(text: str) -> int:
    """A time as an exact int of nanoseconds."""
    number, unit = parts(text, "5 ms or 300 us")
    if unit == "%":
        raise ValueError("is a share, and a time is wanted, such as 5 ms")
    if not unit:
        raise ValueError(f"has no unit, and here is a time: write `{text.strip()} ms`")
    return _whole(number, _factor(unit, TIME_UNITS, "times"))


def share(text: str) -> Fraction:
    """A share of a total, from 0% to 100%."""
    number, unit = parts(text, "10%")
    if unit != "%":
        raise ValueError("is not a share, such as 10%")
    if number > 100:
        raise ValueError(
            "is more than the whole, and a share is at most 100%; growth against a baseline is "
            f"written `max_increase: +{_shown(number - 100)}%`"
        )
    return number / 100


def increase(text: str, metric: str) -> int | Fraction:
    """The amount that a value may grow by: a share of what it was, or an amount."""
    signless = text.strip().removeprefix("+").strip()
    if text.strip().startswith("-"):
        raise ValueError("is a decrease, and an increase is written `+5%` or `+2M`")
    example = "+64 kB" if is_bytes(metric) else "+2 ms" if is_time(metric) else "+2M"
    number, unit = parts(signless, f"+5% or {example}")
    result = number / 100 if unit == "%" else amount(signless, metric)
    if not text.strip().startswith("+") and result:
        raise ValueError(f"lacks the sign of an increase: write `+{signless}`")
    return result


def _factor(unit: str, known: dict[str, int], what: str) -> int:
    if unit in known:
        return known[unit]
    slip = next((right for right in known if right.lower() == unit.lower()), None)
    if slip is not None:
        raise ValueError(f"has the unit `{unit}`: write `{slip}`")
    units = ", ".join(unit for unit in known if unit)
    raise ValueError(f"has the unit `{unit}`: the units of {what} are {units}")


def _whole(number: Fraction, factor: int) -> int:
    result = number * factor
    if result.denominator != 1:
        raise ValueError("is not a whole number")
    return result.numerator


def _shown(number: Fraction) -> str:
    return f"{float(number):g}"
