"""Remarks beside times, and what a device has too little memory for."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from onnx_text import save_text

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.beside import beside, total
from convcost.analysis.devices.fits import Fit
from convcost.analysis.devices.memory import lacking
from convcost.analysis.devices.roofline import bounds
from convcost.devices.device import Calibration
from convcost.devices.read import device

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
input: [64, 28, 28]
layers:
  - {op: conv, out_channels: 512, kernel_size: 3, padding: 1}
  - {op: conv, out_channels: 16, kernel_size: 1}
  - {op: conv, out_channels: 512, kernel_size: 3, padding: 1}
"""


def test_the_share_that_waits_for_memory(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    network, t4 = convcost.load(path, batch=64), device("t4")
    times = [(max(one.computed, one.moved), one.moved) for one in bounds(analyze(network), t4)]
    waiting = sum(time for time, moved in times if time == moved)
    share = round(100 * waiting / sum(time for time, _ in times))
    assert 0 < share < 100
    assert share != 50
    said = beside(analyze(network), [t4]).remarks["t4.bound"]
    assert said.endswith(f", {share} % bound by memory")


@pytest.mark.parametrize(("capacity", "missing"), [(11, 0), (10, 0), (9, 1)])
def test_what_fits_to_the_byte_fits(tmp_path: Path, capacity: int, missing: int) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    taken = Fit(capacity, weights=4, activations=5, workspace=1, layer="", batch=None)
    found = [*lacking(analyze(convcost.load(path))._replace(memory={"t4": taken}))]
    said = f"t4: the network does not fit: {missing} bytes of memory are missing"
    assert found == [said] * bool(missing)


@pytest.mark.parametrize(("more", "said"), [(-1, False), (0, False), (1, True)])
def test_networks_quicker_than_all_that_were_measured_are_said(
    tmp_path: Path, more: int, said: bool
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    analysis, t4 = analyze(convcost.load(path)), device("t4")
    time = beside(analysis, [t4]).totals["t4.estimate"]
    shortest = t4.calibration
    assert shortest is not None
    t4 = t4._replace(calibration=shortest._replace(least=time + more))
    remark = beside(analysis, [t4]).remarks["t4.estimate"]
    assert ("no measured network took less than" in remark) == said


def test_a_time_is_not_known_where_a_layer_is_not(tmp_path: Path) -> None:
    """Layers beside it that are known make the sum no less unknown."""
    text = """<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>
net (float[1, 3, 8, 8] x) => (float[1, 4, 6, 6] y)
<float[4, 3, 3, 3] w> { c = Conv (x, w)\n y = acme.Swirl (c) }"""
    path = save_text(text, tmp_path / "net.onnx")
    rule = {"acme.Swirl": {"shapes": [["batch", 4, 6, 6]], "macs": "10 ** 9"}}
    on = device("t4")._replace(calibration=Calibration(Fraction(2), Fraction(1, 10), 1, "made up"))
    known, unknown = (analyze(convcost.load(path, operators=of)) for of in (rule, {}))
    totals = beside(known, [on]).totals
    for metric in (on.bound, on.estimate):
        assert total(unknown, on, metric) is None
        assert total(known, on, metric) == totals[metric] > 0
