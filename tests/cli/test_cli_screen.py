"""A network on one screen: folded to the height and width of a terminal, with nothing lost."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import ROOT

import convcost
from convcost.analysis.analyze.outline import outlined
from convcost.metrics import METRICS
from convcost.named import meant, within
from convcost.render.formats import write
from convcost.render.report import Medium
from convcost.render.reports.analyze import report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden"
SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
WIDTHS = (20, 30, 40, 60, 80, 132)
HEIGHTS = (24, 40, 60)
LEAST = 22  # lines of a page of 10 rows at 80 columns, one more for each line of notes


@cache
def analysis_of(path: Path) -> convcost.Analysis:
    return convcost.analyze(convcost.load(str(path)))


def screen(analysis: convcost.Analysis, width: int, height: int) -> list[str]:
    """The lines of a terminal."""
    page = report(analysis, analysis.layers, everything=False)
    return write(page, "text", Medium(width, height=height)).splitlines()


def table(lines: list[str]) -> list[str]:
    """The rows of the table, or where it is too narrow for one, the lines with their names, what
    each costs being indented below."""
    rules = [n for n, line in enumerate(lines) if re.fullmatch("-+", line)]
    if not rules:
        _, *rest = "\n".join(lines).partition("\n\n")[0].splitlines()
        return [line for line in rest if not line.startswith(" ")]
    start = rules[0] + 1
    ends = [n for n, line in enumerate(lines) if n > start and (not line or line[0] == "-")]
    return lines[start : ends[0]]


paths = pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)


@paths
@pytest.mark.parametrize("height", HEIGHTS)
def test_it_fits(path: Path, height: int) -> None:
    """The line of the prompt is left, and no line is longer than the terminal."""
    for width in (40, 60, 80, 132):
        lines = screen(analysis_of(path), width, height)
        assert len(lines) < height
        assert max(map(len, lines)) <= width


STACKED = """\
name: hourglasses
inputs: {a: [8, 32, 32], b: [8, 32, 32], c: [8, 32, 32]}
layers:
  - {op: add, from: [a, b, c]}
  - name: stack
    repeat: 8
    layers:
      - {op: conv, repeat: 3, out_channels: 8, kernel_size: 3, padding: 1}
      - {op: conv, name: heatmap, out_channels: 8, kernel_size: 1}
