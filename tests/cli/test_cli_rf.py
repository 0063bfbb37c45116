"""``convcost rf``: what it shows where, its pictures and its errors."""

from __future__ import annotations

import json
import re
import struct
import sys
import zlib
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from running import ROOT, Ran

import convcost
from convcost.analysis.rf.growth import rf
from convcost.render.parts.numbers import large
from convcost.render.parts.plot_chars import BLOCKS
from convcost.render.reports.rf.report import document
from convcost.render.reports.rf.verdicts import of_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Ran]

GOLDEN = ROOT / "tests" / "golden"
DILATED = GOLDEN / "dilated.yaml"
UNIT = "block.second"


def test_a_terminal_of_80_columns(on_terminal: Callable[..., str]):
    shown = on_terminal("rf", "dilated.yaml", cwd=GOLDEN, NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.splitlines()[2:6] == [
        "layer         op           field  stride    start  grown  of input",
        "------------------------------------------------------------------",
        "stem          conv 3x3 /2      3       2       -1     +2     18.8%",
        "first         conv 3x3 d2     11       2       -5     +8     68.8%",
    ]
    assert (
        "beyond      `block.second` is the first whose field is larger than the input; 4\n"
        "            of 6 layers are, up to 168.8% of it: the rest lies in padding\n"
    ) in shown


@pytest.mark.parametrize("spec", ["specs/resnet50.yaml", "specs/c3d.yaml", "specs/wavenet.yaml"])
@pytest.mark.parametrize("layer", [(), ("1",)])
def test_nothing_is_wider_than_a_terminal(
    on_terminal: Callable[..., str], run: Run, spec: str, layer: tuple[str, ...]
):
    if layer:
        rows = json.loads(run("rf", ROOT / spec, "--format", "json").out)["layers"]
        layer = (rows[len(rows) // 2]["name"],)
    shown = on_terminal("rf", ROOT / spec, *layer, NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= 80


def test_colours_on_a_terminal_and_ascii_where_there_are_no_blocks(
    on_terminal: Callable[..., str], spawn: Callable[..., Ran]
):
    assert "\x1b[33m" in on_terminal("rf", DILATED)
    plain = spawn("rf", DILATED, PYTHONIOENCODING="ascii")
    assert plain.out.isascii()
    assert "\\u" not in plain.out
    assert plain.out == spawn("rf", DILATED, "--ascii").out


@pytest.mark.parametrize(
    "spec",
    sorted(
        path.relative_to(ROOT).as_posix()
        for pattern in ("specs/*/*.yaml", "tests/data/onnx/*.onnx")
        for path in ROOT.glob(pattern)
        if path.suffix == ".yaml" or path.name.endswith(("ts13.onnx", "dynb.onnx", "ts17.onnx"))
    ),
)
def test_every_example_and_model(run: Run, spec: str):
    code, out, err = run("rf", ROOT / spec, "--format", "json")
    assert (code, err) == (0, "")
    layers = json.loads(out)["layers"]
    if layers:
        code, out, err = run("rf", ROOT / spec, layers[-1]["name"])
        assert (code, err) == (0, "")
        assert "no: " not in out


def test_what_is_said_of_misaligned_branches(run: Run, tmp_path: Path):
    spec = tmp_path / "net.yaml"
    spec.write_text("""
input: [1, 16]
layers:
  - op: branches
    name: joined
    paths:
      slow: [{op: max_pool, kernel_size: 2}]
      fast: [{op: crop, size: 8, start: 0}]
  - {op: conv, out_channels: 1, kernel_size: 3, padding: 1}
""")
    out = run("rf", spec).out
    said = "joins branches whose units move at strides 2 and 1: fields differ from unit to unit"
    assert out.count("misaligned  ") == 1
    assert f"misaligned  `joined.concat` {said}\n" in out


def test_what_is_said_of_fields_that_are_not_followed(run: Run, tmp_path: Path):
    spec = tmp_path / "net.yaml"
    spec.write_text("""
input: [1, 8]
layers:
  - {op: cumsum, name: long, dim: 2}
  - {op: conv, name: after, out_channels: 1, kernel_size: 3}
""")
    ran = run("rf", spec)
    assert ran.code == 0
    assert (
        "unknown     what `long` sees of the input is not followed, nor what reads it\n" in ran.out
    )
    assert re.search(r"^after +conv 3 +\? +\? +\? +\? +\? +unknown$", ran.out, re.MULTILINE) is None
    assert re.search(r"^long +cumsum +\? +\? +\? +\? +\? +unknown$", ran.out, re.MULTILINE)
    said = "map         none: what `long` reads is not followed position by position\n"
    assert said in run("rf", spec, "after").out


def test_what_is_said_of_layers_that_could_not_be_counted():
    network = convcost.load(str(DILATED))
    network.unknown.extend(f"node {number}: why" for number in range(12))
    grown = rf(network)
    said = [f"{word} {sentence}" for word, sentence, _ in of_network(grown, BLOCKS)]
    assert said[-11:] == [
        *(f"incomplete node {number}: why" for number in range(10)),
        " and 2 more (--format json lists all)",
    ]
    assert document(grown, everything=False)["unknown"] == network.unknown


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (7, "7"),
        (65536, "65.5k"),
        (999999999999999999, "1.00E"),
        (10**18, "1.00e18"),
        (3**60, "4.24e28"),
        (10**21 - 1, "1.00e21"),
        (99949 * 10**18, "9.99e22"),
    ],
)
def test_large_counts(count: int, text: str):
    assert large(count) == text


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ("2_2_2", "rates 1, 2, 3 leave no holes in the same field, and none nearer do"),
        ("1_2_9", "rates 1, 3, 9 leave no holes in a field of 27, and none nearer do"),
        (
            "6_12_18",
            "no rates would fill it: 3 layers of 3 taps read at most 27 positions, and the field "
            "has 73",
        ),
        ("2_3_7", "M_2 = 3 <= 3, common divisor 1: both rules are kept, and there are holes all "),
    ],
)
def test_repairs(run: Run, rates: str, says: str):
    first, second, third = rates.split("_")
    settings = ["--set", f"first={first}", "--set", f"second={second}", "--set", f"third={third}"]
    out = run("rf", ROOT / "specs" / "examples" / "hybrid_dilated.yaml", *settings).out
    assert says in out
    assert "   holes: one unit reads " in out


