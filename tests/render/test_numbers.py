"""Numbers as people write them, at the ends where another digit, unit or sign begins."""

from __future__ import annotations

import pytest

from convcost.render.parts.numbers import aligned, large, share, si


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00k"),
        (1234, "1.23k"),
        (1235, "1.24k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (2_364_999, "2.36M"),
    ],
)
def test_three_digits_and_a_suffix(count: int, text: str) -> None:
    assert si(count) == text


@pytest.mark.parametrize(
    ("most", "text"),
    [
        (9_999, "9,999"),
        (10_000, "10.00k"),
        (10_005, "10.01k"),
        (99_994, "99.99k"),
        (100_000, "100.0k"),
        (1_999_900, "1,999.9k"),
        (2_000_000, "2.00M"),
    ],
)
def test_a_column_has_the_suffix_of_its_largest(most: int, text: str) -> None:
    rows = aligned([most, 0])
    assert rows == [text, "0"]


def test_what_a_column_would_round_to_nothing_is_not_nothing() -> None:
    assert aligned([10_000, 5, 4], "B") == ["10.00kB", "0.01kB", "<0.01kB"]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (0, ""),
        (1, "<0.1%"),
        (5, "0.1%"),
        (14, "0.1%"),
        (15, "0.2%"),
        (9_994, "99.9%"),
        (9_995, ">99.9%"),
        (10_000, "100.0%"),
    ],
)
def test_shares_of_ten_thousand(part: int, text: str) -> None:
    assert share(part, 10_000) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (999 * 10**15, "999P"),
        (10**18, "1.00e18"),
        (1_235 * 10**17, "1.24e20"),
        (9_996 * 10**17, "1.00e21"),
        (10**23, "1.00e23"),
        (10**23 - 1, "1.00e23"),
    ],
)
def test_counts_beyond_all_suffixes(count: int, text: str) -> None:
    assert large(count) == text
