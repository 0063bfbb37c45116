"""Bases that models are compared with: revisions of a real repository, and saved baselines."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checked import GROWTH, document, refused, states
from repository import Repository, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

ONNX = Path(__file__).parent.parent / "data" / "onnx"


def test_growth_is_measured_against_a_branch(run: Run, repo: Repository):
    first = repo.commit(a_yaml=spec(4, GROWTH), b_yaml=spec(4, GROWTH))
    repo.git("checkout", "-b", "work")
    repo.commit(a_yaml=spec(5, GROWTH))
    found = document(run, "--base", "main")
    assert found["base"] == f"{first[:9]} (main)"
    assert states(found) == {"a.yaml": "changed", "b.yaml": "same"}
    (limit,) = found["models"][0]["limits"]
    # 29 weights a channel, each used at 36 positions
    assert limit["value"] == 5 * 29 * 36
    assert limit["before"] == 4 * 29 * 36
    assert limit["limit"] == 4 * 29 * 36 * 105 // 100
    assert limit["over"] == limit["value"] - limit["limit"]
    assert limit["change"] == 29 * 36
    assert [(layer["name"], layer["difference"]) for layer in limit["layers"]] == [
        ("stem", 27 * 36),
        ("head", 2 * 36),
    ]
    assert limit["layers"][0]["source"] == {"path": "a.yaml", "line": 5, "column": 10}
    assert found["failed"]
    assert not found["models"][1]["failed"]


def test_where_a_branch_began_is_not_where_the_other_is_now(run: Run, repo: Repository):
    start = repo.commit(a_yaml=spec(4, GROWTH))
    repo.git("checkout", "-b", "work")
    repo.commit(a_yaml=spec(5, GROWTH))
    repo.git("checkout", "main")
    tip = repo.commit(a_yaml=spec(8, GROWTH))
    repo.git("checkout", "work")
    assert document(run, "--base", "main")["base"] == f"{tip[:9]} (main)"
    assert not document(run, "--base", "main")["failed"]
    assert document(run, "--base", "main...")["base"] == f"{start[:9]} (main...)"
    assert document(run, "--base", "main...")["failed"]


def test_files_not_yet_committed_are_what_is_checked(run: Run, repo: Repository):
    repo.commit(a_yaml=spec(4, GROWTH))
    repo.write("a.yaml", spec(5, GROWTH))
    assert document(run, "--base", "HEAD")["failed"]


def test_a_rename_is_followed(run: Run, repo: Repository):
    repo.commit(old__a_yaml=spec(4, GROWTH))
    repo.git("mv", "old", "new")
    repo.commit(new__a_yaml=spec(5, GROWTH))
    found = document(run, "--base", "HEAD~1")
    (model,) = found["models"]
    assert (model["state"], model["path_before"]) == ("renamed", "old/a.yaml")
    assert model["limits"][0]["change"] == 29 * 36
    assert found["failed"]
    assert "new/a.yaml  small  (was old/a.yaml)" in run("check", "--base", "HEAD~1").out


def test_a_new_model_has_no_growth_and_a_deleted_one_is_a_row(run: Run, repo: Repository):
    repo.commit(a_yaml=spec(4, GROWTH), notes_yaml="layers: 3\n", a_txt=spec(4, GROWTH))
    repo.git("rm", "a.yaml", "notes.yaml", "a.txt")
    repo.commit(b_yaml=f"layers: [relu, relu]\ninput: [7]\nname: another\nbudget: {GROWTH}\n")
    found = document(run, "--base", "HEAD~1")
    assert states(found) == {"b.yaml": "new", "a.yaml": "deleted"}
    new, gone = found["models"]
    assert new["limits"][0]["status"] == "new"
    assert new["limits"][0]["limit"] is None
    assert gone["limits"] == []
    assert not found["failed"]
    text = run("check", "--base", "HEAD~1").out
    assert "\nno limit  b.yaml  another  (new)\n" in text
    assert "\ndeleted   a.yaml  small\n" in text
    assert "warning: b.yaml: is new, and has no limit: `max_increase` does not hold what" in text
    assert text.endswith("\n1 model keeps its budget, 1 warning\n")


def test_all_models_deleted_is_no_failure(run: Run, repo: Repository):
    repo.commit(a_yaml=spec())
    (repo.folder / "a.yaml").unlink()
    assert states(document(run, "--base", "HEAD")) == {"a.yaml": "deleted"}
    assert run("check").code == 3


def test_what_an_include_changes_is_seen(run: Run, repo: Repository):
    text = """\
