"""A first configuration, and budgets in a test suite."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec

import convcost
from convcost.testing import assert_budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

ONNX = Path(__file__).parent.parent / "data" / "onnx"


def test_a_new_user(run: Run, repo: Repository):
    """Two specs, a first budget, a change that breaks it, and the message that repairs it."""
    repo.write("a.yaml", spec(16))
    repo.write("models/b [1].yaml", spec(20))
    ran = run("init")
    assert ran == (0, "", "convcost.toml: budgets of 2 models; `convcost check` holds them\n")
    assert (
        (repo.folder / "convcost.toml").read_text()
        == """\
# What `convcost check` holds models to; `convcost check --tighten` lowers limits.
models = ["*.yaml", "models/*.yaml"]

[[budget]] # of every model, against where a branch began: convcost check --base main...
params = { max_increase = "+5%", level = "warn" }
macs = { max_increase = "+5%", level = "warn" }

[[budget]]
models = ["a.yaml"]
params = "488"
macs = "17.6k"
peak_activation_bytes = "4.84 kB"

[[budget]]
models = ["models/b [[]1].yaml"]
params = "609"
macs = "22k"
peak_activation_bytes = "6.05 kB"
"""
    )
    repo.commit()
    ran = run("check", "--base", "HEAD")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n2 models keep their budgets\n")
    repo.write("a.yaml", spec(18))
    ran = run("check", "--base", "HEAD")
    assert ran.code == 1
    (said,) = (line for line in ran.out.splitlines() if "keeps its limits with" in line)
    assert said == "a.yaml: it keeps its limits with `width: 16` in place of 18 (a.yaml:3)"
    repo.write("a.yaml", spec(16))
    assert run("check", "--base", "HEAD").code == 0


def test_there_is_one_already(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    repo.write("convcost.toml", "")
    ran = run("init")
    assert ran == (
        2,
        "",
        "convcost.toml: there is one already\n  `convcost check --tighten` lowers its limits\n",
    )
    assert (repo.folder / "convcost.toml").read_text() == ""


def test_a_configuration_in_pyproject_is_one(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    repo.write("pyproject.toml", "[tool.convcost.budget]\nparams = '1k'\n")
    ran = run("init")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "pyproject.toml: there is one already")
    assert not (repo.folder / "convcost.toml").exists()


def test_a_configuration_that_would_not_hold_is_not_written(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch
):
    repo.write("models/a.yaml", spec())
    assert run("init").code == 0
    below = repo.folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert run("init") == (
        2,
        "",
        "../models/a.yaml: is not in this folder, whose convcost.toml would not hold for it\n"
        "  run it in a folder above all models\n",
    )
    assert not (below / "convcost.toml").exists()


def test_a_check_of_nothing_says_how_to_begin(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    ran = run("check")
    assert ran.code == 0
    assert "warning: a.yaml: has no limit: `convcost init` writes a first one\n" in ran.out
    repo.write("a.yaml", f"{spec()}expect: {{params: 1}}\n")
    assert "has no limit" not in run("check").out


@pytest.mark.parametrize("name", ['"quoted"', "tab\there", "\x7f", "ü🦔", "a*?[b]", "back\\slash"])
def test_any_name_of_a_model(run: Run, repo: Repository, name: str):
    repo.write(f"{name}.yaml", spec(64))
    shutil.copy(ONNX / "espcn__ts13.onnx", repo.folder / f"{name}.onnx")
    assert run("init", "--headroom", "0%").code == 0
    ran = run("check")
    assert ran.code == 0
    assert ran.out.count(" left") == 6  # each has limits of its own


def test_nothing_to_write(run: Run, repo: Repository):
    assert run("init").code == 3
    repo.write("a.yaml", "layers: [conv]\ninput: [3]\n")
    assert run("init").code == 2
    assert not (repo.folder / "convcost.toml").exists()


def test_in_a_test_suite(repo: Repository):
    repo.commit(a_yaml=spec(4, "{params: 116, macs: {max_increase: +5%}}"))
    assert_budget("a.yaml")
    assert_budget("a.yaml", base="HEAD")
    repo.write("a.yaml", spec(5, "{params: 145, macs: {max_increase: +5%}}"))
    assert_budget("a.yaml")
    with pytest.raises(AssertionError, match=r"macs is 5,220, 836 over the 4,384 that `\+5%`"):
        assert_budget("a.yaml", base="HEAD")
    with pytest.raises(convcost.ConvcostError, match=r"b\.yaml: there is no such file"):
        assert_budget("b.yaml")
