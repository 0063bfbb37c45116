"""Exemptions: for whom, from what, until when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

LAST = date(2027, 3, 31)
CONFIG = """
[[exemption]]
models = ["a.yaml"]
limits = ["macs"]
reason = "the chip is replaced"
owner = "vision"
expires = 2027-03-31
"""
BUDGET = "{macs: 1, params: 1k}"


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 400])
@pytest.mark.usefixtures("repo")
def test_an_exemption_holds_through_its_last_day(repo: Repository, days: int):
    repo.write("a.yaml", spec(4, BUDGET))
    repo.write("convcost.toml", CONFIG)
    checks = convcost.check(today=LAST + timedelta(days=days))
    assert checks.is_failed == (days > 0)
    (model,) = checks.models
    assert checks.failed(model) == (days > 0)
    expired = [one.message for one in checks.concerns if one.rule.code == "CB406"]
    said = "exemption expired on 2027-03-31 and holds no more: the chip is replaced (vision)"
    assert expired == ([said] if days > 0 else [])


def test_only_what_is_named_is_exempt(repo: Repository):
    repo.write("a.yaml", spec(4, "{macs: 1, params: 1}"))
    repo.write("b.yaml", spec(4, BUDGET))
    repo.write("convcost.toml", CONFIG)
    checks = convcost.check(today=LAST)
    assert [model.path for model in checks.failures] == ["a.yaml", "b.yaml"]
    held = {h.verdict.limit.metric: h for h in checks.models[0].held}
    assert held["params"].excused is None
    assert held["macs"].excused is not None
    repo.write("convcost.toml", CONFIG.replace('limits = ["macs"]\n', ""))
    assert [m.path for m in convcost.check(today=LAST).failures] == ["b.yaml"]


def test_an_exemption_says_why_and_until_when(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4, BUDGET))
    repo.write("convcost.toml", CONFIG.replace("2027", "2999"))
    ran = run("check")
    assert ran.code == 0
    assert ran.out.startswith("a.yaml: note: macs is 4,176, 4,175 over the limit of 1 ")
    assert "\nexempt    a.yaml  small\n" in ran.out
    assert "a.yaml: note: macs is 4,176, 4,175 over the limit of 1 (a.yaml:8)\n" in ran.out
    assert "  exempt until 2999-03-31: the chip is replaced (vision)\n" in ran.out
    annotation = run("check", "--format", "github").out
    assert annotation.startswith("::notice file=a.yaml,line=8,")
    assert "exempt until 2999-03-31" in annotation
    assert "exempt until 2999-03-31" in run("check", "--format", "json").out
    repo.write("convcost.toml", CONFIG.replace("2027", "2020"))
    ran = run("check")
    assert ran.code == 1
    assert "exemption expired on 2020-03-31 and holds no more" in ran.out
    assert "(convcost.toml:7)" in ran.out


def test_an_exemption_of_no_model_is_a_mistake(run: Run, repo: Repository):
    repo.write("b.yaml", spec())
    repo.write("convcost.toml", CONFIG)
    ran = run("check")
    assert ran.code == 2
    assert ran.err.startswith("convcost.toml:7:11: exemption: no model matches `a.yaml`\n")


def test_exemptions_of_folders_above_hold_as_well(repo: Repository):
    repo.write("x/a.yaml", spec(4, BUDGET))
    repo.write("convcost.toml", CONFIG.replace('"a.yaml"', '"x/*"'))
    repo.write("x/convcost.toml", '[budget]\nflops = "1"\n')
    checks = convcost.check(today=LAST)
    excused = {h.verdict.limit.metric: bool(h.excused) for h in checks.models[0].held}
    assert excused == {"macs": True, "params": False, "flops": False}