include: ../common/blocks.yaml
input: [3, 8, 8]
layers: [{op: thick, width: 4}]
budget: {params: {max_increase: +0}}
"""
    block = """\
blocks:
  thick:
    args: {width: ~}
    layers:
      - {op: conv, out_channels: width, kernel_size: SIZE, bias: false}
"""
    repo.commit(models__a_yaml=text, common__blocks_yaml=block.replace("SIZE", "1"))
    repo.commit(common__blocks_yaml=block.replace("SIZE", "3"))
    found = document(run, "models", "--base", "HEAD~1")
    (limit,) = found["models"][0]["limits"]
    assert (limit["before"], limit["value"]) == (3 * 4, 3 * 4 * 9)
    assert limit["layers"][0]["source"]["path"] == "common/blocks.yaml"
    assert states(found) == {"models/a.yaml": "changed"}


def test_a_base_is_read_from_a_folder_below_the_root(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch
):
    repo.commit(deep__er__a_yaml=spec(4, GROWTH))
    repo.write("deep/er/a.yaml", spec(5, GROWTH))
    monkeypatch.chdir(repo.folder / "deep")
    assert states(document(run, "--base", "HEAD")) == {"er/a.yaml": "changed"}
    monkeypatch.chdir(repo.folder / "deep" / "er")
    assert states(document(run, "../..", "--base", "HEAD")) == {"a.yaml": "changed"}
    ran = run("check", "--base", "HEAD", "--format", "github")
    assert ran.out.startswith("::error file=deep/er/a.yaml,line=3,")


@pytest.mark.parametrize("name", ["a b.yaml", "ü.yaml", "sub/[x].yaml", "symlink 5.yaml"])
def test_files_may_have_any_name(run: Run, repo: Repository, name: str):
    repo.write(name, spec(4, GROWTH))
    repo.commit()
    repo.write(name, spec(5, GROWTH))
    assert states(document(run, "--base", "HEAD")) == {name: "changed"}
    assert states(document(run, name, "--base", "HEAD")) == {name: "changed"}


def test_a_link_is_what_it_leads_to(run: Run, repo: Repository):
    repo.write("real/a.yaml", spec(4, GROWTH))
    (repo.folder / "linked.yaml").symlink_to("real/a.yaml")
    repo.commit()
    repo.write("real/a.yaml", spec(5, GROWTH))
    found = document(run, "linked.yaml", "--base", "HEAD")
    assert states(found) == {"linked.yaml": "changed"}
    assert found["models"][0]["limits"][0]["before"] == 4 * 29 * 36


def test_an_onnx_model_in_git(run: Run, repo: Repository):
    config = '[budget]\nparams = {max_increase = "+10%"}\n'
    repo.commit(convcost_toml=config, m_onnx=(ONNX / "espcn__ts13.onnx").read_bytes())
    assert states(document(run, "--base", "HEAD")) == {"m.onnx": "same"}
    shutil.copy(ONNX / "resnet18__ts17.onnx", repo.folder / "m.onnx")
    found = document(run, "--base", "HEAD")
    assert states(found) == {"m.onnx": "changed"}
    assert found["failed"]
    assert found["models"][0]["limits"][0]["layers"]


def test_a_base_that_does_not_parse(run: Run, repo: Repository):
    revision = repo.commit(a_yaml=spec(4).replace("kernel_size: 3", "kernel_size: 30"))
    repo.write("a.yaml", spec(4))
    ran = run("check", "--base", "HEAD")
    assert (ran.code, ran.err) == (0, "")
    assert (
        f"warning: a.yaml: cannot be read at the base {revision[:9]} (HEAD), and is checked as one "
        "without a base, so that its growth is not: a.yaml:5:62: layer 'stem': the window"
    ) in ran.out
    assert "a.yaml  small  (no base)\n" in ran.out


def test_revisions_that_are_not_there(run: Run, repo: Repository):
    repo.commit(a_yaml=spec())
    assert refused(run("check", "--base", "mian")) == (
        "base: the repository has no revision `mian`\n"
        "  a revision with a similar name exists: `main`\n"
    )
    repo.git("remote", "add", "origin", "nowhere")
    assert refused(run("check", "--base", "origin/main...")) == (
        "base: the repository has no revision `origin/main`\n"
        "  `git fetch origin +refs/heads/main:refs/remotes/origin/main` would bring it\n"
    )
    assert "git fetch" not in refused(run("check", "--base", "origin"))
    assert "no revision `--output=x`" in refused(run("check", "--base=--output=x"))
    assert not (repo.folder / "x").exists()
    repo.git("checkout", "--orphan", "alone")
    repo.commit(other_txt="alone")
    assert refused(run("check", "--base", "main...")) == (
        "base: `main` and HEAD have no commit in common\n"
        "  `--base main` compares with that revision itself\n"
    )


def test_a_shallow_clone_says_what_would_help(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    repo.commit(a_yaml=spec(4, GROWTH))
    repo.git("checkout", "-b", "work")
    repo.commit(a_yaml=spec(5, GROWTH))
    clone = tmp_path / "clone"
    where = f"file://{repo.folder}"
    subprocess.run(
        ["git", "clone", "--depth=1", "--branch=work", where, clone],
        check=True,
        capture_output=True,
    )
    monkeypatch.chdir(clone)
    assert refused(run("check", "--base", "origin/main...")) == (
        "base: the repository has no revision `origin/main`, and its clone is shallow\n"
        "  `git fetch --unshallow origin +refs/heads/main:refs/remotes/origin/main` "
        "would bring it\n"
    )
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    said = refused(run("check"))
    assert "its clone is shallow" in said
    assert said.endswith(
        "  on GitHub Actions: `fetch-depth: 0` of actions/checkout\n"
        "  GITHUB_BASE_REF names it as the base of this change; `--base none` checks it without "
        "its base\n"
    )
    assert run("check", "--base", "none").code == 0


def test_no_repository_and_no_git(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.yaml").write_text(spec())
    monkeypatch.chdir(outside)
    assert refused(run("check", "--base", "main")) == (
        f"base: {outside} is in no git repository\n"
        "  `--baseline FILE` compares with a file that `convcost baseline -o FILE` wrote, "
        "`--base none` with nothing\n"
    )
    assert run("check").code == 0
    repo.commit(a_yaml=spec())
    monkeypatch.chdir(repo.folder)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(run("check", "--base", "main")).startswith("base: git is not installed")


def test_the_base_of_a_pull_request_is_found(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    start = repo.commit(a_yaml=spec(4, GROWTH))
    repo.git("checkout", "-b", "work")
    repo.commit(a_yaml=spec(5, GROWTH))
    repo.git("checkout", "main")
    tip = repo.commit(other_txt="more")
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(repo.folder))
    clone.git("fetch", "origin")
    clone.git("checkout", "-b", "work", "origin/work")
    monkeypatch.chdir(clone.folder)
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    ran = run("check")
    assert ran.code == 1
    assert ran.err == f"compared with {start[:9]} (origin/main..., from GITHUB_BASE_REF)\n"
    monkeypatch.delenv("GITHUB_BASE_REF")
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", start)
    ran = run("check")
    assert ran.code == 1
    assert ran.err == f"compared with {start[:9]} ({start}, from CI_MERGE_REQUEST_DIFF_BASE_SHA)\n"
    monkeypatch.delenv("CI_MERGE_REQUEST_DIFF_BASE_SHA")
    assert run("check").code == 0
    # GitHub checks out a merge that it made: with its parents alone the base is there
    clone.git("checkout", "-b", "merged", "origin/main")
    clone.git("merge", "--no-ff", "work", "--message", "merge")
    merge = clone.git("rev-parse", "HEAD")
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    monkeypatch.setenv("GITHUB_SHA", merge)
    ran = run("check")
    assert ran.code == 1
    assert f"compared with {tip[:9]} (" in ran.err
    monkeypatch.setenv("GITHUB_SHA", start)
    assert run("check").code == 2


def test_layers_stand_for_each_other_whatever_numbers_they_are_given(run: Run, repo: Repository):
    text = """\
input: [4, 16]
layers:
  - {op: conv, out_channels: 8, kernel_size: 3}
  - {op: conv, out_channels: 16, kernel_size: 3}
budget: {params: {max: 1}}
"""
    repo.commit(a_yaml=text)
    first = "  - {op: conv, out_channels: 4, kernel_size: 1}\n"
    repo.write("a.yaml", text.replace("layers:\n", f"layers:\n{first}"))
    found = document(run, "--base", "HEAD")
    (layer,) = found["models"][0]["limits"][0]["layers"]
    assert (layer["before"], layer["after"], layer["source"]["line"]) == (None, 20, 3)
