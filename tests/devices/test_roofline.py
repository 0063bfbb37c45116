"""Rooflines: where layers lie, on a page and in a picture."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.points import roofline
from convcost.devices.device import Device, Figure
from convcost.devices.read import device
from convcost.errors import ConvcostError
from convcost.render.report import Medium
from convcost.render.reports.roofline.page import plotted
from convcost.render.reports.roofline.picture import picture
from convcost.render.reports.roofline.scale import scale_of

SVG = "{http://www.w3.org/2000/svg}"
BOARD = Device(
    "board",
    "A board",
    matrix={"float32": Figure(64 * 10**9, "made up")},
    vector={},
    float32_sums={},
    bandwidth=Figure(10**9, "made up"),
    on_chip=Figure(1, "made up"),
    memory=None,
    flash=None,
    launch=None,
    calibration=None,
)


def on_board(name: str) -> convcost.Analysis:
    return analyze(convcost.load(name))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121"])
def test_without_a_cache_layers_lie_on_the_roof(name: str) -> None:
    """The least time is the longer of two, so the rate is the lower side of the roof."""
    found = roofline(on_board(name), BOARD)
    for point in found.points:
        roof = min(Fraction(found.peak), point.intensity * found.bandwidth)
        assert float(point.rate) == pytest.approx(float(roof), rel=1e-3)
        assert point.binds == ("arithmetic" if point.intensity >= found.ridge else "memory")


@pytest.mark.parametrize("fused", [False, True])
def test_a_cache_lifts_layers_and_never_above_the_peak(fused: bool) -> None:
    analysis = analyze(convcost.load("resnet50", dtype="float16"))
    on = device("rtx3090")
    found = roofline(analysis, on, fused=fused)
    assert all(point.rate <= found.peak for point in found.points)
    for point in found.points:
        assert point.operations * 10**9 <= found.peak * (point.time + 1)
    assert sum(point.operations for point in found.points) == 2 * analysis.totals["macs"]
    spent = sum(point.time for point in found.points) + found.waiting
    assert spent == found.total


ONE = """
input: [64]
layers:
  - {op: linear, out_features: 64, bias: false}
"""


def test_one_layer_by_hand() -> None:
    """8,192 operations for 16,896 bytes, less 1 each: under the slope of a GB/s. The axes run from
    1/4 to 256 operations a byte, the ridge is at 64, the least rate at 0.25 GFLOPS."""
    analysis = analyze(convcost.load("net.yaml", read=lambda _: ONE.encode()))
    found = roofline(analysis, BOARD)
    (point,) = found.points
    assert (point.operations, point.bytes) == (2 * 64 * 64, 4 * (64 * 64 + 2 * 64))
    assert (found.ridge, found.others) == (64, 0)
    scale = scale_of(found)
    assert (scale.left, scale.right) == (-2, 8)
    lines = plotted(found, Medium(), 60, 9)
    assert lines[0] == "operations a second"
    assert [line.partition(" │")[0].strip() for line in lines[1:-1]] == ["64.0G", *[""] * 7, "250M"]
    marks = [line.index("A") for line in lines if "A" in line]
    room = 60 - len("64.0G") - 2
    assert marks == [len("64.0G │") + round((room - 1) * 0.0956)]  # log2(8192 / 16896) is -1.0443
    assert lines[1 + round(8 * (1 - 0.1195))].count("A") == 1  # 485 MFLOPS: 0.9557 of 8 powers
    assert Medium().chars.line in lines[1]
    assert lines[-1].split() == ["└1/4", "operations", "a", "byte", "^", "64", "256"]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    found = roofline(on_board("mobilenet_v2"), BOARD)
    for rows in (6, 20):
        lines = plotted(found, Medium(), width, rows)
        assert len(lines) == rows + 2
        assert all(len(line) <= max(width, 32) for line in lines)


def test_a_picture_has_a_circle_for_each_layer() -> None:
    found = roofline(on_board("resnet18"), BOARD)
    root = ElementTree.fromstring(picture("a <network>", found))
    circles = [*root.iter(f"{SVG}circle")]
    assert len(circles) == len(found.points)
    assert {circle.attrib["class"] for circle in circles} <= {"arithmetic", "memory"}
    said = "".join(root.itertext())
    assert "a <network> on A board: at least" in said
    assert "latency" in said
    width, height = (float(root.attrib[key]) for key in ("width", "height"))
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < width
        assert 0 < float(circle.attrib["cy"]) < height


NONE = [
    (BOARD._replace(bandwidth=None), "the bandwidth of the device is not known"),
    (BOARD._replace(on_chip=None), "the on-chip memory of the device is not known"),
]


@pytest.mark.parametrize(("on", "said"), NONE)
def test_a_roof_has_two_sides(on: Device, said: str) -> None:
    with pytest.raises(ConvcostError, match=said):
        roofline(on_board("resnet18"), on)


def test_a_network_that_multiplies_nothing() -> None:
    text = "input: [8]\nlayers: [relu]"
    analysis = analyze(convcost.load("net.yaml", read=lambda _: text.encode()))
    with pytest.raises(ConvcostError, match="no layer multiplies"):
        roofline(analysis, BOARD)
