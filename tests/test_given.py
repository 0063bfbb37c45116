"""Texts of sizes and values, and which of those that are given a file has a place for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.given import Given, numbers_of, shape_of


@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=6))
def test_a_shape_is_read_as_it_is_written(sizes: list[int]) -> None:
    assert shape_of("x".join(map(str, sizes))) == tuple(sizes)


@pytest.mark.parametrize("text", ["", "x", "3x", "3x-1", "3,4", "3 x 4", "1e3", "٣", "9" * 16])
def test_what_is_no_shape(text: str) -> None:
    assert shape_of(text) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("16000", 16000),
        ("-2", -2),
        (" 0.5 ", 0.5),
        ("1e-3", 0.001),
        ("true", True),
        ("False", False),
        ("640,480", [640, 480]),
        ("[1, 2.5]", [1, 2.5]),
        ("9007199254740993", 9007199254740993),  # no float is
    ],
)
def test_numbers(text: str, numbers: object) -> None:
    found = numbers_of(text)
    assert (found, type(found)) == (numbers, type(numbers))


@pytest.mark.parametrize("text", ["", "a", "1,", "1;2", "nan", "inf", "1e999", "[]"])
def test_what_are_no_numbers(text: str) -> None:
    assert numbers_of(text) is None


def test_what_fits_a_file() -> None:
    declared = {"x": (None, 3, "H", None), "y": None, "s": ()}
    asked = Given(
        inputs={"x": (3, 8, 9), "y": (5,), "z": (1,)},
        dims={"H": 8, "W": 9},
        values={"s": 1, "t": 2},
    )
    assert asked.fitting(declared) == Given({"x": (3, 8, 9), "y": (5,)}, {"H": 8}, {"s": 1})
    for shape in ((4, 8, 9), (3, 8)):
        assert Given(inputs={"x": shape}).fitting(declared) == Given()
    assert Given(inputs={"": (3, 8, 9)}).fitting({"x": declared["x"]}).inputs == {"x": (3, 8, 9)}
    assert Given(inputs={"": (3, 8, 9)}).fitting(declared) == Given()


def test_what_replaces_what() -> None:
    ours, theirs = Given(dims={"H": 1}), Given(dims={"H": 2, "W": 3}, values={"s": 4})
    assert ours.over(theirs) == Given(dims={"H": 1, "W": 3}, values={"s": 4})
