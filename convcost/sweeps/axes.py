"""The axes of a sweep, as they are written: ``width=0.25:1.5:0.05``, ``depth=1,2,3``."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcost.errors import ConvcostError, plural, quoted
from convcost.spec.expression import ExpressionError, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.sweeps.rows import Codes

MOST_VALUES = 1_000_000
_WHOLE = re.compile(r"0|[1-9][0-9]{0,11}")
_NUMBER = re.compile(r"[+-]?(\d[\d_]*(\.\d+)?|\.\d+)")


class BadAxis(ConvcostError):  # noqa: N818 - it names what is wrong
    """An axis that cannot be read."""


class Axis(NamedTuple):
    """An axis: the texts of its values as a spec would have them, and the values. ``numbers`` says
    whether these are exact numbers; else networks are made of one at a time."""

    name: str
    texts: Sequence[str]
    values: Sequence[int | Fraction | str]
    numbers: bool

    def at(self, codes: Codes) -> Codes:
        """The values of candidates by their numbers: ints where all values are, else objects."""
        if self.numbers and all(type(value) is int for value in self.values):
            return np.array(self.values)[codes]
        values = np.empty(len(self.values), object)
        values[:] = self.values
        return values[codes]


def parsed(text: str) -> Axis:
    """An axis from its text.

    Raises:
        BadAxis: it is none; the sentence says what is wrong with it.
    """
    name, sign, values = text.partition("=")
    if not sign or not name.strip() or not values.strip():
        raise BadAxis(
            f"{quoted(text)} is not an axis of a sweep\n"
            "  an axis is a name and its values, as width=0.25:1.5:0.05 or depth=1,2,3"
        )
    name = name.strip()
    return axis(name, [one for part in _parts(values) for one in _spelt(name, part)])


def axis(name: str, texts: Iterable[str]) -> Axis:
    """An axis of values that are written one by one.

    Raises:
        BadAxis: there are none, too many, or one twice.
    """
    texts = [*islice(texts, MOST_VALUES + 1)]  # which may be made as they are read, without end
    if not texts:
        raise BadAxis(f"axis {quoted(name)} has no values")
    if len(texts) > MOST_VALUES:
        raise BadAxis(f"axis {quoted(name)} has more than {MOST_VALUES:,} values")
    values = [_value(name, text) for text in texts]
    seen: set[int | Fraction | str] = set()
    for text, value in zip(texts, values, strict=True):
        if value in seen:
            raise BadAxis(f"axis {quoted(name)} has the value {quoted(text)} twice")
        seen.add(value)
    return Axis(name, texts, values, not any(isinstance(value, str) for value in values))


def _parts(values: str) -> list[str]:
    """Parts between commas, those inside of brackets being left alone."""
    parts, depth = [""], 0
    for character in values:
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _spelt(name: str, part: str) -> list[str]:
    """The values that a part stands for: those of a range, or itself."""
    if ":" not in part or part.startswith("["):
        return [part]
    ends = part.split(":")
    if len(ends) != 3 or not all(_NUMBER.fullmatch(end.strip()) for end in ends):
        raise BadAxis(
            f"axis {quoted(name)}: {quoted(part)} is not a range\n"
            "  a range is start:stop:step, as 0.25:1.5:0.05, and both ends are in it"
        )
    start, stop, step = (Fraction(end.strip().replace("_", "")) for end in ends)
    return _range(name, part, start, stop, step)


def _range(name: str, part: str, start: Fraction, stop: Fraction, step: Fraction) -> list[str]:
    if step <= 0 or stop < start:
        raise BadAxis(
            f"axis {quoted(name)}: {quoted(part)} has no values\n"
            "  a range goes up: start:stop:step with a step above 0"
        )
    steps = (stop - start) / step
    if steps.denominator != 1:
        below = start + int(steps) * step
        raise BadAxis(
            f"axis {quoted(name)}: {quoted(part)} never comes to {written(stop)}\n"
            f"  the last value would be {written(below)}: write that as the end, or another step"
        )
    if steps >= MOST_VALUES:
        raise BadAxis(f"axis {quoted(name)} has more than {plural(MOST_VALUES, 'value')}")
    if start.denominator == step.denominator == 1:  # a million fractions take seconds
        return [*map(str, range(int(start), int(stop) + 1, int(step)))]
    return [written(start + number * step) for number in range(int(steps) + 1)]


def written(value: int | Fraction | str) -> str:
    """A value as it is written: ``0.25``, ``3``, ``1/3``, ``true``."""
    if isinstance(value, (int, str)):
        return str(value)
    places, rest = 0, value.denominator
    for factor in (2, 5):
        power = 0
        while rest % factor == 0:
            rest //= factor
            power += 1
        places = max(places, power)
    if rest != 1:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _value(name: str, text: str) -> int | Fraction | str:
    """A value, exact; a text where it is a word, a yes or no, a list or an expression."""
    if not text:
        raise BadAxis(f"axis {quoted(name)}: a value is missing")
    if _WHOLE.fullmatch(text):
        return int(text)  # as the parser would, which takes ten times as long
    if text.startswith("["):
        return text
    try:
        constant = parse(text).constant
    except ExpressionError as error:
        raise BadAxis(f"axis {quoted(name)}: {quoted(text)}: {error.message}") from None
    if isinstance(constant, bool) or not isinstance(constant, (int, Fraction)):
        return text
    return constant
