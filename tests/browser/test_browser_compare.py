"""A comparison as a reader has it, in Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from in_format import in_format

import convcost
from convcost.analysis.compare.comparison import compare
from convcost.render.reports.compare.report import report
from convcost.render.reports.compare.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., Any]
    Audited = Callable[[Any], Any]

pytestmark = pytest.mark.browser

BEFORE = """
input: [3, 8, 8]
layers:
  - {op: conv, name: first, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: relu, name: act}
  - {op: conv, name: second, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: max_pool, name: pool, kernel_size: 2}
  - {op: batch_norm, name: norm}
  - {op: global_avg_pool, name: mean}
"""
AFTER = """
input: [3, 8, 8]
layers:
  - {op: conv, name: first, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: relu, name: act}
  - {op: conv, name: second, out_channels: 6, kernel_size: 3, padding: 1}
  - {op: sigmoid, name: new}
  - {op: max_pool, name: pool, kernel_size: 2}
  - {op: global_avg_pool, name: mean}
"""


@pytest.fixture
def page_of_two(tmp_path: Path) -> Path:
    """The page of two small networks, the second of which has a layer more, one less, and others
    changed; one of its names is an element."""
    networks = [
        convcost.load("net.yaml", read=lambda _, text=text: text.encode())
        for text in (BEFORE, AFTER)
    ]
    networks[1].layer("new").name = "<b>new</b>"
    comparison = compare(*map(convcost.analyze, networks))
    rows = comparison.rows
    sheet = Sheet(comparison, ["a", "b"], "layer", "macs", rows, [r for r in rows if not r.same])
    path = tmp_path / "compare.html"
    path.write_text(in_format(report(sheet), "html"), "utf-8")
    return path


def test_what_became_of_each_layer(opened: Open, page_of_two: Path) -> None:
    found = opened(page_of_two)
    page = found.page
    said = page.locator("#diff1 > p").inner_text()
    assert said == "Layers: 1 added, 1 removed, 3 changed, 2 as before."
    lines = page.locator("#diff1 li.d").all_text_contents()
    marks = [line[0] for line in lines]
    assert sorted(marks) == sorted("+-~~~==")
    assert page.locator("#diff1 li.is-green a").all_text_contents() == ["<b>new</b>"]
    assert page.locator("#diff1 li.is-red a").all_text_contents() == ["norm"]
    changed = page.locator("#diff1 li.is-yellow").all_text_contents()
    assert any("out_channels 4 -> 6" in line and "+4.61k" in line for line in changed)
    assert found.said == []
    assert found.requests == [page_of_two.as_uri()]


def test_the_graphs_show_it_too(opened: Open, page_of_two: Path) -> None:
    page = opened(page_of_two).page
    left, right = "#graphs figure:nth-child(1)", "#graphs figure:nth-child(2)"
    assert page.locator(f"{left} g.removed").count() == 1
    assert page.locator(f"{left} g.added").count() == 0
    assert page.locator(f"{right} g.added").count() == 1
    assert page.locator(f"{right} g.changed").count() >= 1


def test_a_layer_that_is_chosen_is_chosen_in_both(opened: Open, page_of_two: Path) -> None:
    page = opened(page_of_two).page
    page.locator("#diff1 a:text-is('second')").first.click()
    assert page.url.endswith("#layer=second")
    assert page.locator("#diff1 a.on").count() == 2
    assert page.locator("#graphs g.on").count() == 2
    assert "out_channels 4 -> 6" in page.locator("#chosen").inner_text()


def test_axe_finds_nothing(opened: Open, audited: Audited, page_of_two: Path) -> None:
    for scheme in ("light", "dark"):
        page = opened(page_of_two, "#layer=second", color_scheme=scheme).page
        found = audited(page)
        assert {one["id"]: one["nodes"][0]["html"] for one in found["violations"]} == {}


def test_without_scripts(opened: Open, page_of_two: Path) -> None:
    page = opened(page_of_two, java_script_enabled=False).page
    assert page.locator("#diff1 li.d").count() == 7
    assert page.locator("#graphs svg").count() == 2
    outlined = [page.locator(f"#graphs g.{what}").count() for what in ("added", "removed")]
    assert outlined == [1, 1]
    assert "green where added" in page.locator("#graphs > p").inner_text()
