"""Results cached for one value of a spec are not taken for another, however numbers are printed."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

import convcost
from convcost.sweeps.axes import axis
from convcost.sweeps.designs import Grid
from convcost.sweeps.pricing import Pricer
from convcost.sweeps.subject import Subject
from convcost.trace import Trace
from convcost.traced import Traced, on_axis, told_apart

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """
input: [4, 16, 16]
vars: {width: 8, other: 8}
blocks:
  scaled:
    args: {of: ~, by: ~}
    layers: [{op: conv, out_channels: of * by, kernel_size: 1}]
  mixed:
    args: {a: ~, b: ~, c: ~}
    layers: [{op: conv, out_channels: a + 2 * b + 4 * c, kernel_size: 1}]
layers:
  - {op: conv, out_channels: width, kernel_size: 3}
  - {op: conv, out_channels: other, kernel_size: 3}
  - {op: scaled, of: width, by: 2}
  - {op: scaled, of: width, by: 3}
  - {op: scaled, of: other, by: 3}
  - {op: scaled, of: 3, by: other}
  - {op: mixed, a: width, b: other, c: width}
  - {op: mixed, a: width, b: other, c: other}
"""
"""Equal sizes by different names, and one expression of different numbers."""


def alike(_: Traced) -> str:
    return "a number"


@pytest.mark.parametrize("printed", [Traced.__repr__, alike])
def test_rows_do_not_depend_on_how_numbers_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: Any
) -> None:
    monkeypatch.setattr(Traced, "__repr__", printed)
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    grid = Grid([axis("width", ["8", "12"]), axis("other", ["8", "20"])])
    pricer = Pricer(Subject(str(path), grid.axes), ["params", "macs"])
    found: list[tuple[int, int]] = []
    wanted: list[tuple[int, int]] = []
    for _, codes in grid.blocks():
        priced = pricer.priced(codes)
        assert priced.valid.all()
        for row in range(len(priced.valid)):
            found.append((int(priced.figures["params"][row]), int(priced.figures["macs"][row])))
            settings = {one.name: one.texts[int(codes[one.name][row])] for one in grid.axes}
            totals = convcost.analyze(convcost.load(path, settings=settings)).totals
            wanted.append((totals["params"], totals["macs"]))
    assert found == wanted
    assert len({*found}) == 4


def test_values_are_told_apart_and_nothing_is_decided() -> None:
    trace = Trace()
    first, second = on_axis(trace, "width", 1), on_axis(trace, "other", 1)
    values: list[Any] = [first, second, 1, True, "1", Fraction(1, 2), [1], [first], [[1]], [True]]
    for one, other in combinations(values, 2):
        assert told_apart(one) != told_apart(other)
    assert told_apart(first) == told_apart(on_axis(trace, "width", 2))
    assert told_apart([first, "a"]) == told_apart([first, "a"])
    assert not trace.guards


def test_equal_axes_are_one_axis_twice(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [4, 5, 6]\nvars: {a: 2, b: 3}\nlayers: [{op: mean, dim: [a, b]}]\n")
    found = convcost.sweep(str(path), ["a=2,3", "b=2,3"])
    assert list(zip(found.columns["a"], found.columns["b"], strict=True)) == [(2, 3), (3, 2)]
