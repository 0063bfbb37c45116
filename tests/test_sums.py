"""Sums in closed form against loops, for every kind of number that is worked out."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.number import Column, Interval, Number, Symbol
from convcost.sums import Steps, floor_sum, named, overlapping, pairs_within
from convcost.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

few = st.integers(0, 7)
some = st.integers(1, 7)
many = st.integers(1, 2**40)
close = st.integers(-9, 9)


def looped(count: int, slope: int, offset: int, divisor: int) -> int:
    return sum(floor(Fraction(slope * i + offset, divisor)) for i in range(count))


def pairs(count: int, width: int, taps: int, apart: int, start: int, size: int) -> int:
    met = [i * width + j * apart for i in range(count) for j in range(taps)]
    return sum(start <= place < start + size for place in met)


def of_pairs(*numbers: Number) -> Number:
    count, width, taps, apart, start, size = numbers
    return pairs_within(Steps(count, width), Steps(taps, apart), start, size)


def lengths(positions: int, parts: int) -> int:
    """Of the parts as PyTorch cuts them."""
    return sum(
        ceil(Fraction((i + 1) * positions, parts)) - floor(Fraction(i * positions, parts))
        for i in range(parts)
    )


def agree(
    closed: Callable[..., Number], loop: Callable[..., int], rows: Sequence[Sequence[int]]
) -> None:
    """Ints, a column of all rows and the intervals around them say the same as loops."""
    found = [loop(*row) for row in rows]
    assert [closed(*row) for row in rows] == found
    column = closed(*(Column(values) for values in zip(*rows, strict=True)))
    assert isinstance(column, Column)
    assert column.rows.tolist() == found


def contain(
    closed: Callable[..., Number], loop: Callable[..., int], rows: Sequence[Sequence[int]]
) -> None:
    bounds = closed(*(Interval(min(v), max(v)) for v in zip(*rows, strict=True)))
    assert isinstance(bounds, Interval)
    assert all(loop(*row) in bounds for row in rows)


@settings(max_examples=300)
@given(st.lists(st.tuples(few, few, few, some), min_size=1, max_size=4))
def test_a_sum_of_floors(rows: list[tuple[int, int, int, int]]) -> None:
    agree(floor_sum, looped, rows)


@settings(max_examples=500)
@given(st.lists(st.tuples(close, some, some, some, close, close), min_size=1, max_size=4))
def test_pairs_whose_sum_lies_within(rows: list[tuple[int, ...]]) -> None:
    agree(of_pairs, pairs, rows)
    contain(of_pairs, pairs, rows)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=4))
def test_lengths_of_parts_that_share_positions(rows: list[tuple[int, int]]) -> None:
    agree(overlapping, lengths, rows)
    contain(overlapping, lengths, rows)


@given(st.lists(st.tuples(many, many, many, many), min_size=1, max_size=3))
def test_columns_of_astronomical_numbers_are_exact(rows: list[tuple[int, ...]]) -> None:
    """As ints are, which do not overflow."""
    column = floor_sum(*(Column(values) for values in zip(*rows, strict=True)))
    assert isinstance(column, Column)
    assert column.rows.tolist() == [floor_sum(*row) for row in rows]


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**6))
def test_a_long_sum_is_that_of_its_halves(count: int, slope: int, divisor: int) -> None:
    half = count // 2
    second = floor_sum(count - half, slope, slope * half, divisor)
    assert floor_sum(count, slope, 0, divisor) == floor_sum(half, slope, 0, divisor) + second


@pytest.mark.parametrize("stride", [1, 3, 2**20])
@pytest.mark.parametrize("dilation", [1, 7, 2**30])
def test_a_window_of_many_taps_meets_what_a_loop_over_its_taps_counts(
    stride: int, dilation: int
) -> None:
    window = Window(2**10, stride, before=2**12, dilation=dilation)
    size, positions = 2**33, 2**31

    def met(tap: int) -> int:
        offset = 2**12 - tap * dilation
        first = max(0, ceil(Fraction(offset, stride)))
        return max(0, min(positions - 1, floor(Fraction(size - 1 + offset, stride))) - first + 1)

    assert window.pairs_in_bounds(size, positions) == sum(map(met, range(2**10)))


def test_names_are_not_worked_out() -> None:
    assert named(1, Symbol("n"))
    assert not named(1, Column([1]), Interval(1, 2))
