"""Changes as a person says them."""

from __future__ import annotations

import pytest

from convcost.render.parts.change import difference, percent, ratio


@pytest.mark.parametrize(
    ("change", "exactly", "roughly"),
    [
        (0, "", ""),
        (5, "+5", "+5"),
        (-2_134_567, "-2,134,567", "-2.13M"),
        (4_298_552_832, "+4,298,552,832", "+4.30G"),
    ],
)
def test_differences_have_a_sign(change: int, exactly: str, roughly: str):
    assert (difference(change), difference(change, short=True)) == (exactly, roughly)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (100, 105, "+5%"),
        (100, 200, "+100%"),
        (568_740_352, 4_867_293_184, "+756%"),
        (1000, 1, "-99.9%"),
        (1_000_000, 1, "-99.9999%"),
        (7, 0, "-100%"),
        (10**9, 10**9 + 1, "+<0.001%"),
        (3, 300_000, "+9,999,900%"),
        (5, 5, ""),
        (0, 5, ""),
    ],
)
def test_percent_of_what_was(before: int, after: int, says: str):
    assert percent(before, after) == says


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (568_740_352, 4_867_293_184, "8.56x"),
        (346_816_512, 39_889_920, "0.115x"),
        (5, 5, "1x"),
        (100_000, 100_001, "1.00001x"),
        (100_000, 99_999, "0.99999x"),
        (1, 1_234_567, "1,234,567x"),
        (10**12, 1, "0.000000000001x"),
        (7, 0, "0x"),
        (0, 7, ""),
    ],
)
def test_ratios_of_what_differs_never_look_like_one(before: int, after: int, says: str):
    assert ratio(before, after) == says
