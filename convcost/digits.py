"""Positions of an axis as digits of the axes that hold them.

Reshapes merge axes and split them. A position of an axis that was split is a number with a digit on
each of several axes; one that was merged is a digit of the position along the merged axis. So a map
made into tokens and back into a map is followed without a special case: digits go through any
reshape, permutation and their inverses, as long as no axis cuts one of them at an uneven place.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import affords
from convcost.window import MOST_PHASES, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


class Digit(NamedTuple):
    """A digit of a position: ``(x[axis] // below) % size`` of an element's place ``x``, which
    counts ``weight`` in the position.

    Of all digits of a position the one with the largest weight comes first, and the weight of each
    is the product of the sizes of those after it.
    """

    axis: int
    below: int
    size: int
    weight: int = 1

    def of(self, place: int) -> int:
        """The part of the position that a place along the axis adds."""
        return place // self.below % self.size * self.weight

    def whole(self, shape: Sequence[int]) -> bool:
        """Whether it is all there is along its axis of a tensor of some shape."""
        return self.size == shape[self.axis]


Digits = tuple[Digit, ...]


def dealt(x: Sequence[int], y: Sequence[int], axis: int) -> Digits | None:
    """Where a row-major reshape from ``x`` to ``y`` puts the positions of an axis of ``x``; None
    where an axis of ``y`` begins or ends in the middle of one of them."""
    found: list[Digit] = []
    low, high = prod(x[axis + 1 :]), prod(x[axis:])  # the places in row-major order that they move
    below = prod(y)
    for b, size in enumerate(y):
        above, below = below, below // size
        start, end = max(low, below), min(high, above)
        if start >= end:
            continue
        if start % low or high % end or start % below or above % end or end % start:
            return None
        found.append(Digit(b, start // below, end // start, start // low))
    return merged(found) if prod(digit.size for digit in found) == x[axis] else None


def through(digits: Digits, parts: Digits) -> Digits | None:
    """Digits of one axis, whose places are dealt to other axes as ``parts`` says; None where a
    digit is cut at an uneven place."""
    found: list[Digit] = []
    for digit in digits:
        low, high = digit.below, digit.below * digit.size
        for part in parts:
            above = part.weight * part.size
            start, end = max(low, part.weight), min(high, above)
            if start >= end:
                continue
            if start % part.weight or above % end or start % low or end % start or high % end:
                return None
            below = part.below * (start // part.weight)
            weight = digit.weight * (start // low)
            found.append(Digit(part.axis, below, end // start, weight))
    if prod(digit.size for digit in found) != prod(digit.size for digit in digits):
        return None
    return tuple(found)


def merged(digits: Collection[Digit]) -> Digits:
    """The digits in order, neighbours that lie side by side made one."""
    found: list[Digit] = []
    for digit in sorted(digits, key=lambda digit: (-digit.weight, digit.size)):
        if digit.size == 1:
            continue
        if found:
            high = found[-1]
            beside = digit.below * digit.size, digit.weight * digit.size
            if high.axis == digit.axis and beside == (high.below, high.weight):
                found[-1] = digit._replace(size=high.size * digit.size)
                continue
        found.append(digit)
    return tuple(found)


def resized(digits: Digits, at: int, size: int) -> Digits:
    """The digits with another size of one of them, so that those before it weigh more or less."""
    old = digits[at].size
    before = (d._replace(weight=d.weight // old * size) for d in digits[:at])
    return (*before, digits[at]._replace(size=size), *digits[at + 1 :])


def without(digits: Digits, at: int) -> tuple[Digits, Step | None]:
    """The digits without one of them, and what a unit of those left reads where that one is read
    as a whole; None with more phases than are followed."""
    gone = digits[at]
    low = gone.weight
    left = resized(digits, at, 1)
    if low > MOST_PHASES:
        return (*left[:at], *left[at + 1 :]), None
    around = low * gone.size
    reads = tuple(range(rest, rest + around, low) for rest in range(low))
    return (*left[:at], *left[at + 1 :]), Step(low, around, reads)


def lifted(step: Step, digits: Digits, at: int, units: int) -> Step | None:
    """The positions read by one whose digit ``at`` reads through a step, to ``units`` places; None
    with more phases than are followed.

    The first digit goes on for ever, as an axis with padding does. The others end: beyond their
    last place stands nothing, and not the first place of what comes next.
    """
    digit = digits[at]
    low = digit.weight
    if at == 0 and low == 1:
        return step
    if at == 0 and step.size is None:
        taps = sum(map(len, step.reads))
        if step.period * low > MOST_PHASES or not affords(low * taps):
            return None
        reads = (_scaled(taps, low, rest) for taps in step.reads for rest in range(low))
        return Step(step.period * low, step.shift * low, tuple(reads))
    if units * low > MOST_PHASES or not affords(units * low * max(map(len, step.reads))):
        return None
    rows = tuple(_rows(step, digit.size, low, units))
    around = digit.size * low
    return Step(units * low, around, rows, around if at == 0 else None)


def _scaled(taps: Sequence[int], low: int, rest: int) -> Sequence[int]:
    if isinstance(taps, range):
        return range(taps.start * low + rest, taps.stop * low + rest, taps.step * low)
    return tuple(tap * low + rest for tap in taps)


def _rows(step: Step, size: int, low: int, units: int) -> Iterator[Sequence[int]]:
    for unit in range(units):
        taps = [tap for tap in step.of(unit) if 0 <= tap < size]
        for rest in range(low):
            yield tuple(tap * low + rest for tap in taps)


def table(step: Step, digits: Sequence[Digit], size: int, units: int) -> Step | None:
    """The positions that ``units`` places read of digits that lie together along one axis of
    ``size`` places, by a step along that axis; None with more phases than are followed."""
    if units > MOST_PHASES or not affords(units * max(map(len, step.reads)) * len(digits)):
        return None
    least = min(digit.weight for digit in digits)
    reads: list[tuple[int, ...]] = []
    for unit in range(units):
        places = (place for place in step.of(unit) if 0 <= place < size)
        read = {sum(digit.of(place) for digit in digits) // least for place in places}
        reads.append(tuple(sorted(read)))
    held = prod(digit.size for digit in digits)
    return Step(units, held, tuple(reads), held)
