"""Columns: rows that never wrap, and what they are made of."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from convcost.number import Column, Number, Symbol, prod, smaller


def column(number: Number) -> Column:
    assert isinstance(number, Column)
    return number


def rows_of(number: Number) -> list[int]:
    return column(number).rows.tolist()


def test_columns_never_wrap() -> None:
    large = Column([2**62, -(2**62), 3])
    assert rows_of(large * 2) == [2**63, -(2**63), 6]
    assert rows_of(large * large) == [2**124, 2**124, 9]
    assert rows_of(large * large // (2**100)) == [2**24, 2**24, 0]
    assert rows_of(large + 2**80 - 2**80) == rows_of(large)
    assert rows_of(Column([1, 2]) * 2**70) == [2**70, 2**71]
    assert rows_of(prod([Column([2**20, 3])] * 5)) == [2**100, 243]
    assert rows_of(Column([2**63 - 1, 1]) + 1) == [2**63, 2]
    assert rows_of(Column([-(2**63), 1]) - 1) == [-(2**63) - 1, 0]
    assert rows_of(-Column([-(2**63), 1])) == [2**63, -1]


def test_columns_use_int64_where_the_bounds_allow() -> None:
    assert Column(np.array([1, 2], np.int32)).rows.dtype == np.int64
    assert Column(np.array([1, 2], np.uint8)).rows.dtype == np.int64
    assert rows_of(Column(np.array([2**31 - 1, 1], np.int32)) * 2) == [2**32 - 2, 2]
    assert column(Column([3, 4]) * 5).rows.dtype == np.int64
    assert Column([2**63 - 1, 1]).rows.dtype == np.int64
    assert Column([2**63, -1]).rows.dtype == object
    assert rows_of(Column(np.array([2**64 - 1, 1], np.uint64))) == [2**64 - 1, 1]
    small_again = column(Column([2**40, 2**41]) * 2**40 // 2**60 + 1)
    assert small_again.rows.dtype == np.int64
    assert rows_of(small_again) == [2**20 + 1, 2**21 + 1]


def test_a_column_does_not_share_its_rows() -> None:
    mine = np.array([1, 2])
    mine_now = Column(mine)
    mine[0] = 100
    assert rows_of(mine_now) == [1, 2]


@pytest.mark.parametrize("rows", [range(3), [0, 1, 2], (0, 1, 2), [np.int64(0), np.int8(1), 2]])
def test_columns_take_any_sequence_of_ints(rows: Any) -> None:
    assert Column(rows).rows.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("rows", "culprit"),
    [
        ([True, 2], "True"),
        ([2, True], "True"),
        (np.array([True, False]), repr(np.True_)),  # another text before NumPy 2
        ([1.0, 2.0], "1.0"),
        (np.array([1.0, 2.0]), repr(np.float64(1.0))),
        ([1, None], "None"),
        (["3", "4"], "'3'"),
        ([2**70, 1.0], "1.0"),
        ([Fraction(4, 2), 1], "Fraction(2, 1)"),
        ([Symbol("h"), 1], "Symbol('h')"),
    ],
)
def test_columns_refuse_what_is_no_int(rows: Any, culprit: str) -> None:
    with pytest.raises(TypeError) as refusal:
        Column(rows)
    assert str(refusal.value) == f"a column holds ints, not {culprit}"


@pytest.mark.parametrize(
    ("rows", "shape"),
    [([], "(0,)"), (3, "()"), ([[1, 2], [3, 4]], "(2, 2)"), (np.ones((2, 1)), "(2, 1)")],
)
def test_columns_have_one_axis(rows: Any, shape: str) -> None:
    with pytest.raises(ValueError, match="one axis") as refusal:
        Column(rows)
    assert str(refusal.value) == f"a column has one axis and at least one row, not shape {shape}"


@pytest.mark.parametrize("rows", [[1], [1, 2, 3]])
def test_columns_of_different_length_do_not_pair(rows: list[int]) -> None:
    with pytest.raises(ValueError, match=r"columns of 2 and . rows do not pair"):
        smaller(Column([1, 2]), Column(rows))
