"""Blocks folded into rows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import ROOT

import convcost
from convcost.analysis.analyze.fold import folded
from convcost.metrics import PEAK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NET = """
input: [4, 16, 16]
blocks:
  unit:
    args: {c: in_channels}
    layers: [{op: conv, out_channels: c, kernel_size: 3, padding: 1}, relu]
layers:
  - {op: unit, name: stem, c: 8}
  - {name: stage, layers: [{op: unit, name: u, repeat: 3}, {op: unit, name: last, c: 16}]}
  - {op: relu, name: again, repeat: 2}
  - {op: unit, name: tail, share: stage.last, from: stage.u.2, c: 16}
  - {name: wide, layers: [{op: conv, name: a, out_channels: 4, kernel_size: 1},
                          {op: add, from: [a, a]}]}
"""


def analysis(text: str = NET) -> convcost.Analysis:
    return convcost.analyze(convcost.load("net.yaml", read=lambda _: text.encode()))


def test_what_is_called_otherwise_is_another_row() -> None:
    """Even where it costs the same: the second row would have the name, and the field, of the
    first."""
    conv = "op: conv, out_channels: 4, kernel_size: 1, from: input"
    text = f"input: [4, 8, 8]\nlayers: [{{{conv}, name: theta}}, {{{conv}, name: phi}}]"
    assert [row.name for row in folded(analysis(text).layers, 1)] == ["theta", "phi"]


@pytest.mark.parametrize(
    ("depth", "rows"),
    [
        (1, [("stem", 2, 1), ("stage", 8, 1), ("again", 2, 1), ("tail", 2, 1), ("wide", 2, 1)]),
        (
            2,
            [
                *(("stem", 1, 1), ("stem.act", 1, 1)),
                *(("stage.u", 6, 1), ("stage.last", 2, 1)),
                ("again.0", 1, 2),
                *(("tail", 1, 1), ("tail.act", 1, 1)),
                *(("wide.a", 1, 1), ("wide.add", 1, 1)),
            ],
        ),
        (
            3,
            [
                *(("stem", 1, 1), ("stem.act", 1, 1)),
                *(("stage.u.0", 2, 3), ("stage.last", 1, 1), ("stage.last.act", 1, 1)),
                ("again.0", 1, 2),
                *(("tail", 1, 1), ("tail.act", 1, 1)),
                *(("wide.a", 1, 1), ("wide.add", 1, 1)),
            ],
        ),
    ],
)
def test_rows(depth: int, rows: list[tuple[str, int, int]]) -> None:
    found = folded(analysis().layers, depth)
    assert [(row.name, row.layers, row.times) for row in found] == rows


def test_a_row_reads_what_its_layers_do_not_make() -> None:
    (_, stage, *_, wide) = folded(analysis().layers, 1)
    assert stage.op == "block"
    assert stage.inputs == ("stem.act",)
    assert stage.input_shapes == ((8, 16, 16),)
    assert stage.output_shapes == ((16, 16, 16),)
    assert [axis.size for axis in stage.receptive_fields["input"]] == [11, 11]
    assert wide.inputs == ("tail.act",)


def test_costs_of_the_same_are_summed() -> None:
    layers = analysis().layers
    (row,) = (row for row in folded(layers, 3) if row.times == 3)
    parts = [layer for layer in layers if layer.name.startswith("stage.u.")]
    for metric, count in row.counts.items():
        assert count == (max if metric == PEAK else sum)(p.counts[metric] for p in parts)
    assert row.receptive_fields == parts[-1].receptive_fields


SPECS = ("resnet50", "densenet121", "googlenet", "shufflenet_v2_x1_0", "convnext_tiny")


@given(st.sampled_from(SPECS), st.integers(1, 9))
def test_nothing_is_lost(spec: str, depth: int) -> None:
    found = convcost.analyze(convcost.load(str(ROOT / "specs" / f"{spec}.yaml")))
    rows = folded(found.layers, depth)
    assert sum(row.layers * row.times for row in rows) == len(found.layers)
    for metric, total in found.totals.items():
        assert (max if metric == PEAK else sum)(row.counts[metric] for row in rows) == total
    assert len({row.name for row in rows}) == len(rows)


def test_the_command(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    _, text, _ = run("analyze", path, "--depth", "3", "--sort", "macs", "--top", "2")
    first, second = text.splitlines()[4:6]
    assert first.split()[:5] == ["stage.u.0", "2", "layers", "x3", "8x16x16"]
    assert second.split()[:3] == ["stage.last", "conv", "3x3"]
    assert re.search(r"\nlayers +16  7 of them listed\n", text)
    _, alone, _ = run("analyze", path, "--depth", "3", "--sort", "macs", "--top", "1")
    assert re.search(r"\nlayers +16  6 of them listed\n", alone)
    assert "\nx2, x3 ...: that many identical blocks, with their costs added up\n" in text
    _, document, _ = run("analyze", path, "--depth", "3", "--format", "json")
    layers = {layer["name"]: layer for layer in json.loads(document)["layers"]}
    assert (layers["stage.u.0"]["layers"], layers["stage.u.0"]["times"]) == (2, 3)
    assert "layers" not in layers["wide.a"]
