"""Remarks beside times, and what a device has too little memory for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.beside import beside
from convcost.analysis.devices.fits import Fit
from convcost.analysis.devices.memory import lacking
from convcost.analysis.devices.roofline import bounds
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
