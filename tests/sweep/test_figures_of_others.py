"""Counts of tools, times on devices and counts of a training step in sweeps: beside analyses of the
same settings, and beside Python's own arithmetic."""

from __future__ import annotations

import random
from fractions import Fraction
from math import isqrt
from pathlib import Path
from typing import Any, cast

import pytest

import convcost
from convcost.analysis.counted import Sources
from convcost.analysis.devices import estimate
from convcost.errors import ConvcostError, Source
from convcost.number import Column

SPECS = Path(__file__).parents[2] / "specs"
BOARD = """device: a board without much of a cache
sources: {us: https://example.org}
matrix: {float32: [1 TFLOPS, us]}
bandwidth: [1 GB/s, us]
on_chip: [20 KB, us]
"""
NET = """input: [8, 20, 20]
vars: {width: 16, stride: 1, groups: 1}
layers:
  - {op: conv, out_channels: width, kernel_size: 1, stride: 3}
  - {op: conv, out_channels: 8 * groups, kernel_size: 3, stride: stride, groups: groups}
  - {op: max_pool, kernel_size: 2, stride: 3}
  - {op: conv, out_channels: width, kernel_size: 3, padding: 1}
  - relu
"""
AXES = ["width=4,8,16", "stride=1,2,3,5", "side=36:63:1", "groups=1,2,4"]
METRICS = ["board.bound", "t4.estimate", "torchinfo.mult_adds", "calflops.flops", "train.macs"]


def test_a_device_of_ones_own_lies_beside_the_spec(tmp_path: Path) -> None:
    """Strides leave positions out, and bytes take the time of most layers."""
    spec = tmp_path / "net.yaml"
    spec.write_text(NET)
    (tmp_path / "board.yaml").write_text(BOARD)
    found = convcost.sweep(spec, AXES, metrics=METRICS, sample=60, seed=1)
    sources = Sources({}, {}, {})
    for metric in METRICS:
        sources.find(metric, Source(str(spec)))
    assert found.valid == 60
    for row in range(found.rows):
        values = {name: str(found.columns[name][row]) for name in ("width", "stride", "groups")}
        side = int(found.columns["side"][row])
        network = convcost.load(spec, settings=values, inputs={"": (8, side, side)})
        totals = sources.beside(convcost.analyze(network)).totals
        for metric in METRICS:
            assert found.columns[metric][row] == totals[metric], (metric, values, side)


def test_price_has_them_too() -> None:
    price = convcost.price("mobilenet_v2", ["width"], metrics=["thop.macs", "t4.bound"])
    found = price(width=[0.5, 1, 1.4])
    for row, width in enumerate(("0.5", "1", "1.4")):
        analysis = convcost.analyze(convcost.load("mobilenet_v2", settings={"width": width}))
        sources = Sources({}, {}, {})
        for metric in price.metrics:
            sources.find(metric, None)
        totals = sources.beside(analysis).totals
        assert {name: found[name][row] for name in price.metrics} == {
            name: totals[name] for name in price.metrics
        }


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"metrics": ["thop.flops"]}, "is not a count of thop, which has `thop.macs`"),
        ({"where": "rtx309.bound < 1ms"}, "there is no device `rtx309`"),
        ({"pareto": ["t4.memory"]}, "bytes of a device are not a figure of a sweep"),
        ({"top": 1, "by": "train.steps"}, "a training step has no count `steps`"),
        ({"metrics": ["nrf52840.estimate"]}, "nothing was measured on the device"),
        ({"where": "t4.bound < 5"}, "has a time without its unit"),
        ({"where": "t4.bound < 5MB"}, "has times and bytes beside each other"),
        ({"where": "macs + peak < 5M"}, "has counts and bytes beside each other"),
    ],
)
def test_what_is_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(ConvcostError) as error:
        convcost.sweep("mobilenet_v2", ["width=1"], **asked)
    assert says in str(error.value)


def test_a_device_that_does_not_know_the_numbers_refuses_those_candidates() -> None:
    found = convcost.sweep("mobilenet_v2", ["dtype=float64,float32"], metrics=["t4.bound"])
    assert found.valid == 1
    (said,) = found.refused
    assert "nothing says how fast the device multiplies float64" in said


def test_amounts_of_time_have_their_units() -> None:
    every = convcost.sweep("mobilenet_v2", ["width=0.5:1.4:0.1"], metrics=["t4.bound"])
    times = every.columns["t4.bound"].tolist()
    limit = sorted(times)[4]
    where = f"2 * t4.bound <= {2 * limit} ns and t4.bound - 1 us < 1 s"
    kept = convcost.sweep("mobilenet_v2", ["width=0.5:1.4:0.1"], metrics=["t4.bound"], where=where)
    assert kept.columns["t4.bound"].tolist() == [time for time in times if time <= limit]


def test_quotients_are_rounded_as_python_does_it() -> None:
    draws = random.Random(2)
    for below in (1, 2, 3, 4, 10, 2**40):
        above = [draws.randrange(10 ** draws.randrange(1, 30)) for _ in range(50)]
        above += [below * number // 2 for number in range(40)]
        wanted = [round(Fraction(one, below)) for one in above]
        assert [estimate.nearest(one, below) for one in above] == wanted
        column: Any = estimate.nearest(cast("Any", Column(above)), below)
        assert column.rows.tolist() == wanted


def test_roots_of_a_column_are_those_of_each() -> None:
    squares = [0, 1, 99, 10**18, 2**63, 10**40, 10**80]
    column: Any = estimate.roots(Column(squares))
    assert column.rows.tolist() == [isqrt(one) for one in squares]
