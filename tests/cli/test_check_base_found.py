"""The base of a pull request on every host, and what of it is deleted, loosened or renamed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec
from test_check_base import GROWTH, ONNX, document, refused, states
from test_check_lfs import pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]


# As the hosts' documentation names them and fills them in.
VARIABLES = {
    "GITHUB_BASE_REF": "main",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
    "BITBUCKET_PR_DESTINATION_BRANCH": "main",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
    "CHANGE_TARGET": "main",
}


@pytest.fixture
def forked(repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A clone in which the command runs, on a branch of two commits; the commit at which it left
    main, and the one where main is now."""
    monkeypatch.delenv("CHANGE_TARGET", raising=False)
    start = repo.commit(a_yaml=spec(4, GROWTH))
    repo.git("checkout", "-b", "work")
    repo.commit(a_yaml=spec(5, GROWTH))
    repo.commit(other_txt="no model")
    repo.git("checkout", "main")
    tip = repo.commit(a_yaml=spec(8, GROWTH))
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(repo.folder))
    clone.git("fetch", "origin")
    clone.git("checkout", "-b", "work", "origin/work")
    monkeypatch.chdir(clone.folder)
    return start, tip


@pytest.mark.parametrize(("variable", "value"), VARIABLES.items())
def test_every_host_names_the_branch_that_is_asked_to_merge(
    run: Run,
    forked: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
):
    """Growth counts from where the work began: main has grown more since."""
    alone = run("check")
    assert (alone.code, "there is no baseline" in alone.out) == (0, True)
    monkeypatch.setenv(variable, value)
    ran = run("check")
    assert ran.err == f"compared with {forked[0][:9]} (origin/main..., from {variable})\n"
    assert ran.code == 1


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("value", ["", "false"])
def test_a_build_of_no_pull_request_has_no_base(
    run: Run, monkeypatch: pytest.MonkeyPatch, value: str
):
    for variable in VARIABLES:
        if variable != "GITHUB_BASE_REF" or not value:
            monkeypatch.setenv(variable, value)
    ran = run("check")
    assert (ran.code, "there is no baseline" in ran.out) == (0, True)


