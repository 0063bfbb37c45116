"""How the table writes counts, shares and names."""

from __future__ import annotations

import pytest

from convcost.render.parts.numbers import rounded, share, si
from convcost.render.parts.table import cut

RESIDUAL = "stage.0.1.residual1.body.reduce.conv_bn1.conv1"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00k"),
        (9_408, "9.41k"),
        (9_995, "10.0k"),
        (99_949, "99.9k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (118_013_952, "118M"),
        (1_005_000_000, "1.01G"),
        (15_470_264_320, "15.5G"),
        (10**18, "1.00E"),
        (123 * 10**20, "12300E"),
    ],
)
def test_rounded_counts(count: int, text: str):
    assert si(count) == text


def test_different_counts_look_different():
    assert rounded([36_864, 36_928, 36_864, 12_000, 5]) == [
        "36.86k",
        "36.93k",
        "36.86k",
        "12.0k",
        "5",
    ]
    assert rounded([10**9, 10**9 + 1]) == ["1.000000000G", "1.000000001G"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 5, ""),
        (1, 3, "33.3%"),
        (1, 10**9, "<0.1%"),
        (5, 10_000, "0.1%"),
        (10**9 - 1, 10**9, ">99.9%"),
        (7, 7, "100.0%"),
    ],
)
def test_shares(part: int, whole: int, text: str):
    assert share(part, whole) == text


@pytest.mark.parametrize(
    ("name", "room", "text"),
    [
        ("conv1", 8, "conv1"),
        ("stage.0.conv1", 13, "stage.0.conv1"),
        (RESIDUAL, 46, RESIDUAL),
        (RESIDUAL, 45, "stage.0.1.residual1.body.reduce.conv_bn1…"),
        (RESIDUAL, 40, "stage.0.1.residual1.body.reduce…"),
        (RESIDUAL, 31, "stage.0.1.residual1…reduce…"),
        (RESIDUAL, 21, "stage.0.1…reduce…"),
        (RESIDUAL, 15, "stage.0.1…"),
        (RESIDUAL, 8, "stage.0…"),
        (RESIDUAL, 5, "…onv1"),
        (RESIDUAL, 0, "…"),
        ("a_long_word_without_dots", 9, "…out_dots"),
        ("中文字中文字", 7, "…中文字"),
    ],
)
def test_names_are_cut_where_they_say_least(name: str, room: int, text: str):
    assert cut(name, room) == text