def test_counts_are_exact_in_json(run: Run, tmp_path: Path):
    spec = tmp_path / "net.yaml"
    conv = "{op: conv, out_channels: 1, kernel_size: 3, padding: 1}"
    spec.write_text(f"input: [1, 200]\nlayers: [{', '.join([conv] * 60)}]\n")
    found = json.loads(run("rf", spec, "conv60", "--format", "json").out)
    assert found["map"]["paths"] == sum(found["counts"][0]) == 3**60
    assert "  4.24e28 in all" in run("rf", spec, "conv60").out


# The map of a stack, onto what the stack reads: unclipped.


def test_a_map_onto_a_layer(run: Run):
    document = json.loads(run("rf", DILATED, UNIT, "--onto", "stem", "--format", "json").out)
    assert document["map"]["onto"] == "stem"
    assert document["map"]["sizes"] == [13, 13]
    row = [1, 0, 1, 0, 2, 0, 1, 0, 2, 0, 1, 0, 1]  # sums of -4, 0, 4 and -2, 0, 2
    assert document["counts"] == [[a * b for b in row] for a in row]


def pixels(png: bytes) -> list[list[tuple[int, ...]]]:
    """The pixels of a PNG whose rows are not filtered, or only by the row above."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    data, at = b"", 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    raw, above = zlib.decompress(data), bytes(3 * width)
    rows: list[list[tuple[int, ...]]] = []
    for y in range(height):
        line = bytearray(raw[y * (3 * width + 1) : (y + 1) * (3 * width + 1)])
        kind, row = line[0], line[1:]
        for i in range(len(row)):
            left = row[i - 3] if i > 2 else 0
            corner = above[i - 3] if i > 2 else 0
            guess = left + above[i] - corner
            near = min((left, above[i], corner), key=lambda c: abs(guess - c))
            add = (0, left, above[i], (left + above[i]) // 2, near)[kind]
            row[i] = (row[i] + add) % 256
        above = bytes(row)
        rows.append([tuple(row[3 * x : 3 * x + 3]) for x in range(width)])
    return rows


def test_pictures_show_the_holes(run: Run, tmp_path: Path):
    document = json.loads(run("rf", DILATED, UNIT, "--format", "json").out)
    counts = document["counts"]
    cell = 32  # the largest
    png = tmp_path / "map.png"
    ran = run("rf", DILATED, UNIT, "-o", png)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == run("rf", DILATED, UNIT).out
    image = pixels(png.read_bytes())
    assert [len(image), len(image[0])] == [cell * len(counts), cell * len(counts[0])]
    colours = {
        count: {
            image[y * cell + 5][x * cell + 9]
            for y, row in enumerate(counts)
            for x, here in enumerate(row)
            if here == count
        }
        for count in (0, 1, 2, 4)
    }
    assert all(len(shades) == 1 for shades in colours.values())
    (hole,), (few,), (some,), (many,) = colours.values()
    assert hole == (255, 255, 255)
    assert sum(hole) > sum(few) > sum(some) > sum(many)

    svg = tmp_path / "map.svg"
    assert run("rf", DILATED, UNIT, "--output", svg).code == 0
    tree = ElementTree.fromstring(svg.read_text())
    space = {"s": "http://www.w3.org/2000/svg"}
    title = tree.findtext("s:title", namespaces=space)
    assert title == "paths from unit 4, 5 to positions 0..13 x 1..19 of input, axes 1 and 2"
    covered = [[0] * len(counts[0]) for _ in counts]
    for rect in tree.findall("s:g/s:rect", space)[:-1]:
        x, y, width, height = (int(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert height == cell
        for column in range(x // cell, (x + width) // cell):
            covered[y // cell][column] += 1
            wanted = "#" + bytes(colours[counts[y // cell][column]].copy().pop()).hex()
            assert rect.attrib["fill"] == wanted
    assert covered == [[int(count > 0) for count in row] for row in counts]


def test_names_are_text_in_a_picture(run: Run, tmp_path: Path):
    spec = tmp_path / "net.yaml"
    conv = "{op: conv, name: c, out_channels: 1, kernel_size: 3}"
    spec.write_text(f"inputs: {{x: [1, 9, 9]}}\nlayers: [{conv}]\n")
    assert run("rf", spec, "c", "-o", tmp_path / "a.svg").code == 0
    assert "<" not in re.findall(">([^<]*)</title>", (tmp_path / "a.svg").read_text())[0]


def test_a_png_needs_pillow(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert run("rf", DILATED, UNIT, "-o", tmp_path / "map.png") == (
        2,
        "",
        "a .png picture needs Pillow: pip install 'convcost[image]' (an .svg needs nothing)\n",
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["block.secnd"],
            "no layer is named `block.secnd`\n  a layer with a similar name exists: `block.second`",
        ),
        (
            [UNIT, "--unit", "1"],
            "a unit of `block.second` has 2 positions, one for each axis that moves along the "
            "input, and here is 1",
        ),
        (
            [UNIT, "--unit", "1,10"],
            "`block.second` has 10 units along axis 2, so there is no unit 10: the last is 9",
        ),
        (
            [UNIT, "--axes", "0,1"],
            "a map has one or two of the spatial axes of `input`, which are 1 and 2",
        ),
        (
            [UNIT, "--axes", "1,1"],
            "a map has one or two of the spatial axes of `input`, which are 1 and 2",
        ),
        (
            [UNIT, "--onto", "bolck.add"],
            "no layer is named `bolck.add`\n  a layer with a similar name exists: `block.add`",
        ),
        (
            [UNIT, "--onto", "last", "-o", "map.svg"],
            "`block.second` has no map: `block.second` reads nothing of `last`",
        ),
    ],
)
def test_errors_are_sentences(run: Run, arguments: list[str], says: str):
    assert run("rf", DILATED, *arguments) == (2, "", f"{says}\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--unit", "1,1"], "Invalid value for --unit: name the LAYER that it is about"),
        (["--onto", "stem"], "Invalid value for --onto: name the LAYER that it is about"),
        (["--axes", "1"], "Invalid value for --axes: name the LAYER that it is about"),
        (["-o", "a.svg"], "Invalid value for -o: a picture shows the map of one LAYER: name one"),
        ([UNIT, "--unit", "1,-1"], "Invalid value for --unit: '1,-1' is not numbers, such as 7,7"),
        ([UNIT, "--axes", "y"], "Invalid value for --axes: 'y' is not numbers, such as 1,2"),
    ],
)
def test_bad_usage(run: Run, arguments: list[str], says: str):
    code, out, err = run("rf", DILATED, *arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == f"Error: {says}"


def test_a_layer_that_sees_everything_has_no_unit_to_choose(run: Run):
    spec = GOLDEN / "small.yaml"
    said = "all units of `classes` see the same, so there is none to choose\n"
    assert run("rf", spec, "classes", "--unit", "0") == (2, "", said)
    assert "map         none: `vector` merges axes, so its units lie on no axis any more\n" in (
        run("rf", spec, "classes").out
    )
    out = run("rf", spec, "gate.squeeze").out
    assert "paths from every unit to positions 0..31 x 0..31 of rgb, axes 1 and 2\n" in out


@pytest.mark.parametrize("name", ["map.jpg", "map.PDF"])
def test_a_picture_of_another_kind_is_refused(run: Run, tmp_path: Path, name: str):
    path = tmp_path / name
    ran = run("rf", DILATED, UNIT, "-o", path)
    assert ran.code == 2
    assert ran.err.endswith(
        f"Error: Invalid value for -o: '{path}': a picture is an .svg or a .png\n"
    )
    assert not path.exists()