def test_a_checkout_that_is_no_merge_is_compared_with_where_it_began(
    run: Run, forked: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    """The commit before is the branch's own, and has the growth."""
    head = Repository(Path.cwd()).git("rev-parse", "HEAD")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    monkeypatch.setenv("GITHUB_SHA", head)
    ran = run("check")
    assert ran.err.startswith(f"compared with {forked[0][:9]} (")
    assert ran.code == 1


def test_git_is_asked_in_english(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A git that speaks German refuses a folder of another user."""
    repo.commit(a_yaml=spec())
    folder = tmp_path / "bin"
    folder.mkdir()
    fake = folder / "git"
    fake.write_text(
        '#!/bin/sh\nif [ "$LC_ALL" = C ]; then said="detected dubious ownership in repository"\n'
        'else said="zweifelhafter Besitz im Repository erkannt"; fi\n'
        'echo "fatal: $said" >&2\nexit 128\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    said = refused(run("check", "--base", "main"))
    assert said.startswith(f"base: git does not trust the folder {repo.folder}, ")


@pytest.mark.parametrize("quoted", ["true", "false"])
def test_names_beyond_ascii_are_followed(run: Run, repo: Repository, quoted: str):
    """However git would quote them for a terminal."""
    repo.git("config", "core.quotePath", quoted)
    repo.write("größe.yaml", spec(4, GROWTH))
    repo.write("weg.yaml", "name: weg\ninput: [7]\nlayers: [relu]\n")
    repo.commit()
    repo.git("mv", "größe.yaml", "länge.yaml")
    repo.git("mv", "weg.yaml", "wég.yaml")
    repo.commit()
    (repo.folder / "wég.yaml").unlink()
    found = document(run, "--base", "HEAD~1")
    assert states(found) == {"länge.yaml": "renamed", "weg.yaml": "deleted"}
    assert found["models"][0]["path_before"] == "größe.yaml"
    assert states(document(run, "--base", "HEAD")) == {"länge.yaml": "same", "wég.yaml": "deleted"}


def test_a_deleted_onnx_model_is_a_row_and_a_pointer_to_one_is_none(run: Run, repo: Repository):
    """The file that a pointer stands for is not in git, so nothing is known of it."""
    small = (ONNX / "espcn__ts13.onnx").read_bytes()
    repo.commit(a_yaml=spec(), m_onnx=small, p_onnx=pointer(small))
    (repo.folder / "m.onnx").unlink()
    (repo.folder / "p.onnx").unlink()
    assert states(document(run, "--base", "HEAD")) == {"a.yaml": "same", "m.onnx": "deleted"}


@pytest.mark.parametrize("how", ["--base", "--baseline"])
def test_what_is_left_out_is_not_missed(run: Run, repo: Repository, how: str):
    repo.commit(a_yaml=spec(), old__b_yaml=spec(), new__c_yaml=spec())
    assert run("baseline", "-o", "before.json").code == 0
    repo.write("convcost.toml", 'exclude = ["old/*"]\n')
    (repo.folder / "old/b.yaml").unlink()
    (repo.folder / "new/c.yaml").unlink()
    found = document(run, how, "HEAD" if how == "--base" else "before.json")
    assert {name for name, state in states(found).items() if state == "deleted"} == {"new/c.yaml"}


def test_what_is_no_model_any_more_is_not_deleted(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    repo.write("b.yaml", spec())
    repo.write("c.yaml", spec())
    assert run("baseline", "-o", "before.json").code == 0
    repo.write("b.yaml", "notes: of what was here\n")
    (repo.folder / "c.yaml").unlink()
    found = document(run, "--baseline", "before.json")
    assert states(found) == {"a.yaml": "changed", "c.yaml": "deleted"}


def test_the_field_of_a_saved_analysis_is_that_of_its_end(run: Run, repo: Repository):
    text = """\
input: [3, 16]
layers:
  - {op: conv, out_channels: 2, kernel_size: 3}
  - {op: conv, out_channels: 2, kernel_size: KERNEL}
budget: {receptive_field: {max_increase: +0}}
"""
    repo.write("a.yaml", text.replace("KERNEL", "3"))
    saved = run("analyze", "a.yaml", "--format", "json", "-o", "before.json")
    assert saved.code == 0
    for kernel, field in ((3, 5), (4, 6)):
        repo.write("a.yaml", text.replace("KERNEL", str(kernel)))
        found = document(run, "--baseline", "before.json")
        (limit,) = found["models"][0]["limits"]
        assert (limit["before"], limit["value"]) == (5, field)
        assert found["failed"] == (kernel == 4)


@pytest.mark.parametrize(
    ("before", "after", "loosened"),
    [
        ("{macs: {max: 5k}}", "{macs: {max: 6k}}", "5k"),
        ("{macs: {max: 6k}}", "{macs: {max: 5k}}", None),
        ("{macs: {min: 6k}}", "{macs: {min: 5k}}", "6k"),
        ("{macs: {min: 5k}}", "{macs: {min: 6k}}", None),
        ("{macs: {max_increase: +1%}}", "{macs: {max_increase: +2%}}", "+1%"),
        ("{macs: {max_increase: +2%}}", "{macs: {max_increase: +1%}}", None),
        ("{macs: {max_increase: +1%}}", "{macs: {max_increase: +100}}", "+1%"),  # 41 of 4,176
        ("{macs: {max_increase: +3%}}", "{macs: {max_increase: +100}}", None),
    ],
)
def test_a_limit_that_lets_more_through_says_what_it_was(
    run: Run, repo: Repository, before: str, after: str, loosened: str | None
):
    repo.commit(a_yaml=spec(4, before))
    repo.write("a.yaml", spec(4, after))
    (limit,) = document(run, "--base", "HEAD")["models"][0]["limits"]
    assert limit["loosened_from"] == loosened


@pytest.mark.parametrize(
    ("budget", "moved"),
    [
        ("{layers: {stem: {macs: {max_increase: +0}}}}", ["stem"]),
        ("{layers: {head: {macs: {max_increase: +0}}}}", ["head"]),
        ("{layers: {'*': {macs: {max_increase: +0}}}}", ["stem", "head"]),
        ("{ops: {conv: {macs: {max_increase: +0}}}}", ["stem", "head"]),
    ],
)
def test_only_layers_of_the_limit_are_listed(
    run: Run, repo: Repository, budget: str, moved: list[str]
):
    repo.commit(a_yaml=spec(4, budget))
    repo.write("a.yaml", spec(5, budget))
    (limit,) = document(run, "--base", "HEAD")["models"][0]["limits"]
    assert [layer["name"] for layer in limit["layers"]] == moved
    per_layer = {"stem": 27 * 36, "head": 2 * 36}
    assert limit["change"] == sum(per_layer[name] for name in moved)
