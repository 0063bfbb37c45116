"""Totals of tools on terminals that are low or narrow, and where nothing limits a page."""

from __future__ import annotations

import pytest
from in_format import lines_of

import convcost
from convcost.conventions.read import convention, names
from convcost.render.formats import write
from convcost.render.report import Medium, Report
from convcost.render.reports.reconcile import report

NETWORKS = ("alexnet", "googlenet", "resnet50", "mobilenet_v2", "unet", "efficientnet_b0")


def overview(name: str) -> Report:
    """The report of all tools on a network."""
    return report(convcost.reconcile(convcost.load(name)), steps=False, layers=False)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_low_terminal_shows_all_totals(name: str) -> None:
    shown = write(overview(name), "text", Medium(80, height=24))
    lines = shown.splitlines()
    assert len(lines) < 24, "what a shell writes next has a line, too"
    assert max(map(len, lines)) <= 80
    for tool in names():
        assert convention(tool).metric in " ".join(shown.split())


def test_totals_of_several_tools_are_told_once_on_a_low_terminal() -> None:
    shown = write(overview("mobilenet_v2"), "text", Medium(80, height=24))
    assert "mmengine.flops as fvcore.flops" in " ".join(shown.split())
    whole = write(overview("mobilenet_v2"), "text", Medium(80, height=60))
    assert "as fvcore.flops" not in whole
    assert sum(line.startswith("mmengine.flops") for line in whole.splitlines()) == 1


@pytest.mark.parametrize("name", NETWORKS)
def test_piped_lines_can_be_read(name: str) -> None:
    lines = lines_of(overview(name), None)
    table = lines[: lines.index("", 2)]
    assert len(table) > len(names())
    assert max(map(len, table)) <= 120


def test_the_largest_steps_are_named_where_there_is_no_room_for_all() -> None:
    (row,) = (line for line in lines_of(overview("resnet50"), 80) if line.startswith("xla.flops"))
    assert row.endswith("x 2, - padding, 6 more")
    (row,) = (line for line in lines_of(overview("resnet50"), 90) if line.startswith("xla.flops"))
    assert row.endswith("x 2, - padding, + batch norm, 5 more")


def test_a_network_without_products_has_an_overview() -> None:
    network = convcost.load("small.yaml", read=lambda _: b"input: [3, 8, 8]\nlayers: [relu]\n")
    shown = lines_of(report(convcost.reconcile(network), steps=False, layers=False), 80)
    assert any(line.split() == ["xla.flops", "192", "+", "relu"] for line in shown)
