"""How the table writes counts, shares and names."""

from __future__ import annotations

import pytest

from convcost.render.parts.cut_names import cut, cut_apart
from convcost.render.parts.numbers import rounded, share, si

NAME = "stage.0.1.shortcut.norm"


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
        (NAME, 23, NAME),
        (NAME, 22, "stage…1.shortcut.norm"),
        (NAME, 19, "stage…shortcut.norm"),
        (NAME, 18, "…0.1.shortcut.norm"),
        (NAME, 13, "stage.0…norm"),
        (NAME, 9, "…norm"),
        (NAME, 4, "…orm"),
        (NAME, 0, "…"),
        ("a_long_word_without_dots", 9, "a_lo…dots"),
        ("中文字中文字", 7, "中…文字"),
    ],
)
def test_names_are_cut_in_the_middle(name: str, room: int, text: str):
    assert cut(name, room) == text


def test_cut_names_are_told_apart():
    first, second = "stage.0.0.expand.norm", "stage.0.1.expand.norm"
    assert cut_apart([first], 17) == ["stage…expand.norm"]
    assert cut_apart([first, second], 17) == ["…0.0.expand.norm", "…0.1.expand.norm"]
    assert cut_apart([first], 17, [second]) == ["…0.0.expand.norm"]
    # nothing of so few letters is of one alone
    assert cut_apart([first, second], 6) == ["…0.expand.norm", "…1.expand.norm"]


def test_a_cut_name_without_its_ellipsis_is_no_other():
    assert cut_apart(["one.two.three"], 9) == ["one…three"]
    assert cut_apart(["one.two.three", "onethree"], 9) == ["…wo.three", "onethree"]
