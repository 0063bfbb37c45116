"""Numbers as people write them."""

from __future__ import annotations

from collections import Counter
from math import log10
from typing import TYPE_CHECKING

from convcost.further_metrics import duration, is_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_WHOLE = 10_000  # counts below are written whole
SUFFIXES = ("", "k", "M", "G", "T", "P", "E")
MOST_BITS = 4096  # of ints in documents: Python reads and writes none of more than 4,300 digits


def exact(count: int) -> str:
    """A count with all its digits."""
    return f"{count:,}"


def si(count: int, digits: int = 3) -> str:
    """A count to three significant digits, unless said otherwise, with an SI suffix: ``2.36M``."""
    if count < 1000:
        return str(count)
    unit = 10 ** max(0, len(str(count)) - digits)
    count = (count + unit // 2) // unit * unit
    power = min((len(str(count)) - 1) // 3, len(SUFFIXES) - 1)
    whole, below = divmod(count, 1000**power)
    decimals = f"{below:0{3 * power}}"[: max(0, digits - len(str(whole)))]
    return f"{whole}{'.' if decimals else ''}{decimals}{SUFFIXES[power]}"


def figures(
    metric: str, counts: Sequence[int], write: Callable[[Sequence[int]], Iterable[str]]
) -> list[str]:
    """Figures of a metric: times as people write times, all others as ``write`` does."""
    return list(map(duration, counts) if is_time(metric) else write(counts))


def large(count: int) -> str:
    """A count in few letters: ``2.36M``, and ``1.23e45`` where no suffix is left."""
    if count < 10**18:
        return si(count)
    power = int(log10(count))  # may be off by one
    power += (count >= 10 ** (power + 1)) - (count < 10**power)
    digits = str((count + 5 * 10 ** (power - 3)) // 10 ** (power - 2))
    power += len(digits) - 3  # 999.6 is 1000
    return f"{digits[0]}.{digits[1:3]}e{power}"


def storable(count: int) -> int | None:
    """A count for a document; None where its digits are too many."""
    return count if count.bit_length() <= MOST_BITS else None


def rounded(counts: Sequence[int]) -> list[str]:
    """Counts as :func:`si` writes them, with more digits where two that differ would look alike."""
    digits = dict.fromkeys(counts, 3)
    while True:
        texts = {count: si(count, digits[count]) for count in digits}
        times = Counter(texts.values())
        alike = [count for count, text in texts.items() if times[text] > 1]
        if not alike:
            return [texts[count] for count in counts]
        for count in alike:
            digits[count] += 1


def aligned(counts: Sequence[int], unit: str = "") -> list[str]:
    """Counts of a column, all with one suffix and as many decimals: ``118.0M`` under ``4.2M``."""
    most = max(counts, default=0)
    if most < MOST_WHOLE:
        return [exact(count) + unit for count in counts]
    power = max(p for p in range(len(SUFFIXES)) if most >= 2 * 1000**p)
    decimals = 2 if most < 100 * 1000**power else 1
    suffix = SUFFIXES[power] + unit
    return [_decimal(n, 1000**power, decimals) + suffix if n else f"0{unit}" for n in counts]


def _decimal(count: int, unit: int, decimals: int) -> str:
    """A count of units, rounded half up."""
    parts = 10**decimals
    whole, below = divmod((2 * count * parts + unit) // (2 * unit), parts)
    if not whole and not below:
        return f"<{1 / parts:.{decimals}f}"
    return f"{whole:,}.{below:0{decimals}}"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent; empty for nothing, so that the eye finds the cost."""
    if not part:
        return ""
    tenths = (2000 * part + whole) // (2 * whole)
    if not tenths:
        return "<0.1%"
    return ">99.9%" if tenths == 1000 and part < whole else f"{tenths // 10}.{tenths % 10}%"
