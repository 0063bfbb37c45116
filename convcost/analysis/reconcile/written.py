"""Numbers as people write them, and which counts may be written so."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from convcost.errors import ConvcostError, listed, quoted
from convcost.spec.quantity import COUNT_UNITS, LONGEST

MACS, FLOPS, PARAMS = "macs", "flops", "params"
SCALES = {name.lower(): factor for name, factor in COUNT_UNITS.items()} | {
    "b": 10**9,
    "bn": 10**9,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
COUNTED = {
    MACS: r"macc?s?|m-?adds?|mult(?:i|iply)?-?adds?|adds?",
    FLOPS: r"flops?|ops?",
    PARAMS: r"params?|parameters?|weights",
}
"""What people say that they counted."""

CUT_OFF = "digits cut off"
CUT = 2
"""What it takes to think of digits that are cut off, and not rounded."""

FEWER_DIGITS = 3
"""What it takes to think of zeros that only fill a number up."""

_AMOUNT = re.compile(
    r"(?:~|≈|about )?\s*(?P<whole>[0-9][0-9_]*|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.(?P<decimals>[0-9]+))?"
    r"(?:\s*(?:e\+?|[x×*]\s*10\^)(?P<power>[0-9]{1,2}))?\s*(?P<unit>[a-z% -]*)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    rf"(?P<scale>{'|'.join(name for name in SCALES if len(name) > 1)}|[a-z]?)[ -]*"
    rf"(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in COUNTED.items())})?",
    re.IGNORECASE,
)


class Way(NamedTuple):
    """How a count may have become a number that is written: ``remark`` says it, "" where it is
    rounded to all digits; ``cost`` is how much there is to assume."""

    cost: int
    remark: str = ""


class Said(NamedTuple):
    """A number as somebody wrote it.

    Attributes:
        text: as it was written.
        value: the number.
        step: the place of its last digit; 0: all digits are there.
        zeros: how many zeros it ends in before that place, which may only fill it up.
        counts: what it is said to count: ``macs``, ``flops``, ``params``, or "".
    """

    text: str
    value: Fraction
    step: Fraction
    zeros: int = 0
    counts: str = ""

    def way(self, count: int) -> Way | None:
        """How a count would be written as this number; None: it would not."""
        apart = count - self.value
        if abs(apart) <= self.step / 2:
            return Way(0)
        if 0 <= apart < self.step:
            return Way(CUT, CUT_OFF)
        digits = len(str(int(self.value / self.step))) if self.step else 0
        for zeros in range(1, self.zeros + 1):
            if abs(apart) <= self.step * 10**zeros / 2:
                kept = digits - zeros
                rounded = f"rounded to {kept} digit{'s' if kept > 1 else ''}"
                return Way(FEWER_DIGITS + 2 * (zeros - 1), rounded)
        return None


def said(text: str) -> Said:
    """A number as a person writes it: ``580M``, ``0.3 BFLOPs``, ``4.1 x 10^9``, ``300,774,272``.

    Raises:
        ConvcostError: it is none.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or len(text.strip()) > LONGEST:
        raise ConvcostError(
            f"--says: {quoted(text)} is not an amount, such as 580M, 1.2G or 300774272"
        )
    unit = _UNIT.fullmatch(found["unit"].strip())
    factor = SCALES.get(unit["scale"].lower()) if unit else None
    if unit is None or factor is None:
        units = listed([name for name in COUNT_UNITS if name], "or")
        raise ConvcostError(f"--says: the unit of {quoted(text)} is none of {units}")
    factor *= 10 ** int(found["power"] or 0)
    digits = re.sub("[_,]", "", found["whole"]) + (found["decimals"] or "")
    step = Fraction(factor, 10 ** len(found["decimals"] or ""))
    counts = next((kind for kind in COUNTED if unit[kind]), "")
    return _placed(text, int(digits), step, found["decimals"] is not None, counts)


def _placed(text: str, digits: int, step: Fraction, decimals: bool, counts: str) -> Said:
    """A number whose last digit has a place: that of its unit, or, of one that is written in full,
    of the unit in which nothing is lost of it."""
    value, zeros = digits * step, 0
    if not decimals and digits:
        zeros = len(str(digits)) - len(str(digits).rstrip("0"))
    if step == 1:
        filled = zeros - zeros % 3
        step, zeros = Fraction(10**filled if filled else 0), zeros - filled if filled else 0
    return Said(text, value, step, zeros, counts)
