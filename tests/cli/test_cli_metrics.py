"""Every metric is taken wherever metrics are: as an order, a limit, an expectation, a subject."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec

import convcost
from convcost.metrics import COUNTS, EXPECTABLE, FIELD, LIMITABLE, METRICS, PEAK, SUMS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

LAYER = ("--input", "8x6x6", "--out", "4", "--kernel", "3")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    repo = Repository(tmp_path)
    repo.write("a.yaml", spec())
    return repo


@pytest.mark.parametrize("metric", COUNTS)
@pytest.mark.usefixtures("repo")
def test_layers_are_sorted_by_every_count(run: Run, metric: str):
    ran = run("analyze", "a.yaml", "--sort", metric, "--format", "json")
    counts = [layer[metric] for layer in json.loads(ran.out)["layers"]]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("metric", COUNTS)
def test_alternatives_are_sorted_by_every_count(run: Run, metric: str):
    ran = run("alternatives", *LAYER, "--sort", metric, "--format", "json")
    counts = [row[metric] for row in json.loads(ran.out)["alternatives"]]
    assert counts == sorted(counts)


@pytest.mark.parametrize("metric", SUMS)
@pytest.mark.usefixtures("repo")
def test_rows_are_compared_by_every_sum(run: Run, metric: str):
    ran = run("compare", "a.yaml", "@width=5", "--metric", metric, "--all", "--format", "json")
    found = json.loads(ran.out)
    totals = {total["metric"]: total["values"] for total in found["totals"]}
    rows = [row["values"] for row in found["rows"]]
    assert [sum(values) for values in zip(*rows, strict=True)] == totals[metric]
    text = run("compare", "a.yaml", "@width=5", "--metric", metric, "--all").out
    assert f"\n{METRICS[metric].title} by layer" in text.replace("\n  ", "\n")


@pytest.mark.usefixtures("repo")
def test_a_peak_is_not_compared_layer_by_layer(run: Run):
    ran = run("compare", "a.yaml", "@width=5", "--metric", PEAK)
    assert ran.code == 2
    assert f"'{PEAK}' is not one of" in ran.err


def figure(metric: str) -> object:
    analysis = convcost.analyze(convcost.load("a.yaml"))
    return list(analysis.sizes) if metric == FIELD else analysis.totals[metric]


@pytest.mark.parametrize("metric", EXPECTABLE)
def test_every_figure_may_be_expected(run: Run, repo: Repository, metric: str):
    repo.write("a.yaml", f"{spec()}expect: {{{metric}: {figure(metric)}}}\n")
    assert run("analyze", "a.yaml").err == ""
    wrong = "[4, 4]" if metric == FIELD else "1"
    repo.write("a.yaml", f"{spec()}expect: {{{metric}: {wrong}}}\n")
    assert f"expect: {metric} is {wrong}, and" in run("analyze", "a.yaml").err


@pytest.mark.parametrize("metric", LIMITABLE)
def test_every_figure_may_be_limited(run: Run, repo: Repository, metric: str):
    assert set(LIMITABLE) == set(EXPECTABLE)
    most = 3 if metric == FIELD else figure(metric)
    repo.write("a.yaml", spec(budget=f"{{{metric}: {most}}}"))
    assert run("check").code == 0
    repo.write("a.yaml", spec(budget=f"{{{metric}: {{min: 9_999_999}}}}"))
    ran = run("check")
    assert ran.code == 1
    assert f"{metric} is " in ran.out


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_explained(run: Run, metric: str):
    found = json.loads(run("explain", metric, "--format", "json").out)
    assert (found["metric"], found["says"]) == (metric, METRICS[metric].says)


def older(repo: Repository, metric: str) -> None:
    """Take a metric from a baseline, as if it had been saved before that was counted."""
    path = repo.folder / "before.json"
    document = json.loads(path.read_text())
    for model in document["models"].values():
        for counts in (model["totals"], *model["layers"]):
            counts.pop(metric, None)
    path.write_text(json.dumps(document))


def test_growth_since_a_baseline_without_the_metric_is_refused(run: Run, repo: Repository):
    budget = "{macs: {max_increase: +5%}, params: {max_increase: +5%}}"
    repo.write("a.yaml", spec(budget=budget))
    assert run("baseline", "-o", "before.json").code == 0
    older(repo, "macs")
    assert run("check", "--baseline", "before.json") == (
        2,
        "",
        "before.json: it was saved before `macs` was counted, whose growth is limited\n"
        "  `convcost baseline -o before.json` writes it anew\n",
    )


def test_a_baseline_without_a_metric_has_nothing_before_for_it(run: Run, repo: Repository):
    budget = "{macs: 1, params: {max_increase: +5%}, layers: {stem: {macs: 5M}}}"
    repo.write("a.yaml", spec(budget=budget))
    assert run("baseline", "-o", "before.json").code == 0
    older(repo, "macs")
    repo.write("a.yaml", spec(width=5, budget=budget))
    found = json.loads(run("check", "--baseline", "before.json", "--format", "json").out)
    (model,) = found["models"]
    by_metric = {(limit["metric"], limit["part"]): limit for limit in model["limits"]}
    for part in ("network", "layers"):
        macs = by_metric["macs", part]
        assert (macs["before"], macs["change"], macs["over_before"]) == (None, None, None)
        assert macs["layers"] == []
    assert by_metric["params", "network"]["before"] == 29 * 4
    assert "macs" not in model["totals_before"]
