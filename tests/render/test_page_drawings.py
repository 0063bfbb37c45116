"""Drawings of pages say what they were made of: read back from their paths, point by point."""

from __future__ import annotations

import re
from math import log10
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import Page

import convcost
from convcost.analysis.devices.beside import beside
from convcost.analysis.rf.growth import detail
from convcost.analysis.rf.position_paths import PathMap
from convcost.analysis.rf.positions_read import positions_read
from convcost.devices.read import device
from convcost.render.html.element import html
from convcost.render.html.fields import fields
from convcost.render.html.heat import MOST_CELLS, heat
from convcost.render.html.plot import HIGH, steps
from convcost.render.html.roofline import roofline
from convcost.render.html.scatter import HIGH as TALL
from convcost.render.html.scatter import WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

RECTANGLE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z")


def cells(path: str) -> Iterator[tuple[int, int]]:
    """The row and the column of each cell that a path covers."""
    found = RECTANGLE.findall(path)
    assert "".join(f"M{x} {y}h{w}v{h}h-{b}z" for x, y, w, h, b in found) == path
    for left, top, wide, high, back in (map(int, one) for one in found):
        assert wide == back
        for y in range(top, top + high):
            yield from ((y, x) for x in range(left, left + wide))


@given(st.lists(st.lists(st.integers(0, 30), min_size=9, max_size=9), min_size=2, max_size=9))
def test_a_map_has_its_counts(rows: list[list[int]]) -> None:
    most = max(map(max, rows))
    if not most:
        return
    page = Page(html(heat(PathMap((2, 3), (0, 0), rows), "a map")))
    shown: dict[tuple[int, int], int] = {}
    for path in page.all("path"):
        shade = int(str(path["class"]).removeprefix("shaded"))
        for cell in cells(str(path["d"])):
            assert cell not in shown
            shown[cell] = shade
    counts = {(y, x): count for y, row in enumerate(rows) for x, count in enumerate(row) if count}
    assert shown.keys() == counts.keys()  # holes are holes
    for one in shown:
        for other in shown:
            if counts[one] <= counts[other]:
                assert shown[one] <= shown[other]


