"""``verify`` and ``rf`` on a low terminal: what has no room is counted, and what matters stays."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from doubles import then
from running import ROOT

import convcost
from convcost.analysis.rf.growth import rf
from convcost.execution.transform import thinned
from convcost.execution.verification import Verification, verify
from convcost.named import the_one
from convcost.ops import op_class
from convcost.render.formats import write
from convcost.render.report import Medium
from convcost.render.reports.rf.report import report as rf_report
from convcost.render.reports.verify import report as verify_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.render.report import Report

SPECS = ("resnet50", "mobilenet_v2", "unet", "wavenet", "inception_v3")
HEIGHT = 24
TIMES = re.compile(r"  x(\d+)  ")
LEFT_OUT = re.compile(r"(\d+) rows?,? .*left out; ")
VERDICTS = {"field", "beyond", "global", "dilation", "depth", "misaligned"}


def shown(report: Report, height: int | None = HEIGHT) -> list[str]:
    """The lines of a report, on a terminal of 80 columns unless ``height`` is None."""
    medium = Medium() if height is None else Medium(80, height=height)
    return write(report, "text", medium).splitlines()


def rows(lines: Sequence[str]) -> list[str]:
    """The rows of the first table."""
    rule = next(number for number, line in enumerate(lines) if re.fullmatch("-+", line))
    ends = [n for n, line in enumerate(lines) if n > rule and (not line or "--all" in line)]
    return [*lines[rule + 1 : ends[0]]]


@cache
def verified() -> Verification:
    return verify(thinned(convcost.load(str(ROOT / "specs" / "resnet18.yaml")), 32)[0])


@pytest.mark.parametrize("height", [24, 30])
def test_checks_have_a_row_a_metric(height: int) -> None:
    low = shown(verify_report(verified()), height)
    assert len(low) < height
    left_out = next(line for line in low if "--all" in line)
    metrics = rows(shown(verify_report(verified(), summary=True), None))
    assert re.split("  +", rows(low)[0])[:2] == re.split("  +", metrics[0])[:2]
    assert left_out.startswith(f"{len(metrics) - len(rows(low))} metrics more, which agree")
    everything = shown(verify_report(verified(), everything=True))
    assert len(everything) >= len(shown(verify_report(verified()), None)) > 500


def test_every_check_is_of_a_metric_in_the_summary() -> None:
    metrics = rows(shown(verify_report(verified(), summary=True), None))
    counts = {row[0]: int(row[1].replace(",", "")) for row in (re.split("  +", m) for m in metrics)}
    zero = {check.metric for check in verified().checks} - {*counts}
    assert sum(counts.values()) == sum(check.metric not in zero for check in verified().checks)
    assert all(check.formula == 0 for check in verified().checks if check.metric in zero)


def test_what_disagrees_is_shown_in_full_however_low(monkeypatch: pytest.MonkeyPatch) -> None:
    relu = op_class("relu")
    monkeypatch.setattr(relu, "comparisons", then(relu.comparisons, lambda count: count + 1))
    found = verify(thinned(convcost.load(str(ROOT / "specs" / "resnet18.yaml")), 32)[0])
    low = shown(verify_report(found), 10)
    broken = [check.layer for check in found.checks if not check.agrees]
    assert len(broken) > 10
    assert [name for line in low if (name := line.split(" ")[0]) in broken] == broken
    assert any(re.fullmatch(rf"comparisons +\S+ +\S+ +\S+  {len(broken)} DISAGREE", r) for r in low)


@pytest.mark.parametrize("spec", SPECS)
def test_rows_stand_for_layers_whose_field_grows_alike(spec: str) -> None:
    """A row is the last of those that it stands for; those that have no row are counted."""
    growth = rf(convcost.load(str(ROOT / "specs" / f"{spec}.yaml")))
    changed = [row for row in growth.rows if row.changed]
    names = [row.cost.name for row in changed]
    for height in (12, 24, 40):
        low = shown(rf_report(growth, everything=False), height)
        told = LEFT_OUT.search(" ".join(low))
        if told is None:
            continue
        kept = rows(low)
        assert int(told[1]) == len(changed) - len(kept)
        for row in kept:
            at = names.index(the_one(row.split()[0], growth.network.layers).name)
            count = int(found[1]) if (found := TIMES.search(row)) else 1
            steps = changed[at - count + 1 : at + 1]
            assert len(steps) == count
            assert len({tuple(step.grown) for step in steps}) == 1
        assert the_one(kept[-1].split()[0], growth.network.layers).name == names[-1]


@pytest.mark.parametrize("spec", ["hifigan", "inception_v3", "wavenet"])
def test_a_low_terminal_has_a_verdict_on_each_thing(spec: str) -> None:
    growth = rf(convcost.load(str(ROOT / "specs" / f"{spec}.yaml")))
    low, whole = (shown(rf_report(growth, everything=every)) for every in (False, True))
    told, wanted = (
        {line.split()[0] for line in lines if re.match(r"[a-z]+ {3,}\S", line)} & VERDICTS
        for lines in (low, whole)
    )
    assert told == wanted
    assert len(low) < HEIGHT < len(whole)


def test_plots_are_left_out_before_rows() -> None:
    growth = rf(convcost.load(str(ROOT / "specs" / "resnet18.yaml")))
    report = rf_report(growth, everything=False)
    whole = shown(report, 80)
    assert sum("│" in line for line in whole) > 10
    assert not any("--all" in line for line in whole)
    for height in (30, 40, len(whole), len(whole) + 1):
        low = shown(report, height)
        fits = height > len(whole)
        assert ("--all shows everything" not in " ".join(low)) == fits
        assert fits or len(low) < len(whole)
    assert shown(rf_report(growth, everything=True), 24) != whole
