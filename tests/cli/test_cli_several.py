"""``analyze`` of several designs: one table, one document, one CSV file."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from running import ROOT

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

RESNET = ROOT / "specs" / "resnet18.yaml"
MOBILENET = ROOT / "specs" / "mobilenet_v2.yaml"


def test_a_row_a_design(run: Run) -> None:
    """Torchvision prints 11,689,512 parameters and 1.81 G for ResNet-18; the half MobileNetV2 is
    the table of its paper: 1.97 M and 97 M."""
    ran = run("analyze", RESNET, f"{MOBILENET}@width=0.5")
    assert (ran.code, ran.err) == (0, "")
    head, _, *rows = ran.out.splitlines()
    assert head.split()[:4] == ["design", "layers", "params", "MACs"]
    assert [row.split()[:4] for row in rows] == [
        ["resnet18", "69", "11,689,512", "1,814,073,344"],
        ["mobilenet_v2@width=0.5", "153", "1,968,680", "97,131,840"],
    ]


def test_orders(run: Run) -> None:
    for sort, first in (("graph", "resnet18"), ("name", "mobilenet_v2"), ("macs", "resnet18")):
        ran = run("analyze", RESNET, MOBILENET, "--sort", sort, "--top", "1")
        (row,) = ran.out.splitlines()[2:]
        assert row.split()[0] == first


def test_documents_are_those_of_each_alone(run: Run) -> None:
    together = json.loads(run("analyze", RESNET, MOBILENET, "--format", "json").out)
    for path, design in zip((RESNET, MOBILENET), together["designs"], strict=True):
        assert design.pop("design") == path.stem
        assert design == json.loads(run("analyze", path, "--format", "json").out)
    validated = run("schema", "--output", "analyze").out
    assert "designs" in validated


def test_records_have_a_column_for_the_design(run: Run) -> None:
    together = run("analyze", RESNET, MOBILENET, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(together)))
    for path in (RESNET, MOBILENET):
        alone = list(csv.DictReader(io.StringIO(run("analyze", path, "--format", "csv").out)))
        assert [{"design": path.stem, **row} for row in alone] == [
            row for row in rows if row["design"] == path.stem
        ]


def test_settings_of_a_design_alone(run: Run) -> None:
    """They follow its file, whether or not there are others."""
    set_ = run("analyze", MOBILENET, "--set", "width=0.5", "--format", "csv")
    assert run("analyze", f"{MOBILENET}@width=0.5", "--format", "csv") == set_
    assert (
        convcost.analyze(convcost.load(str(MOBILENET), settings={"width": "0.5"})).totals["params"]
        == 1_968_680
    )


@pytest.mark.parametrize("option", [("--by", "op"), ("--depth", "2")])
def test_what_is_about_one_design(run: Run, option: tuple[str, str]) -> None:
    ran = run("analyze", RESNET, MOBILENET, *option)
    assert ran.code == 2
    assert "--by and --depth are about one design: give one" in ran.err


@pytest.mark.parametrize("width", [24, 40, 60, 80, 120])
def test_a_terminal_keeps_the_names_whole(on_terminal: Callable[..., str], width: int) -> None:
    shown = on_terminal("analyze", RESNET, MOBILENET, width=width, NO_COLOR="1").splitlines()
    assert [line.split()[0] for line in shown[2:]] == ["resnet18", "mobilenet_v2"]
    assert max(map(len, shown)) <= width
