"""Axes as they are written: ranges are exact in decimals, and have both ends."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.sweeps.axes import BadAxis, axis, parsed, written

if TYPE_CHECKING:
    from collections.abc import Iterable

CENTS = st.integers(-10_000, 10_000)


@given(start=CENTS, steps=st.integers(0, 200), step=st.integers(1, 500))
def test_a_range_is_what_decimals_count(start: int, steps: int, step: int) -> None:
    first, by = Decimal(start) / 100, Decimal(step) / 100
    last = first + steps * by
    found = parsed(f"width={first}:{last}:{by}")
    assert list(found.values) == [Fraction(first + number * by) for number in range(steps + 1)]
    assert [Fraction(text) for text in found.texts] == list(found.values)


@given(st.fractions(max_denominator=1000))
def test_a_value_is_written_so_that_it_is_read_again(value: Fraction) -> None:
    assert Fraction(written(value)) == value


def test_lists_words_and_lists_of_lists() -> None:
    assert parsed("depth=1,2,4:8:2").values == [1, 2, 4, 6, 8]
    assert parsed("act=relu,silu").values == ["relu", "silu"]
    assert parsed("stages=[2, 2],[3,4]").texts == ["[2, 2]", "[3,4]"]
    assert parsed("width=0.25:1.5:0.05").texts[:3] == ["0.25", "0.3", "0.35"]
    assert not parsed("gate=true,false").numbers


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "width",
            "is not an axis of a sweep\n  an axis is a name and its values, as width=0.25:1.5",
        ),
        ("width=0:1:0.3", "never comes to 1\n  the last value would be 0.9"),
        ("width=1:0:0.1", "has no values\n  a range goes up"),
        ("width=1:2", "is not a range\n  a range is start:stop:step"),
        ("width=1,,2", "a value is missing"),
        ("width=0.5,0.50", "twice"),
        ("width=0:9999999:1", "more than 1,000,000 values"),
        ("width=1..2", "this is not an expression"),
    ],
)
def test_an_axis_that_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(BadAxis) as error:
        parsed(text)
    assert says in str(error.value)


@pytest.mark.parametrize("values", [range(1, 10**12), (str(n) for n in count())])
def test_values_of_a_caller_are_read_no_further_than_an_axis_may_go(values: Iterable[int | str]):
    with pytest.raises(BadAxis) as error:
        axis("width", map(str, values))
    assert str(error.value) == "axis `width` has more than 1,000,000 values"
