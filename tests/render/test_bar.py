"""Bars of a share."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.cli import output
from convcost.render.parts.bar import bars

PARTS = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20)


def test_a_bar_is_drawn_in_eighths_of_a_cell():
    assert bars([16, 8, 4, 3, 2, 1], 2) == ["██", "█", "▌", "▍", "▎", "▏"]


def test_a_bar_without_blocks():
    assert bars([16, 8, -12, 1, 0], 4, blocks=False) == ["####", "##", "###", "#", ""]


def test_no_bars_of_nothing():
    assert bars([]) == []
    assert bars([0, 0]) == ["", ""]


@given(parts=PARTS, cells=st.integers(1, 30), blocks=st.booleans())
def test_the_largest_fills_all_cells_and_only_nothing_is_empty(
    parts: list[int], cells: int, blocks: bool
):
    drawn = bars(parts, cells, blocks=blocks)
    sizes = [abs(part) for part in parts]
    for size, bar in zip(sizes, drawn, strict=True):
        assert (bar == "") == (size == 0)
        assert len(bar) <= cells
        if size == max(sizes) > 0:
            assert bar == ("█" if blocks else "#") * cells


@given(parts=PARTS)
def test_a_larger_part_never_has_a_shorter_bar(parts: list[int]):
    def eighths(bar: str) -> int:
        return sum(" ▏▎▍▌▋▊▉█".index(block) for block in bar)

    drawn = dict(zip(map(abs, parts), bars(parts), strict=True))
    lengths = [eighths(drawn[size]) for size in sorted(drawn)]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize(
    ("encoding", "has"), [("utf-8", True), ("ascii", False), ("cp1252", False)]
)
def test_blocks_are_used_where_the_encoding_has_them(
    monkeypatch: pytest.MonkeyPatch, encoding: str, has: bool
):
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    assert output.medium(None).has_blocks == has
    assert output.medium("file.txt").has_blocks
