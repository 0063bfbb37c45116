"""No two rows of a table look alike at 80 columns, and each name there can be typed back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_format import lines_of
from running import ROOT

import convcost
from convcost.analysis.compare.comparison import compare
from convcost.analysis.rf.growth import rf
from convcost.linter.run import Linted
from convcost.linter.targets import Target
from convcost.named import meant
from convcost.render.parts.cut_names import cut_apart
from convcost.render.reports import analyze as analyze_report
from convcost.render.reports import lint as lint_report
from convcost.render.reports.compare.report import report as compare_report
from convcost.render.reports.compare.sheet import Sheet
from convcost.render.reports.rf.report import report as rf_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    from convcost.render.report import Report

SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
WIDTH = 80


class Called(NamedTuple):
    """Anything with a name and a path."""

    name: str
    path: str


def first_cells(report: Report, heading: str = "layer", width: int = WIDTH) -> list[str]:
    """The cells of the first column of the table under a heading."""
    lines = lines_of(report, width)
    (start,) = [n for n, line in enumerate(lines) if re.match(rf"\W*{heading} ", line)]
    rows = lines[start + 2 :]
    ends = [n for n, line in enumerate(rows) if not line or re.fullmatch(r" *-+", line)]
    assert all(len(line) <= width for line in rows[: ends[0]])
    return [re.split(r" {2,}", line)[0] for line in rows[: ends[0]]]


def typed(cell: str) -> set[str]:
    """A cell as it is printed, and as it may come out of a terminal."""
    return {cell, cell.replace("…", ""), cell.replace("…", "...")}


def is_typed_back(network: convcost.Network, cells: list[str], names: list[str]) -> None:
    assert len(cells) == len(names)
    for cell, name in zip(cells, names, strict=True):
        assert [network.layer(text).name for text in typed(cell)] == [name] * len(typed(cell))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_rows_of_analyze(path: Path) -> None:
    analysis = convcost.analyze(convcost.load(str(path)))
    cells = first_cells(analyze_report.report(analysis, analysis.layers))
    assert len(set(cells)) == len(cells)
    is_typed_back(analysis.network, cells, [layer.name for layer in analysis.layers])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_rows_of_rf(path: Path) -> None:
    growth = rf(convcost.load(str(path)))
    rows = [row for row in growth.rows if row.changed]
    cells = first_cells(rf_report(growth, everything=False)) if rows else []
    is_typed_back(growth.network, cells, [row.cost.name for row in rows])
    assert len(set(cells)) == len({row.cost.name for row in rows})


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_layers_of_lint(path: Path) -> None:
    network = convcost.load(str(path))
    findings = convcost.lint(network, path.name)
    linted = Linted(Target(path.name, path, path.parent), findings)
    lines = lines_of(lint_report.report([linted]), WIDTH)
    heads = [n for n, line in enumerate(lines) if re.search(r": CC\d+ ", line)]
    assert len(heads) == len(findings)
    for number, finding in zip(heads, findings, strict=True):
        if finding.layer:
            said = (
                lines[number].split(f"{finding.level}", 1)[1].strip() or lines[number + 1].strip()
            )
            assert network.layer(said).name == finding.layer


PAIRS = (
    *("mobilenet_v1 mobilenet_v2", "resnet18 resnet50", "resnet50 se_resnet50"),
    *("inception_v3 googlenet", "shufflenet_v1_g3 shufflenet_v2_x1_0", "vgg16 alexnet"),
)


@pytest.mark.parametrize("pair", PAIRS)
def test_rows_of_compare(pair: str) -> None:
    analyses = [
        convcost.analyze(convcost.load(str(ROOT / "specs" / f"{name}.yaml")))
        for name in pair.split()
    ]
    found = compare(*analyses)
    listed = [row for row in found.rows if not row.same]
    sheet = Sheet(found, pair.split(), "layer", "macs", found.rows, listed)
    lines = lines_of(compare_report(sheet), WIDTH)
    (start,) = [n for n, line in enumerate(lines) if " MACs by layer " in line]
    shown = [re.match(r"([-+~ ]) (.*?)(?: {2}|$)", line) for line in lines[start + 2 :]]
    cells = [(row[1], row[2]) for row in shown[: len(listed)] if row]
    assert len(set(cells)) == len(cells) == len(listed)
    for (_, cell), row in zip(cells, listed, strict=True):
        for text in typed(cell):
            there = [[x.name for x in meant(text, a.network.layers)] for a in analyses]
            assert [row.names[-1]] in there


@pytest.mark.parametrize("cell", ["stage.3…shortcut.norm", "…0.0.spatial.norm", "0.2.expand"])
def test_names_are_typed_into_commands(run: Callable[..., Ran], cell: str) -> None:
    spec = ROOT / "specs" / "resnet50.yaml"
    name = convcost.load(str(spec)).layer(cell).name
    assert run("explain", spec, cell) == run("explain", spec, name)
    assert run("rf", spec, cell) == run("rf", spec, name)


def test_former_names_are_typed_into_commands(run: Callable[..., Ran]) -> None:
    spec = ROOT / "specs" / "resnet50.yaml"
    former = "stage.0.0.residual1.shortcut.project.conv1"
    for command in ("explain", "rf", "alternatives"):
        ran = run(command, spec, former)
        assert ran.code == 0
        assert ran == run(command, spec, "stage.0.0.shortcut")
    assert run("alternatives", spec, "stage.0.0.residual1") == run(
        "alternatives", spec, "stage.0.0"
    )


def test_a_cell_that_has_no_room_is_longer() -> None:
    assert cut_apart(["ab.c", "bb.c"], 2) == ["ab.c", "bb.c"]


words = st.lists(st.sampled_from(("a", "b", "ab", "norm", "stage", "0", "10")), min_size=1)


@given(st.sets(words.map(".".join), min_size=1), st.integers(3, 20))
def test_cut_names_of_any_network(names: set[str], room: int) -> None:
    """They are as many as before, and each means its own layer, with the ellipsis and without."""
    every = sorted(names)
    network = [Called(name, name) for name in every]
    cells = cut_apart(every, room)
    assert len(set(cells)) == len(every)
    for name, cell in zip(every, cells, strict=True):
        assert [layer.name for layer in meant(cell, network)] == [name]
        assert [layer.name for layer in meant(cell.replace("…", ""), network)] == [name]


@pytest.mark.parametrize(
    ("line", "word", "offered"),
    [
        ("explain max_p", 2, ["max_pool"]),
        ("explain transp", 2, ["transpose", "transposed"]),
        ("explain macs_", 2, ["macs_in_bounds"]),
        (
            "explain specs/resnet18.yaml stage.3.0.se",
            3,
            ["stage.3.0.second", "stage.3.0.second.norm"],
        ),
        ("rf specs/resnet18.yaml conv1 --onto in", 5, ["input"]),
        ("alternatives specs/resnet18.yaml stage.3.0.se", 3, ["stage.3.0.second"]),
        ("verify specs/tcn.yaml --layer level.0.1.d", 4, ["level.0.1.dropout"]),
        ("analyze specs/mobilenet_v2.yaml --set w", 4, ["width="]),
        ("compare specs/mobilenet_v2.yaml@wi", 2, ["specs/mobilenet_v2.yaml@width="]),
        ("compare specs/mobilenet_v2.yaml @cl", 3, ["@classes="]),
        ("compare vgg16 specs/vgg16.yaml --metric pa", 5, ["params", "papers.mult_adds"]),
        ("compare vgg16 vgg16 --metric thop", 5, ["thop.macs"]),
        ("compare vgg16 vgg16 --metric rtx3090", 5, ["rtx3090.estimate", "rtx3090.bound"]),
        ("sweep vgg16 --by par", 4, ["params"]),
        ("sweep vgg16 --where thop", 4, ["thop.macs"]),
        ("sweep vgg16 --pareto macs,par", 4, ["macs,params"]),
        ("fit vgg16 --budget par", 4, ["params="]),
        ("rank vgg16 --metric thop", 4, []),
        ("rank vgg16 --metric rtx3090", 4, []),
        ("rank vgg16 --device rtx3090 --metric rtx", 6, ["rtx3090.estimate", "rtx3090.bound"]),
        ("rank vgg16 --device none.yaml --metric macs_", 6, ["macs_in_bounds"]),
        (
            "lint specs/vgg16.yaml --select CC101,CC40",
            4,
            ["CC101,CC401", "CC101,CC402", "CC101,CC403", "CC101,CC404"],
        ),
        ("lint --explain cc", 3, []),
        ("lint --explain a", 3, ["all"]),
        ("explain missing.yaml a", 3, []),
        ("explain 'open", 2, []),
        ("analyze", 1, ["analyze"]),
    ],
)
def test_shells_are_offered(spawn: Callable[..., Ran], line: str, word: int, offered: list[str]):
    asked = {"COMP_WORDS": f"convcost {line}", "COMP_CWORD": str(word)}
    ran = spawn(_CONVCOST_COMPLETE="complete_bash", **asked)
    assert (ran.err, ran.out.split()) == ("", offered)
