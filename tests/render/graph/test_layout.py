"""Drawings: nothing lies on another, lines lead down to what reads them, and text is inert."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from drawn_networks import ODD, SHAPE, op, repeated, wired
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

import convcost
from convcost.network import Network
from convcost.render.formats import write
from convcost.render.graph.coordinates import rising
from convcost.render.graph.folded import folded
from convcost.render.graph.layout import laid_out
from convcost.render.graph.order import crossings, ordered
from convcost.render.graph.ranks import Link, Piece, Shape, ranked
from convcost.render.graph.svg import STYLE, drawn
from convcost.render.report import Medium
from convcost.render.reports.analyze import report
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from convcost.render.graph.layout import Drawing, Placed

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>\u202e<!-- ]]> &amp; \x00\n'
NAMES = ("resnet50", "unet", "mobilenet_v2", "densenet121", "inception_v3", "vit_b_16")


def drawing_of(network: Network, most: int = 40) -> Drawing:
    return laid_out(folded(convcost.analyze(network), most))


def is_sound(drawing: Drawing) -> None:
    """No box lies on another or beyond the border, and lines lead down, from a box to a box."""
    for number, box in enumerate(drawing.boxes):
        assert box.x >= -0.01
        assert box.y >= -0.01
        assert box.x + box.width <= drawing.width + 0.01
        assert box.y + box.height <= drawing.height + 0.01
        assert not any(_meet(box, other) for other in drawing.boxes[:number])
        if box.drawing is not None:
            assert box.drawing.width <= box.width
            assert box.drawing.height <= box.height
            is_sound(box.drawing)
    for route in drawing.routes:
        for line in route.lines:
            assert line.start.y <= line.turn < line.end.y
            if line.arrow:
                assert sum(_is_on_top(line.end.x, line.end.y, box) for box in drawing.boxes) == 1


def _meet(a: Placed, b: Placed) -> bool:
    aside = a.x + a.width <= b.x + 0.01 or b.x + b.width <= a.x + 0.01
    return not (aside or a.y + a.height <= b.y or b.y + b.height <= a.y)


def _is_on_top(x: float, y: float, box: Placed) -> bool:
    return abs(box.y - y) < 0.01 and box.x <= x <= box.x + box.width


@pytest.mark.parametrize("seed", range(40))
def test_random_networks(seed: int) -> None:
    rng = Random(seed)
    is_sound(drawing_of(repeated(rng, 4) if seed % 4 == 0 else wired(rng, 30)))


@pytest.mark.parametrize("name", NAMES)
def test_networks_of_papers(name: str) -> None:
    is_sound(drawing_of(convcost.load(name), 60))


def test_a_chain_is_a_column() -> None:
    drawing = drawing_of(convcost.load("vgg16"))
    middles = [box.x + box.width / 2 for box in drawing.boxes]
    assert max(middles) - min(middles) < 1
    assert all(a.y < b.y for a, b in pairwise(drawing.boxes))


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.01, 10)), max_size=30))
def test_rising_is_isotonic_regression(pairs: list[tuple[float, float]]) -> None:
    values, weights = [value for value, _ in pairs], [weight for _, weight in pairs]
    found = rising(values, weights)
    if not pairs:
        assert found == []
        return
    expected = optimize.isotonic_regression(values, weights=weights).x
    assert all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_crossings_are_those_of_pairs(seed: int) -> None:
    rng = Random(seed)
    ranks = [[0, 1, 2, 3], [4, 5, 6, 7]]
    pieces = [Piece(rng.randrange(4), 4 + rng.randrange(4), 0, 0) for _ in range(9)]
    crossed = sum(
        (a.upper - b.upper) * (a.lower - b.lower) < 0
        for number, a in enumerate(pieces)
        for b in pieces[:number]
    )
    assert crossings(ranks, pieces) == crossed


def test_what_nothing_leads_to_stands_just_above_its_reader() -> None:
    shapes = [Shape(10, 10)] * 6
    links = [Link(0, 1, None, None), Link(1, 2, None, None), Link(3, 2, None, None)]
    graph = ranked(shapes, [*links, Link(2, 5, None, None), Link(4, 5, None, None)], [0], [5])
    assert [list(rank) for rank in graph.ranks] == [[0], [1, 3], [2, 4], [5]]


def test_lines_that_need_not_cross_do_not() -> None:
    shapes = [Shape(10, 10)] * 6
    links = [Link(0, 5, None, None), Link(1, 4, None, None), Link(2, 3, None, None)]
    graph = ranked(shapes, links, (), ())
    pieces = [piece for some in graph.pieces.values() for piece in some]
    assert crossings(graph.ranks, pieces) == 3
    assert crossings(ordered(graph), pieces) == 0


def test_every_layer_is_in_the_picture() -> None:
    analysis = convcost.analyze(convcost.load("resnet50"))
    root = ET.fromstring(drawn(analysis))
    groups = [g for g in root.iter(f"{SVG}g") if "data-from" in g.attrib]
    shown = {
        place
        for group in groups
        for place in range(int(group.attrib["data-from"]), int(group.attrib["data-to"]) + 1)
    }
    assert shown == set(range(len(analysis.layers)))
    by_layer = {group.attrib["data-layer"]: group for group in groups}
    texts = [text.text for text in by_layer["conv1"].findall(f"{SVG}text")]
    # He et al. 2016, table 1, and 7 x 7 x 3 x 64 x 112 x 112 MACs
    assert texts == [
        "conv1",
        "conv 7x7 /2 + batch_norm, relu",
        "64x112x112 · 118M MACs · 9.54k params",
    ]
    assert by_layer["stage.2.1"].attrib["data-times"] == "5"


def hostile() -> Network:
    network = Network(HOSTILE)
    network.inputs = {HOSTILE: Tensor(HOSTILE, (1, 2, 4, 4))}
    layer = network.add(f"{HOSTILE}.a", op("conv"), [network.inputs[HOSTILE]])
    layer = network.add(f"{HOSTILE}.b", op("add"), [*layer.outputs, *network.inputs.values()])
    network.outputs = {HOSTILE: layer.outputs[0]}
    return network


def test_names_are_inert() -> None:
    text = drawn(convcost.analyze(hostile()))
    root = ET.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "g", "title", "rect", "text", "path")
    }
    assert "\u202e" not in text
    assert "style=" not in text  # which a page's policy may forbid
    names = [g.attrib["data-layer"] for g in root.iter(f"{SVG}g") if "data-layer" in g.attrib]
    assert any("<script>" in name for name in names)


def test_the_picture_of_the_documentation() -> None:
    """``convcost analyze unet --format graph -o docs/unet.svg``"""
    picture = Path(__file__).parents[3] / "docs" / "unet.svg"
    analysis = convcost.analyze(convcost.load("unet"))
    found = write(report(analysis, analysis.layers), "graph", Medium())
    assert picture.read_text() == found


def test_the_style_names_what_is_drawn() -> None:
    text = drawn(convcost.analyze(convcost.load("unet")))
    classes = {c for e in ET.fromstring(text).iter() for c in e.attrib.get("class", "").split()}
    assert all(f".{name}" in STYLE or name == "h0" for name in classes)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_on_every_box(dark: bool) -> None:
    style = STYLE.partition("@media")[2 if dark else 0]
    warm = re.findall(r"\.h(\d)>rect\{fill:(#\w{6})\}", style)
    assert [step for step, _ in warm] == ["1", "2", "3", "4", "5"]
    (usual,) = re.findall(r"\.cc text\{[^}]*fill:(#\w{6})", style)
    (plain,) = re.findall(r"\.cc \.c\{fill:(#\w{6})", style)
    (on_warm,) = re.findall(r"\.cc \.h5 \.c\{fill:(#\w{6})", style)
    for step, fill in warm:
        for text in (usual, on_warm if step > "2" else plain):
            light, low = sorted((luminance(fill), luminance(text)), reverse=True)
            assert (light + 0.05) / (low + 0.05) >= 4.5, (fill, text)


def test_what_is_not_known_is_said() -> None:
    network = Network("partly known")
    network.inputs = {"x": Tensor("x", SHAPE)}
    layer = network.add("a.conv", op("conv"), [*network.inputs.values()])
    layer = network.add("a.odd", ODD, layer.outputs)
    layer = network.add("conv", op("conv"), layer.outputs)
    network.outputs = {"y": layer.outputs[0]}
    texts = [
        text.text for text in ET.fromstring(drawn(convcost.analyze(network))).iter(f"{SVG}text")
    ]
    assert "2x4x4 · ≥ 64 MACs · 6 params" in texts  # of the block
    assert "2x4x4 · ? MACs" in texts
    assert "2x4x4 · 64 MACs · 6 params" in texts
