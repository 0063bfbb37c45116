"""Configurations of a monorepo: those above a model hold for it, and the nearest wins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from repository import Repository, spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from running import Ran

    Run = Callable[..., Ran]


def held(run: Run, *arguments: str) -> dict[str, set[str]]:
    """The limits that hold for each model, each with the file that has it."""
    ran = run("check", "--format", "json", *arguments)
    assert ran.code in (0, 1), ran.err
    return {
        model["path"]: {
            f"{limit['metric']} {limit['bound']} {limit['written']} {limit['source']['path']}"
            for limit in model["limits"]
        }
        for model in json.loads(ran.out)["models"]
    }


ROOT = """\
[budget]
params = "3k"
macs = {max = "4M", max_increase = "+5%"}
"""


def test_the_nearest_wins_limit_by_limit(run: Run, repo: Repository):
    for folder in ("", "a/", "a/b/"):
        repo.write(f"{folder}m.yaml", spec())
    repo.write("convcost.toml", ROOT)
    repo.write("a/convcost.toml", '[budget]\nmacs = "5M"\n')
    repo.write("a/b/pyproject.toml", '[tool.convcost.budget]\nparams = "4k"\nflops = "9M"\n')
    growth = "macs max_increase +5% convcost.toml"
    assert held(run) == {
        "m.yaml": {"params max 3k convcost.toml", "macs max 4M convcost.toml", growth},
        "a/m.yaml": {"params max 3k convcost.toml", "macs max 5M a/convcost.toml", growth},
        "a/b/m.yaml": {
            "params max 4k a/b/pyproject.toml",
            "macs max 5M a/convcost.toml",
            "flops max 9M a/b/pyproject.toml",
            growth,
        },
    }


def test_a_limit_is_switched_off_below(run: Run, repo: Repository):
    repo.write("a/m.yaml", spec())
    repo.write("a/n.yaml", spec())
    repo.write("convcost.toml", ROOT)
    off = '[[budget]]\nmodels = ["m.yaml"]\nmacs = {max_increase = "+0", level = "off"}\n'
    repo.write("a/convcost.toml", off)
    whole = {
        "params max 3k convcost.toml",
        "macs max 4M convcost.toml",
        "macs max_increase +5% convcost.toml",
    }
    found = held(run)
    assert found["a/n.yaml"] == whole
    assert found["a/m.yaml"] == whole - {"macs max_increase +5% convcost.toml"}


def test_what_is_written_twice_in_one_file_holds_twice(run: Run, repo: Repository):
    repo.write("a/m.yaml", spec())
    repo.write("convcost.toml", ROOT)
    repo.write(
        "a/convcost.toml", '[[budget]]\nparams = "5k"\n[[budget]]\nmodels = "*"\nparams = "6k"\n'
    )
    assert {"params max 5k a/convcost.toml", "params max 6k a/convcost.toml"} < held(run)[
        "a/m.yaml"
    ]


def test_a_root_ends_the_search(run: Run, repo: Repository):
    repo.write("a/b/m.yaml", spec())
    repo.write("convcost.toml", ROOT)
    repo.write("a/convcost.toml", 'root = true\n[budget]\nflops = "9M"\n')
    repo.write("a/b/convcost.toml", '[budget]\nparams = "4k"\n')
    assert held(run) == {
        "a/b/m.yaml": {"flops max 9M a/convcost.toml", "params max 4k a/b/convcost.toml"}
    }
    repo.write("a/convcost.toml", "root = 3\n")
    ran = run("check")
    assert "a/convcost.toml:1:8: root is true or false, and here is `3`\n" in ran.err


def test_outside_of_a_repository_nothing_is_merged(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "convcost.toml").write_text(ROOT)
    (tmp_path / "a" / "convcost.toml").write_text('[budget]\nparams = "4k"\n')
    (tmp_path / "a" / "m.yaml").write_text(spec())
    assert held(run) == {"a/m.yaml": {"params max 4k a/convcost.toml"}}


def test_models_are_left_out_below(run: Run, repo: Repository):
    for name in ("a/m.yaml", "a/old/m.yaml", "b/old/m.yaml"):
        repo.write(name, spec())
    repo.write("convcost.toml", 'models = ["**/*.yaml"]\n')
    repo.write("a/convcost.toml", 'exclude = ["old"]\n')
    assert set(held(run)) == {"a/m.yaml", "b/old/m.yaml"}


def test_a_folder_below_checks_its_own_models(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch
):
    for name in ("a/models/m.yaml", "a/other.yaml", "b/models/m.yaml"):
        repo.write(name, spec())
    repo.write("convcost.toml", 'models = ["*/models/*.yaml"]\n' + ROOT)
    repo.write("a/convcost.toml", '[budget]\nflops = "9M"\n')
    monkeypatch.chdir(repo.folder / "a")
    assert set(held(run)) == {"models/m.yaml"}
    monkeypatch.chdir(repo.folder / "b")  # which has no configuration of its own
    assert set(held(run)) == {"../a/models/m.yaml", "models/m.yaml"}


def test_sizes_are_given_key_by_key(run: Run, repo: Repository):
    """Of the shape of an input the nearer file decides."""
    repo.write("a/m.yaml", spec(1, "{macs: 1G}"))
    repo.write("b/m.yaml", spec(1, "{macs: 1G}"))
    repo.write("convcost.toml", '[[model]]\ninputs = {input = "3x10x10"}\n')
    repo.write("a/convcost.toml", '[[model]]\ninputs = {input = "3x12x12"}\n')
    ran = run("check", "--format", "json")
    macs = {model["path"]: model["limits"][0]["value"] for model in json.loads(ran.out)["models"]}
    assert macs == {"a/m.yaml": 29 * 10 * 10, "b/m.yaml": 29 * 8 * 8}


def test_a_budget_below_of_no_model_is_a_mistake(run: Run, repo: Repository):
    repo.write("a/m.yaml", spec())
    repo.write("convcost.toml", ROOT)
    repo.write("a/convcost.toml", '[[budget]]\nmodels = ["n.yaml"]\nparams = 3\n')
    ran = run("check")
    assert ran.code == 2
    assert ran.err.endswith("a/convcost.toml:2:10: budget: no model matches `n.yaml`\n")


def test_a_mistake_in_one_folder_hides_no_other(run: Run, repo: Repository):
    repo.write("a/m.yaml", spec())
    repo.write("b/m.yaml", spec(4, "{params: 1}"))
    repo.write("a/convcost.toml", "budgit = {}\n")
    ran = run("check")
    assert ran.code == 2
    assert "params is 116, 115 over the limit of 1" in ran.out
    assert ran.err.startswith("a/convcost.toml:1:1: a configuration has no key `budgit`\n")


def test_a_model_that_a_folder_below_leaves_out_is_told(run: Run, repo: Repository):
    for name in ("a/m.yaml", "a/n.yaml"):
        repo.write(name, spec())
    repo.commit(convcost_toml='models = ["**/*.yaml"]\n' + ROOT)
    assert "weakens" not in run("check", "--base", "HEAD").out
    repo.write("a/convcost.toml", 'exclude = ["n.yaml"]\n')
    out = run("check", "--base", "HEAD").out
    assert "a/n.yaml: left out of what is checked" in out


def test_a_limit_that_a_folder_below_loosens_is_told(run: Run, repo: Repository):
    repo.write("a/m.yaml", spec())
    repo.commit(convcost_toml=ROOT)
    repo.write("a/convcost.toml", '[budget]\nparams = "4k"\n')
    out = run("check", "--base", "HEAD").out
    assert "a/m.yaml: params limit 3k -> 4k (a/convcost.toml:2)" in out
