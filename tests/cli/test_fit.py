"""The largest designs within a budget, beside plain loops over all designs."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = str(Path(__file__).parents[2] / "specs" / "mobilenet_v2.yaml")
WIDTHS = [Fraction(number, 4) for number in range(2, 8)]
SIDES = range(96, 257, 32)


@pytest.fixture(scope="module")
def every() -> list[tuple[Any, ...]]:
    """Width, side, MACs and peak of all designs."""
    rows: list[tuple[Any, ...]] = []
    for width in WIDTHS:
        for side in SIDES:
            settings = {"width": str(float(width))}
            network = convcost.load(SPEC, settings=settings, inputs={"": (3, side, side)})
            totals = convcost.analyze(network).totals
            rows.append((float(width), side, totals["macs"], totals["peak_activation_bytes"]))
    return rows


def fit(run: Callable[..., Any], *more: str) -> Any:
    asked = ("fit", SPEC, "--vars", "width=0.5:1.75:0.25,side=96:256:32", "--format", "json")
    return json.loads(run(*asked, "--metrics", "macs,peak", *more).out)


def plain(rows: list[list[Any]]) -> list[tuple[Any, ...]]:
    return [(float(width), *rest) for width, *rest in rows]


def test_the_largest_are_those_that_no_other_is_larger_than(
    run: Callable[..., Any], every: list[tuple[Any, ...]]
) -> None:
    found = fit(run, "--budget", "macs=300M", "--budget", "peak=8MB", "--top", "99")
    fits = [row for row in every if row[2] <= 300_000_000 and row[3] <= 8_000_000]
    largest = [
        row for row in fits if not any(o != row and o[0] >= row[0] and o[1] >= row[1] for o in fits)
    ]
    assert found["fit"] == len(fits)
    assert plain(found["largest"]) == sorted(largest, key=lambda row: -row[2])
    over = [row for row in every if row not in fits]
    nearest = sorted(over, key=lambda row: max(row[2] / 300_000_000, row[3] / 8_000_000))
    assert plain(found["misses"]) == nearest


def test_a_design_of_exactly_the_budget_keeps_to_it(
    run: Callable[..., Any], every: list[tuple[Any, ...]]
) -> None:
    for _, _, macs, _ in every[5::10]:
        found = fit(run, "--budget", f"macs={macs}")
        assert found["fit"] == sum(row[2] <= macs for row in every)
        assert max(row[2] for row in found["largest"]) == macs


def test_axes_grow_together(run: Callable[..., Any], every: list[tuple[Any, ...]]) -> None:
    found = fit(run, "--budget", "macs=700M", "--keep-ratio", "width=1.2,side=1.15")
    # From width 1 and side 224 (the values of the spec): 256 comes at the power of
    # log(240 / 224) / log(1.15) = 0.49, width 1.25 at log(1.125) / log(1.2) = 0.65, 1.5 at 1.75.
    path = [(1.0, 224), (1.0, 256), (1.25, 256), (1.5, 256), (1.75, 256)]
    assert found["candidates"] == len(path)
    costs = {row[:2]: row[2] for row in every}
    fits = [design for design in path if costs[design] <= 700_000_000]
    assert plain(found["largest"])[0][:2] == fits[-1]
    assert plain(found["misses"])[0][:2] == path[len(fits)]


@pytest.mark.parametrize(("width", "side"), [(1.5, 1.1), (1.2, 1.15), (1.1, 1.5), (1.31, 1.173)])
def test_each_axis_is_the_value_closest_to_its_own_times_a_power(
    run: Callable[..., Any], width: float, side: float
) -> None:
    """Powers from 0 to 16 in steps of a thousandth, and no limit that a design keeps to."""
    path: dict[tuple[float, int], None] = {}
    for power in (number / 1_000 for number in range(16_000)):
        wide, long = width**power, 224 * side**power
        near = min(WIDTHS, key=lambda one: abs(one - Fraction(wide)))
        path[float(near), min(SIDES, key=lambda one: abs(one - long))] = None
    ratios = f"width={width},side={side}"
    found = fit(run, "--budget", "macs=1k", "--keep-ratio", ratios, "--top", "99")
    assert [row[:2] for row in plain(found["misses"])] == [*path]


def test_nothing_fits(run: Callable[..., Any]) -> None:
    found = fit(run, "--budget", "macs=1k")
    assert (found["fit"], found["largest"]) == (0, [])
    assert found["misses"][0][:2] == ["0.5", 96]
    everything = fit(run, "--budget", "macs=1T")
    assert everything["misses"] == []
    assert everything["largest"][0][:2] == ["1.75", 256]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--budget", "macs", "--vars", "width"), "is not a budget, such as macs=300M"),
        (("--budget", "macs=3B", "--vars", "width"), "is in bytes, and a count is wanted"),
        (("--budget", "macs=1M", "--vars", "widht"), "give its values, as widht=0.5:2:0.1"),
        (
            ("--budget", "field=3", "--vars", "width"),
            "is better, and a budget is a most: --where sets a least",
        ),
        (
            ("--budget", "macs=1M", "--vars", "width", "--keep-ratio", "width=1"),
            "axis `width` needs a ratio above 1",
        ),
        (
            ("--budget", "macs=1M", "--vars", "width", "--keep-ratio", "width"),
            "is not a ratio, such as width=1.1",
        ),
    ],
)
def test_what_is_refused(run: Callable[..., Any], words: tuple[str, ...], says: str) -> None:
    ran = run("fit", SPEC, *words)
    assert ran.code == 2
    assert says in ran.err


def test_hopeless_budgets_are_told_in_multiples(run: Callable[..., Any]) -> None:
    shown = run("fit", SPEC, "--budget", "macs=1", "--vars", "width=0.5,1").out.split("MACs used")[
        1
    ]
    assert [line.split()[-2:] for line in shown.splitlines()[2:]] == [["97.1M", "x"], ["301M", "x"]]