outputs: [stack.*.heatmap]
"""


def test_many_inputs_and_outputs_leave_room_for_the_table(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(STACKED)
    lines = screen(analysis_of(file), 80, 24)
    assert lines[:3] == [
        "hourglasses",
        "  a 8x32x32 (and 2 inputs more)",
        "  -> stack.0.heatmap 8x32x32 (and 7 outputs more)",
    ]
    assert len(lines) < 24


@paths
def test_narrow_terminals(path: Path) -> None:
    """Rows stay lines of their own, each with a name and what it costs."""
    for width in (20, 30, 40):
        lines = screen(analysis_of(path), width, 24)
        assert max(map(len, table(lines))) <= max(width, 26)


@paths
def test_rows_are_told_apart_and_typed_back(path: Path) -> None:
    """A row is a layer by its name, or all layers of a block by that of the block."""
    analysis = analysis_of(path)
    layers = analysis.network.layers
    for width in WIDTHS:
        rows = table(screen(analysis, width, 24))
        cells = [re.split(r" {2,}", row)[0] for row in rows]
        named = [cell for cell in cells if not cell.startswith("(")]
        assert len(set(cells)) == len(cells)
        for cell in named:
            for text in (cell, cell.replace("…", "...")):
                assert len(meant(text, layers)) == 1 or within(text, layers), (cell, width)


@paths
def test_what_a_mark_means_is_said_of_one_that_is_there(path: Path) -> None:
    lines = screen(analysis_of(path), 80, 24)
    marks = {found for row in table(lines) for found in re.findall(r" (x\d+)  ", row)}
    said = re.findall(r"(x\d+): (\d+) alike", "\n".join(lines))
    assert bool(said) == bool(marks)
    for mark, number in said:
        assert mark == f"x{number}"
        assert mark in marks


@pytest.mark.parametrize("height", [0, 1, 5, 12])
def test_a_low_terminal_still_shows_some_rows(height: int) -> None:
    lines = screen(analysis_of(ROOT / "specs" / "resnet50.yaml"), 80, height)
    assert 10 <= len(lines) <= LEAST
    assert len(table(lines)) >= 8


@given(st.sampled_from(SPECS), st.integers(2, 60))
def test_no_layer_is_lost_and_none_is_twice(path: Path, most: int) -> None:
    analysis = analysis_of(path)
    found = outlined(analysis.layers, most)
    rows = [*found.rows, *([found.others] if found.others else [])]
    assert 0 < len(rows) <= most
    assert len({row.name for row in rows}) == len(rows)
    assert sum(row.layers * row.times for row in rows) == len(analysis.layers)
    for metric, total in analysis.totals.items():
        adds_up = METRICS[metric].adds_up
        assert adds_up is not None
        assert adds_up(row.counts[metric] for row in rows) == total


@pytest.mark.parametrize(
    "spec",
    ["resnet50", "mobilenet_v2", "unet_original", "densenet121", "inception_v3", "wavenet"],
)
def test_screens(on_terminal: Callable[..., str], spec: str) -> None:
    """Every character and colour of a terminal of 80 by 24; ``UPDATE_GOLDEN=1`` writes them."""
    shown = on_terminal("analyze", f"specs/{spec}.yaml")
    golden = GOLDEN / f"screen_{spec}.ansi"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(shown)
    assert shown == golden.read_text()


@paths
def test_what_is_no_terminal_gets_all_of_it(path: Path) -> None:
    """Whatever a screen leaves out: pipes and files have neither width nor height."""
    analysis = analysis_of(path)
    page = report(analysis, analysis.layers, everything=False)
    whole = report(analysis, analysis.layers)
    for name in ("text", "markdown", "json", "csv"):
        assert write(page, name, Medium()) == write(whole, name, Medium())
    names = [line.split(" ")[0] for line in write(page, "text", Medium()).splitlines()]
    assert {layer.name for layer in analysis.layers} <= {*names}


class Row(NamedTuple):
    """The values of a row that a test looks at."""

    name: str
    layers: int
    times: int


def outline_of(text: str, most: int) -> list[Row]:
    network = convcost.load("net.yaml", read=lambda _: text.encode())
    found = outlined(convcost.analyze(network).layers, most)
    rows = [Row(row.name, row.layers, row.times) for row in found.rows]
    return rows + ([Row("others", found.others.layers, 1)] if found.others else [])


CONV = "{op: conv, out_channels: 8, kernel_size: 3, padding: 1}"
NET = f"""
input: [8, 16, 16]
layers:
  - {{name: stem, layers: [{CONV}, batch_norm, relu]}}
  - {{op: max_pool, kernel_size: 2, name: pool}}
  - {{name: body, repeat: 4, layers: [{CONV}, relu]}}
  - {{name: wide, layers: [{CONV}, relu, {CONV}]}}
  - flatten
  - {{op: linear, out_features: 10, name: head}}
"""


@pytest.mark.parametrize(
    ("most", "rows"),
    [
        (2, [("stem", 3, 1), ("others", 14, 1)]),
        (4, [("stem", 3, 1), ("body", 9, 1), ("wide", 3, 1), ("head", 2, 1)]),
        (5, [("stem", 3, 1), ("pool", 1, 1), ("body.0", 2, 4), ("wide", 3, 1), ("head", 2, 1)]),
        (
            6,
            [
                *(("stem", 3, 1), ("pool", 1, 1), ("body.0", 2, 4)),
                *(("wide.conv1", 2, 1), ("wide.conv2", 1, 1), ("head", 2, 1)),
            ],
        ),
    ],
)
def test_rows(most: int, rows: list[tuple[str, int, int]]) -> None:
    assert outline_of(NET, most) == rows


def test_the_dearest_keep_rows_of_their_own() -> None:
    """The last of four layers has the most channels."""
    text = "input: [4, 8, 8]\nlayers:\n" + "".join(
        f"  - {{op: conv, name: {name}, out_channels: {channels}, kernel_size: 1}}\n"
        for name, channels in (("a", 4), ("b", 5), ("c", 6), ("d", 64))
    )
    assert outline_of(text, 2) == [("d", 1, 1), ("others", 3, 1)]
    assert outline_of(text, 3)[-2:] == [("d", 1, 1), ("others", 2, 1)]