def test_a_large_map_keeps_the_most_of_several_positions() -> None:
    size = 2 * MOST_CELLS + 1
    rows = [[0] * size for _ in range(size)]
    rows[200][7] = 3
    text = html(heat(PathMap((2, 3), (0, 0), rows), "a map"))
    drawn = [list(cells(str(path["d"]))) for path in Page(text).all("path")]
    assert [one for one in drawn if one] == [[(200 // 3, 7 // 3)]]
    assert "3x3 positions" in text


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_steps_are_as_high_as_their_values(values: list[int]) -> None:
    (svg, area, *_) = Page(html([steps(values, [*map(str, values)], "x")])).tags
    places = re.findall(r"V(\d+)H(\d+)", str(area.attributes["d"]))
    assert [int(x) for _, x in places] == [*range(1, len(values) + 1)]
    most = max(values) or 1
    for (height, _), value in zip(places, values, strict=True):
        assert abs((HIGH - int(height)) / HIGH - value / most) <= 1 / HIGH
    assert svg.attributes["data-steps"] == " ".join(map(str, values))


HOLES = """
input: [1, 32, 40]
layers:
  - {op: conv, out_channels: 1, kernel_size: 3, dilation: 2, padding: 2}
  - {op: conv, out_channels: 1, kernel_size: 3, dilation: [2, 6], padding: [2, 6]}
"""


def _holes(_: str) -> bytes:
    return HOLES.encode()


@pytest.mark.parametrize("name", ["holes.yaml", "context_network", "unet", "m5"])
def test_a_field_covers_what_is_read(name: str) -> None:
    """Rows that are cut out of columns are the positions that a unit reads one by one."""
    analysis = convcost.analyze(convcost.load(name, read=_holes if "." in name else None))
    kinds = html(fields(analysis)).split("<h3>")[0].split("<details")[1:]
    holes = 0
    for kind in kinds:
        page = Page(f"<details{kind}".removesuffix("</p>"))
        (drawn,) = (path for path in page.all("path") if path.get("class") == "read")
        (cut,) = (path for path in page.all("path") if "class" not in path)
        layer = analysis.network.layer(str(page.all("a")[0]["href"]).removeprefix("#layer="))
        unit = detail(analysis.network, layer.name).unit
        read = [*positions_read(analysis.network, layer.outputs[0], dict(enumerate(unit))).values()]
        columns = _covered(re.findall(r"M(\d+) 0v\d+h(\d+)", str(drawn["d"])))
        assert columns == read[-1]
        if len(read) > 1:
            assert _covered(re.findall(r"M0 (\d+)h\d+v(\d+)", str(cut["d"]))) == read[-2]
        holes += max(columns) - min(columns) + 1 - len(columns)
    assert len(kinds) > 1
    assert (holes > 0) == name.startswith("holes")


def _covered(strips: list[tuple[str, str]]) -> set[int]:
    return {int(first) + place for first, size in strips for place in range(int(size))}


@pytest.mark.parametrize("name", ["rtx3090", "t4"])
def test_dots_lie_where_the_axes_say(name: str) -> None:
    """Places are read off the lines of the grid and the numbers at them."""
    found = device(name)
    analysis = beside(convcost.analyze(convcost.load("mobilenet_v2")), [found])
    page = Page(html(roofline(analysis, found)))
    numbers = [text for text in page.texts if re.fullmatch(r"[\d.]+[kMGTP]?(/s)?", text)]
    lines = [str(path["d"]) for path in page.all("path") if path.get("class") == "grid"]
    across = [float(line[1:].split(" ")[0]) for line in lines if "V" in line]
    up = [float(line.split(" ")[1].split("H")[0]) for line in lines if "H" in line]
    assert 0 < across[0] < across[-1] < WIDE
    assert 0 < up[-1] < up[0] < TALL
    first_x, first_y = _number(numbers[0]), _number(numbers[len(across)].removesuffix("/s"))

    def powers(across_: str, up_: str) -> tuple[float, float]:
        return (
            log10(first_x) + (float(across_) - across[0]) / (across[1] - across[0]),
            log10(first_y) + (float(up_) - up[0]) / (up[1] - up[0]),
        )

    metric = found.estimate if found.estimate in analysis.totals else found.bound
    seen = 0
    for dot in page.all("circle"):
        assert across[0] < float(str(dot["cx"])) < across[-1]
        assert up[-1] < float(str(dot["cy"])) < up[0]
        x, y = powers(str(dot["cx"]), str(dot["cy"]))
        for at in map(int, str(dot["data-at"]).split(" ")):
            counts = analysis.layers[at].counts
            assert x == pytest.approx(log10(counts["flops"] / counts["traffic_bytes"]), abs=0.01)
            assert y == pytest.approx(log10(counts["flops"] * 1e9 / counts[metric]), abs=0.01)
            seen += 1
    assert seen == sum(1 for cost in analysis.layers if cost.counts["macs"])
    (roof,) = (str(path["d"]) for path in page.all("path") if path.get("class") == "roof")
    corners = re.fullmatch(r"M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)H[\d.]+", roof)
    assert corners is not None
    start, ridge = powers(corners[1], corners[2]), powers(corners[3], corners[4])
    assert found.bandwidth is not None
    for x, y in (start, ridge):  # as many operations as bytes come with what each byte has
        assert y - x == pytest.approx(log10(found.bandwidth.value), abs=0.02)
    assert ridge[1] == pytest.approx(log10(found.peak("float32") or 0), abs=0.02)


def _number(text: str) -> float:
    digits = text.rstrip("kMGTP")
    return float(digits) * 1000 ** ("kMGTP".find(text[len(digits) :]) + 1 if digits != text else 0)
