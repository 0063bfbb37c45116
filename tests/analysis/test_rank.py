"""Places of networks, and which an estimate cannot tell apart."""

from __future__ import annotations

from fractions import Fraction

import pytest

import convcost
from convcost.analysis.rank import ranked

SOME = convcost.analyze(convcost.load("squeezenet1_1"))


@pytest.mark.parametrize(
    ("values", "error", "places", "near"),
    [
        ([300, 100, 200], None, [1, 2, 3], [False, False, False]),
        ([100, 100, 200, 200, 300], None, [1, 1, 3, 3, 5], [False] * 5),
        ([91, 100], Fraction(1, 10), [1, 2], [False, True]),
        ([90, 100], Fraction(1, 10), [1, 2], [False, False]),
        ([100, 100, 109, 130], Fraction(1, 10), [1, 1, 3, 4], [False, True, True, False]),
        ([0, 0], Fraction(1, 10), [1, 1], [False, False]),
    ],
)
def test_places(
    values: list[int], error: Fraction | None, places: list[int], near: list[bool]
) -> None:
    """Two are near where the larger is less than the error's part above the other."""
    analyses = [SOME._replace(totals={**SOME.totals, "macs": value}) for value in values]
    found = ranked([f"net{number}" for number in range(len(values))], analyses, "macs", error)
    assert [row.value for row in found] == sorted(values)
    assert [row.place for row in found] == places
    assert [row.near for row in found] == near


def test_those_of_one_figure_stay_in_their_order() -> None:
    labels = ["c", "a", "b"]
    assert [row.label for row in ranked(labels, [SOME] * 3, "macs")] == labels
