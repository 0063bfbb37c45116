"""The direction in which figures are better, and those that are not known."""

from __future__ import annotations

import numpy as np
import pytest

from convcost.sweeps.chosen import aim, first, front
from convcost.sweeps.where import Where

AXES = ("width",)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        *((name, True) for name in ("field", "depth", "intensity", "width", "macs:max")),
        *((name, False) for name in ("macs", "params", "peak", "width:min", "field:min")),
    ],
)
def test_more_is_better_of_some_figures(text: str, most: bool) -> None:
    assert aim(text, AXES).most == most


def test_what_is_not_known_comes_last() -> None:
    columns = {"macs": np.array([None, 3, 1], object)}
    assert first(columns, aim("macs", ()), 3).tolist() == [2, 1, 0]
    assert front(columns, [aim("macs", ())]).tolist() == [False, False, True]


def test_equal_rows_are_in_a_front_together_and_worse_ones_are_not() -> None:
    columns = {"macs": np.array([2, 1, 2, 2]), "params": np.array([1, 2, 1, 2])}
    aims = [aim("macs", ()), aim("params", ())]
    assert front(columns, aims).tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("macs < field", [1]),
        ("macs > field", [2]),
        ("macs != field", [1, 2]),
        ("macs < 3 or field < 2.5", [0, 1, 2]),
        ("intensity != 2.5", [1]),
        ("intensity != 2", [1, 2]),
        ("not intensity == 2.5", [1]),
        ("not macs < field", [2]),
        ("not not macs < field", [1]),
        ("not (macs < 3 and field < 2.5)", [2, 3]),
        ("not (macs < 3 or field < 2.5)", []),
        ("not 1 < macs < 4", [1, 2]),
    ],
)
def test_no_comparison_holds_of_what_is_not_known(text: str, rows: list[int]) -> None:
    columns = {
        "macs": np.array([2, 1, 4, None], object),
        "receptive_field": np.array([None, 2, 2, 3], object),
        "intensity": np.array([np.nan, 1.0, 2.5, np.nan]),
    }
    assert np.flatnonzero(Where(text, AXES).holds(columns)).tolist() == rows
