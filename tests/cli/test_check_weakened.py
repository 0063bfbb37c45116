"""A change that weakens its own gate is told of it in every format."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from repository import Repository, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

FORMATS = ("text", "json", "markdown", "csv", "github", "gitlab", "junit", "sarif")
BUDGET = "{params: 700, macs: 50k}"
LIMITS = "[[budget]]\nparams = 700\n\n[[budget]]\nmodels = ['b.yaml']\nmacs = '50k'\n"
FIRST = LIMITS.partition("\n\n")[0]


def weakened(run: Run) -> list[dict[str, Any]]:
    ran = run("check", "--base", "HEAD", "--format", "json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["weakened"]


def said(run: Run, format_: str) -> str:
    ran = run("check", "--base", "HEAD", "--format", format_)
    assert ran.code == 0, ran.err
    return ran.out.replace("\\", "").replace("&gt;", ">")


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("{params: 70k, macs: 50k}", "params limit 700 -> 70k"),
        ("{params: {max: 700, level: off}, macs: 50k}", "params limit 700 switched off"),
        ("{params: {max: 700, level: warn}, macs: 50k}", "params limit 700 only warns"),
        ("{macs: 50k}", "params limit 700 deleted"),
        ("~", "budget deleted: params limit 700 and macs limit 50k"),
    ],
)
def test_a_limit_of_a_spec(run: Run, repo: Repository, format_: str, after: str, words: str):
    repo.commit(a_yaml=spec(4, BUDGET))
    text = spec(5, after)
    repo.write("a.yaml", text.partition("budget: ~")[0])
    shown = said(run, format_)
    if format_ != "csv" and format_ != "json":
        assert words in shown
    elif format_ == "csv":
        found = re.search("budget deleted|deleted|off|only warns", words)
        assert (f"error,{found[0]}," if found else "70k,error,") in shown
        rows = csv.DictReader(shown.splitlines())
        assert ("700" in [row["loosened_from"] for row in rows]) == (found is None)
    else:
        (one,) = json.loads(shown)["weakened"]
        assert one["before"][0]["written"] == "700"


@pytest.mark.parametrize("format_", FORMATS)
def test_a_limit_of_the_configuration_once_with_its_models(
    run: Run, repo: Repository, format_: str
):
    repo.write("convcost.toml", LIMITS)
    repo.commit(a_yaml=spec(), b_yaml=spec(), c_yaml=spec(), d_yaml=spec())
    repo.write("convcost.toml", LIMITS.replace("700", "9_000"))
    shown = said(run, format_)
    if format_ in ("csv", "json"):
        assert shown.count("9_000") >= 4
    else:
        assert "4 models (a.yaml, b.yaml, c.yaml and 1 more): params limit 700 -> 9_000" in shown
        assert shown.count("convcost.toml:2") in (1, 2)


@pytest.mark.parametrize(
    ("after", "how", "models", "line"),
    [
        (LIMITS.replace("700", "700  # kept"), None, [], 0),
        (LIMITS.replace("700", "{max = 700, level = 'off'}"), "off", ["a.yaml", "b.yaml"], 2),
        (LIMITS.replace("'50k'", "'60k'"), "loosened", ["b.yaml"], 6),
        (LIMITS.replace("'50k'", "'40k'"), None, [], 0),
        (LIMITS.replace("['b.yaml']", "['a.yaml']"), "deleted", ["b.yaml"], 6),
        ("# nothing\n", "budget deleted", ["a.yaml", "b.yaml"], 1),
        (None, "deleted", ["a.yaml", "b.yaml"], None),
        ("exclude = ['b.yaml']\n" + FIRST, "unchecked", ["b.yaml"], 1),
        ("models = ['a.yaml']\n" + FIRST, "unchecked", ["b.yaml"], 1),
    ],
)
def test_how_a_configuration_is_weakened(
    run: Run,
    repo: Repository,
    after: str | None,
    how: str | None,
    models: list[str],
    line: int | None,
):
    repo.write("convcost.toml", LIMITS)
    repo.commit(a_yaml=spec(), b_yaml=spec())
    if after is None:
        (repo.folder / "convcost.toml").unlink()
    else:
        repo.write("convcost.toml", after)
    found = weakened(run)
    if how is None:
        assert found == []
        return
    assert {one["how"] for one in found} <= {how, "budget deleted"}
    assert sorted({name for one in found for name in one["models"]}) == models
    places = {one["source"] and (one["source"]["path"], one["source"]["line"]) for one in found}
    assert places == {line and ("convcost.toml", line)}


def test_where_a_pyproject_leaves_models_out(run: Run, repo: Repository):
    table = "[project]\nname = 'a'\n\n[tool.convcost]\n"
    repo.write("pyproject.toml", table + "[[tool.convcost.budget]]\nparams = 700\n")
    repo.commit(a_yaml=spec(), b_yaml=spec())
    left_out = "# comment\nexclude = ['b.yaml']\n"
    repo.write("pyproject.toml", f"{table}{left_out}[[tool.convcost.budget]]\nparams = 700\n")
    (one,) = weakened(run)
    assert (one["how"], one["models"]) == ("unchecked", ["b.yaml"])
    assert one["source"] == {"path": "pyproject.toml", "line": 6, "column": 1}


def test_another_limit_that_is_as_tight_takes_its_place(run: Run, repo: Repository):
    """Every limit holds, so the tightest does: moved, doubled or written otherwise."""
    repo.commit(a_yaml=spec(4, BUDGET), b_yaml=spec(4, "{params: 700}"))
    repo.write("convcost.toml", "[budget]\nparams = 700\nmacs = '50_000'\n")
    repo.write("a.yaml", spec(4, "{}"))
    repo.write("b.yaml", spec(4, "{params: 0.7k}"))
    assert weakened(run) == []


def test_where_a_deleted_limit_would_stand(run: Run, repo: Repository):
    """Beside another change of the file, and with lines above it."""
    repo.commit(a_yaml=spec(4, BUDGET))
    text = spec(5).partition("budget")[0]
    repo.write("a.yaml", "# a comment\n" + text + "expect: {params: 145}\n")
    (one,) = weakened(run)
    assert one["source"] == {"path": "a.yaml", "line": 9, "column": 1}  # that of `expect:`


def test_a_base_of_saved_figures_has_no_limits_to_compare(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4, BUDGET))
    assert run("baseline", "-o", "before.json").code == 0
    repo.write("a.yaml", spec(4, "{params: 1k}"))
    ran = run("check", "--baseline", "before.json", "--format", "json")
    assert json.loads(ran.out)["weakened"] == []


def test_a_configuration_that_was_wrong_is_noted(run: Run, repo: Repository):
    repo.write("convcost.toml", "[budget]\nparms = 700\n")
    repo.commit(a_yaml=spec())
    repo.write("convcost.toml", "[budget]\nparams = 700\n")
    ran = run("check", "--base", "HEAD")
    assert ran.code == 0
    assert "limits are not compared with those of the base: convcost.toml:2:1: budget" in ran.err


def test_the_file_of_another_option_is_compared_too(run: Run, repo: Repository):
    repo.write("ci/gate.toml", LIMITS)
    repo.commit(a_yaml=spec())
    repo.write("ci/gate.toml", LIMITS.replace("700", "800"))
    ran = run("check", "--base", "HEAD", "--config", "ci/gate.toml", "--format", "json")
    (one,) = json.loads(ran.out)["weakened"]
    assert (one["how"], one["source"]["path"]) == ("loosened", "ci/gate.toml")
