"""The policy of a gate: levels of what is about the gate itself, in every format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from repository import Repository, spec
from test_check_mistakes import reports

from convcost.gate.policy import RULES
from convcost.render.reports.check.findings import TITLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

GROWTH = "{params: {max_increase: +5%}}"
LEVELS = {"off": None, "warn": "warning", "error": "error"}


LIMIT = "{params: 700}"
EXEMPTION = """
[[exemption]]
models = ["a.yaml"]
limits = ["params"]
reason = "new chip"
owner = "vision"
expires = DAY
"""


def weakened(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, a_yaml=spec(4, LIMIT))
    repo.write("a.yaml", spec(4, "{params: 70k}"))


def removed(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, a_yaml=spec(4, "{params: 700, macs: 1M}"))
    repo.write("a.yaml", spec(4, "{macs: 1M}"))


def left_out(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, a_yaml=spec(4, LIMIT), b_yaml=spec(4, LIMIT))
    repo.write("convcost.toml", f"exclude = ['b.yaml']\n{config}")


def exempted(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, a_yaml=spec(4, LIMIT))
    repo.write("convcost.toml", config + EXEMPTION.replace("DAY", "2999-01-31"))


def prolonged(repo: Repository, config: str) -> None:
    before = config + EXEMPTION.replace("DAY", "2998-01-31")
    repo.commit(convcost_toml=before, a_yaml=spec(4, LIMIT))
    repo.write("convcost.toml", config + EXEMPTION.replace("DAY", "2999-01-31"))


def unlimited(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, a_yaml=spec())


def new(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, b_yaml=spec(4, LIMIT))
    repo.write("a.yaml", spec(4, GROWTH))


def elsewhere(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=f"models = ['m/*.yaml']\n{config}", m__b_yaml=spec(4, LIMIT))
    repo.write("edge/c.yaml", spec())
    repo.git("add", "--all")


def unchecked(repo: Repository, config: str) -> None:
    repo.write("convcost.toml", config)
    repo.write("a.yaml", spec(4, GROWTH))


def existing(repo: Repository, config: str) -> None:
    over = "{params: 116}"
    repo.commit(convcost_toml=config, a_yaml=spec(5, over), b_yaml=spec(4, over))
    repo.write("b.yaml", spec(3, over))


def expected(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, a_yaml=spec(5, LIMIT) + "expect: {params: 7}\n")


def unreadable(repo: Repository, config: str) -> None:
    repo.commit(convcost_toml=config, a_yaml=spec(4, LIMIT).replace("layers", "layrs"))
    repo.write("a.yaml", spec(4, LIMIT))


def over(repo: Repository, config: str) -> None:
    config += EXEMPTION.replace("DAY", "2020-02-29")
    repo.commit(convcost_toml=config, a_yaml=spec(4, LIMIT))


CASES = {
    "weakened_limits": [weakened, removed, left_out, exempted, prolonged],
    "missing_limits": [unlimited, new, elsewhere],
    "unchecked_growth": [unchecked],
    "already_broken": [existing, expected],
    "unreadable_base": [unreadable],
    "expired_exemptions": [over],
}
EVERY = [(rule, case) for rule, cases in CASES.items() for case in cases]


def test_every_rule_has_a_case_and_a_code():
    assert [rule.key for rule in RULES] == list(CASES)
    assert {rule.code for rule in RULES} < set(TITLES)


@pytest.mark.parametrize("word", ["", *LEVELS])
@pytest.mark.parametrize(("rule", "case"), EVERY)
def test_a_rule_has_its_level_in_every_format(
    run: Run, repo: Repository, rule: str, case: Callable[[Repository, str], None], word: str
):
    lines = [f'{key} = "off"' for key in CASES if key != rule]
    lines += [f'{rule} = "{word}"'] if word else []
    case(repo, "\n".join(("[policy]", *lines, "")))
    ran, found = reports(run, repo, *(() if case is unchecked else ("--base", "HEAD")))
    usual = next(one.level.value for one in RULES if one.key == rule)
    level = LEVELS[word] if word else usual
    assert ran.code == (1 if level == "error" else 0), ran.err
    assert json.loads(found["json"])["failed"] == (level == "error")
    results: list[dict[str, Any]] = json.loads(found["sarif"])["runs"][0]["results"]
    assert [one["level"] for one in results] == ([level] if level else [])
    (result,) = results or [None]
    annotations = [line for line in found["github"].splitlines() if line.startswith("::")]
    assert [line.split()[0] for line in annotations] == ([f"::{level}"] if level else [])
    suites = ElementTree.fromstring(found["junit"].encode())
    assert len([*suites.iter("failure")]) == (1 if level == "error" else 0)
    assert len([*suites.iter("system-out")]) == (1 if level == "warning" else 0)
    assert len(json.loads(found["gitlab"])) == len(results)
    if result:
        said = result["message"]["text"].partition("\n")[0]
        if rule == "already_broken":  # of which pages name the model once
            said = said.removeprefix("a.yaml: ")
        for name in ("text", "markdown", "junit", "github", "gitlab"):
            assert bare(said) in bare(found[name]), name
    for name in ("text", "markdown"):
        assert ("warning: " in found[name]) == (level == "warning"), found[name]


def bare(text: str) -> str:
    """A text without the escapes of formats."""
    for mark in ("\\", "&gt;", ">", "`", '"', "&quot;"):
        text = text.replace(mark, "")
    return text


def test_growth_that_nothing_is_compared_with_is_an_error_in_ci(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch
):
    repo.write("a.yaml", spec(4, GROWTH))
    assert run("check").code == 0
    assert run("check", "--strict").code == 1
    monkeypatch.setenv("CI", "true")
    ran = run("check")
    assert ran.code == 1
    assert ran.out.startswith("a.yaml: 1 limit of growth not checked: there is no baseline")
    assert ran.out.endswith("1 model keeps its budget; its policy is broken in 1 place\n")
    assert run("check", "--base", "none").code == 0
    assert run("check", "--base", "none", "--strict").code == 1
    monkeypatch.setenv("CI", "false")
    assert run("check").code == 0


@pytest.mark.parametrize("mark", ["TF_BUILD", "JENKINS_URL"])
def test_hosts_that_do_not_set_ci_are_known_by_their_marks(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch, mark: str
):
    repo.write("a.yaml", spec(4, GROWTH))
    monkeypatch.setenv(mark, "x")
    assert run("check").code == 1


def test_a_change_does_not_switch_its_own_rule_off(run: Run, repo: Repository):
    weakened(repo, '[policy]\nweakened_limits = "error"\n')
    repo.write("convcost.toml", '[policy]\nweakened_limits = "off"\n')
    ran = run("check", "--base", "HEAD")
    assert ran.code == 1
    assert "a.yaml: params limit 700 -> 70k (a.yaml:8): this change weakens its own gate" in ran.out
    said = "`weakened_limits` of the policy error -> off: this change weakens its own gate"
    assert f"{said} (convcost.toml:2)" in ran.out
    assert (
        "::error file=convcost.toml,line=2,"
        in run("check", "--base", "HEAD", "--format", "github").out
    )
    (repo.folder / "convcost.toml").unlink()
    ran = run("check", "--base", "HEAD")
    assert ran.code == 1
    assert "`weakened_limits` of the policy error -> warn" in ran.out


def test_what_the_base_breaks_blocks_nobody_else(run: Run, repo: Repository):
    """A model that cannot be read, and was not; the change is elsewhere."""
    broken = spec().replace("kernel_size: 3", "kernal_size: 3")
    repo.commit(a_yaml=broken, b_yaml=spec(4, LIMIT))
    repo.write("b.yaml", spec(5, LIMIT))
    ran, found = reports(run, repo, "--base", "HEAD")
    assert (ran.code, ran.err) == (0, "")
    said = "could not be checked, nor can it at the base: op `conv` has no field `kernal_size`"
    assert f"warning: a.yaml: {said} (a.yaml:5)" in found["text"]
    assert "::warning file=a.yaml,line=5,col=49,title=CB404::" in found["github"]
    repo.write("a.yaml", broken.replace("kernal", "kernul"))
    ran = run("check", "--base", "HEAD")
    assert ran.code == 2
    assert "op `conv` has no field `kernul_size`" in ran.err
    repo.write("a.yaml", broken)
    repo.write("convcost.toml", '[policy]\nalready_broken = "error"\n')
    assert run("check", "--base", "HEAD").code == 2


def test_a_model_does_not_slip_away_by_a_typo(run: Run, repo: Repository):
    """Without `layers:` a file in a folder is not a spec, but it was one."""
    repo.commit(a_yaml=spec(4, LIMIT), b_yaml=spec(4, LIMIT), compose_yaml="services: {}\n")
    repo.write("a.yaml", spec(400, LIMIT).replace("layers", "layrs"))
    repo.write("compose.yaml", "services: {a: 1}\n")
    ran = run("check", "--base", "HEAD")
    assert ran.code == 2
    assert ran.err.startswith("a.yaml:4:1: a spec has no key `layrs`\n")
    assert "compose" not in ran.err


def test_a_limit_that_is_new_and_broken_is_no_debt(run: Run, repo: Repository):
    repo.commit(a_yaml=spec(5, LIMIT))
    repo.write("a.yaml", spec(5, "{params: 116}"))
    assert run("check", "--base", "HEAD").code == 1


def test_who_makes_it_worse_fails(run: Run, repo: Repository):
    repo.commit(a_yaml=spec(5, "{params: 116}"))
    repo.write("a.yaml", spec(6, "{params: 116}"))
    assert run("check", "--base", "HEAD").code == 1
    repo.write("a.yaml", spec(5, "{params: 116}") + "# nothing\n")
    assert run("check", "--base", "HEAD").code == 0


def test_a_budget_of_a_model_that_moved_says_where_to(run: Run, repo: Repository):
    config = "[[budget]]\nmodels = ['m/a.yaml']\nparams = '1k'\n"
    repo.commit(convcost_toml=f"models = ['m/*.yaml']\n{config}", m__a_yaml=spec())
    repo.git("mv", "m/a.yaml", "m/b.yaml")
    ran = run("check", "--base", "HEAD")
    assert ran.code == 2
    assert "  `m/a.yaml` was renamed to `m/b.yaml` since " in ran.err
    repo.git("rm", "-f", "m/b.yaml")
    repo.write("m/c.yaml", spec().replace("relu", "silu").replace("stem", "first"))
    ran = run("check", "--base", "HEAD")
    assert "  `m/a.yaml` was deleted since " in ran.err


def test_a_rename_is_told_in_every_format(run: Run, repo: Repository):
    repo.commit(old_yaml=spec(4, LIMIT))
    repo.git("mv", "old.yaml", "new.yaml")
    _, found = reports(run, repo, "--base", "HEAD")
    for name, text in found.items():
        assert "old.yaml" in text, name
    assert "::notice file=new.yaml,title=CB407::" in found["github"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[policy]\nx = 'off'", "1: a policy has no key `x`\n"),
        (
            "[policy]\nmissing_limits = 'warning'",
            "18: missing_limits is `error`, `warn` or `off`, and here is `warning`\n",
        ),
        ("policy = 3", "10: policy is a mapping, and here is `3`\n"),
        ("exemption = 3", "13: exemption is a list of tables, which [[exemption]] begins\n"),
        (
            "[[exemption]]\nmodels = 'a.yaml'",
            "an exemption lacks `reason`, `owner` and `expires`\n",
        ),
        (EXEMPTION.replace("DAY", "'soon'"), "11: expires is a day, as in 2027-03-31, and here is"),
        (EXEMPTION.replace("DAY", "2027-02-30"), "this is not TOML"),
        (
            EXEMPTION.replace("DAY", "2027-02-03").replace("params", "parms"),
            "11: limits are figures, and here is `parms`\n",
        ),
        (
            EXEMPTION.replace("DAY", "2027-02-03").replace('"vision"', "3"),
            "9: owner is a text, and here is `3`\n",
        ),
    ],
)
def test_mistakes_of_a_policy_say_where(run: Run, repo: Repository, text: str, says: str):
    repo.write("a.yaml", spec())
    repo.write("convcost.toml", text)
    ran = run("check")
    assert ran.code == 2
    assert says in ran.err
    assert ran.err.startswith("convcost.toml:")
