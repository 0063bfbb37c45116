"""Sums in closed form, of any kind of number: primitives that formulas may use beside those of
``number.py``.

Terms are quotients that are rounded down, so that Euclid's algorithm adds them up in a few steps,
however many there are. As a text the sum itself says more: whoever uses these asks :func:`named`
first.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.number import (
    INT64,
    Column,
    Interval,
    Number,
    Symbol,
    at_least_zero,
    bounds_of,
    ceil_div,
    smaller,
)
from convcost.traced import through_columns

if TYPE_CHECKING:
    import numpy.typing as npt

    Rows = npt.NDArray[Any]


def named(*numbers: Number) -> bool:
    """Whether some of the numbers are names: a sum is then written and not worked out."""
    return any(isinstance(number, Symbol) for number in numbers)


class Steps(NamedTuple):
    """So many numbers from 0 on, each ``width`` after the one before."""

    number: Number
    width: Number


def pairs_within(first: Steps, second: Steps, start: Number, size: Number) -> Number:
    """The pairs of a number of ``first`` and one of ``second`` whose sum is ``start`` or more, and
    less than ``start + size``; of steps at least 1 wide."""
    numbers = (*first, *second, start, size)
    if any(isinstance(number, Interval) for number in numbers):
        return _bounds_of_pairs(first, second, size)
    end = start + at_least_zero(size)
    return _pairs_below(first, second, end) - _pairs_below(first, second, start)


def _pairs_below(first: Steps, second: Steps, end: Number) -> Number:
    """The pairs whose sum is below ``end``. A number of ``first`` that is small enough goes with
    all of ``second``, larger ones with ever fewer."""
    last = end - 1
    with_some = at_least_zero(smaller(first.number, last // first.width + 1))
    room = last - second.width * (second.number - 1)
    with_all = at_least_zero(smaller(with_some, room // first.width + 1))
    between = with_some - with_all
    left = at_least_zero(last - (with_some - 1) * first.width)
    fewer = floor_sum(between, first.width, left, second.width)
    return second.number * with_all + between + fewer


def _bounds_of_pairs(first: Steps, second: Steps, size: Number) -> Interval:
    """Bounds alone, since an interval does not know that it appears twice in a formula: a number of
    one goes with at most as many of the other as lie within ``size``."""
    products = (
        one.number * at_least_zero(smaller(other.number, ceil_div(size, other.width)))
        for one, other in ((first, second), (second, first))
    )
    return Interval(0, max(0, min(bounds_of(product).high for product in products)))


def floor_sum(count: Number, slope: Number, offset: Number, divisor: Number) -> Number:
    """The sum of ``(slope * i + offset) // divisor`` for i in ``0 .. count - 1``, of numbers that
    are not negative; none is an interval or a name."""
    numbers = (count, slope, offset, divisor)
    traced = through_columns(floor_sum, *numbers)
    if traced is not None:
        return traced
    if not any(isinstance(number, Column) for number in numbers):
        return _floor_sum(*cast("tuple[int, int, int, int]", numbers))
    return Column(_floor_sums(*_same_rows(numbers)))


def _floor_sum(count: int, slope: int, offset: int, divisor: int) -> int:
    """Graham, Knuth and Patashnik, "Concrete Mathematics", section 3.5: the points under a line are
    those of a rectangle, and those under a line that is turned over."""
    found = 0
    while True:
        found += count * (count - 1) // 2 * (slope // divisor) + count * (offset // divisor)
        slope, offset = slope % divisor, offset % divisor
        count, offset = divmod(slope * count + offset, divisor)
        if not count:
            return found
        slope, divisor = divisor, slope


def _floor_sums(count: Rows, slope: Rows, offset: Rows, divisor: Rows) -> Rows:
    """:func:`_floor_sum` row by row. Rows that are done have a count of 0, and add nothing."""
    found = count * 0
    while count.any():
        found = found + count * (count - 1) // 2 * (slope // divisor) + count * (offset // divisor)
        slope, offset = slope % divisor, offset % divisor
        reached = slope * count + offset
        count, offset = reached // divisor, reached % divisor
        # Without a slope there is nothing left to count, and nothing may divide by it.
        slope, divisor = divisor, slope + (slope == 0)
    return found


def _same_rows(numbers: tuple[Number, ...]) -> list[Rows]:
    """Arrays of one length, of Python's ints where a step might overflow."""
    import numpy as np

    count, slope, offset, divisor = (bounds_of(number).high for number in numbers)
    largest = (count + 1) * (count + 1) * (slope + divisor + 1) + (count + 1) * offset
    dtype = np.int64 if largest in INT64 else object
    rows = [number.rows if isinstance(number, Column) else np.array([number]) for number in numbers]
    return [row.astype(dtype) for row in np.broadcast_arrays(*rows)]


def overlapping(positions: Number, parts: Number) -> Number:
    """The sum of ``ceil((i + 1) positions / parts) - floor(i positions / parts)`` over the parts:
    their lengths where an axis is cut into them evenly, a position that a cut goes through being in
    both. A cut goes through none where it is a multiple of the common divisor."""
    numbers = (positions, parts)
    if any(isinstance(number, Interval) for number in numbers):
        n, m = map(bounds_of, numbers)
        return Interval(max(n.low, m.low), n.high + m.high - 1)
    return positions + parts - _common(*numbers)


def _common(a: Number, b: Number) -> Number:
    traced = through_columns(_common, a, b)
    if traced is not None:
        return traced
    if isinstance(a, int) and isinstance(b, int):
        return gcd(a, b)
    import numpy as np

    rows = [x.rows if isinstance(x, Column) else np.array([x]) for x in (a, b)]
    return Column(np.gcd(*rows))
