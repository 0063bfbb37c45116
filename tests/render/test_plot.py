"""Bars over a network's layers: what is largest fills the height, and a limit has its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.render.parts.plot import plot
from convcost.render.parts.plot_chars import ASCII

HEIGHT = 6


def drawn(values: list[int], limit: int | None = None) -> tuple[list[str], list[str]]:
    """The lines of the bars from the top, and their styles."""
    lines = plot(values, ASCII, width=60, height=HEIGHT, ends=("a", "z"), limit=limit)[:-1]
    return [line.text for line in lines], [line.style for line in lines]


@pytest.mark.parametrize(
    ("values", "limit", "line"),
    [
        ([1, 2, 3], 6, 0),  # above all bars, it is what fills the height
        ([1, 2, 6], 3, 3),  # half of it
        ([1, 2, 6], 6, 0),
        ([1, 2, 6], 1, 5),
    ],
)
def test_a_limit_is_marked_wherever_it_lies(values: list[int], limit: int, line: int):
    rows, styles = drawn(values, limit)
    marked = [n for n, row in enumerate(rows) if row.split()[0] == str(limit)]
    assert marked == [line]
    assert styles == ["yellow"] * line + [""] * (HEIGHT - line)


@given(st.lists(st.integers(0, 900), min_size=1, max_size=6))
def test_the_top_is_the_largest_number(values: list[int]):
    rows, styles = drawn(values)
    assert rows[0].split()[0] == str(max(*values, 1))
    assert styles == [""] * HEIGHT
