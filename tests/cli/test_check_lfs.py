"""Models in Git LFS: of a base there are pointers in git, and perhaps the files beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec
from test_check_base import ONNX, document, refused, states

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

SMALL, LARGE = "espcn__ts13.onnx", "resnet18__ts17.onnx"


def pointer(data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    head = "version https://git-lfs.github.com/spec/v1\n"
    return f"{head}oid sha256:{digest}\nsize {len(data)}\n"


def test_git_lfs_holds_only_pointers(run: Run, repo: Repository):
    small, large = (
        (ONNX / name).read_bytes() for name in ("espcn__ts13.onnx", "resnet18__ts17.onnx")
    )
    repo.commit(m_onnx=pointer(small))
    repo.write("m.onnx", small)
    assert states(document(run, "--base", "HEAD")) == {"m.onnx": "same"}
    assert run("baseline", "-o", "before.json").code == 0
    repo.write("m.onnx", large)
    said = refused(run("check", "--base", "HEAD"))
    assert "m.onnx: git holds only a Git LFS pointer of it, not the file\n" in said
    assert "`--baseline FILE` compares with that" in said
    assert states(document(run, "--baseline", "before.json")) == {"m.onnx": "changed"}
    repo.write("m.onnx", pointer(large))
    assert "`git lfs pull` fetches it" in refused(run("check"))


def keep(data: bytes, folder: Path) -> Path:
    """Store a file as Git LFS does."""
    oid = hashlib.sha256(data).hexdigest()
    path = folder / "objects" / oid[:2] / oid[2:4] / oid
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def grown(repo: Repository) -> bytes:
    """A model that has become another one since the commit before; returns what it was."""
    small = (ONNX / SMALL).read_bytes()
    config = '[budget]\nparams = {max_increase = "+10%"}\n'
    repo.commit(convcost_toml=config, m_onnx=pointer(small))
    repo.write("m.onnx", (ONNX / LARGE).read_bytes())
    return small


def test_the_file_is_read_where_git_lfs_keeps_it(run: Run, repo: Repository):
    small = grown(repo)
    assert "`git lfs fetch origin " in refused(run("check", "--base", "HEAD"))
    keep(small, repo.folder / ".git" / "lfs")
    found = document(run, "--base", "HEAD")
    (limit,) = found["models"][0]["limits"]
    repo.write("was.onnx", small)
    assert run("baseline", "was.onnx", "-o", "before.json").code == 0
    assert f'"params": {limit["before"]},' in Path("before.json").read_text()
    assert found["failed"]


@pytest.mark.parametrize("absolute", [True, False])
def test_git_lfs_may_keep_files_elsewhere(
    run: Run, repo: Repository, tmp_path: Path, absolute: bool
):
    small = grown(repo)
    folder = tmp_path / "store" if absolute else repo.folder / ".git" / "elsewhere"
    repo.git("config", "lfs.storage", str(folder) if absolute else "elsewhere")
    keep(small, folder)
    assert document(run, "--base", "HEAD")["failed"]


def test_work_trees_share_what_git_lfs_keeps(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    keep(grown(repo), repo.folder / ".git" / "lfs")
    other = tmp_path / "other"
    repo.git("worktree", "add", str(other))
    (other / "m.onnx").write_bytes((ONNX / LARGE).read_bytes())
    monkeypatch.chdir(other)
    assert document(run, "--base", "HEAD")["failed"]


@pytest.mark.parametrize("how", ["cut", "another", "a folder"])
def test_a_file_that_is_not_what_the_pointer_says_is_not_read(run: Run, repo: Repository, how: str):
    small = grown(repo)
    path = keep(small, repo.folder / ".git" / "lfs")
    if how == "a folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(small[:-1] if how == "cut" else small[:-1] + b"\0")
    assert "only a Git LFS pointer" in refused(run("check", "--base", "HEAD"))


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "oid sha256:0\nsize 3\n",
        f"oid sha256:{'../' * 21}x\nsize 3\n",
        f"oid sha256:{'a' * 64}\n",
        f"oid sha256:{'a' * 64}\nsize {'9' * 40}\n",
        f"oid sha256:{'a' * 64}\noid sha256:{'b' * 64}\nsize 3\n",
    ],
)
def test_a_pointer_that_makes_no_sense(run: Run, repo: Repository, lines: str):
    repo.commit(m_onnx=f"version https://git-lfs.github.com/spec/v1\n{lines}")
    repo.write("m.onnx", (ONNX / SMALL).read_bytes())
    assert "only a Git LFS pointer" in refused(run("check", "--base", "HEAD"))


def test_a_spec_in_git_lfs(run: Run, repo: Repository):
    before = spec(4, "{macs: {max_increase: +5%}}")
    repo.commit(a_yaml=pointer(before.encode()))
    repo.write("a.yaml", spec(5, "{macs: {max_increase: +5%}}"))
    assert "only a Git LFS pointer" in refused(run("check", "--base", "HEAD"))
    keep(before.encode(), repo.folder / ".git" / "lfs")
    found = document(run, "--base", "HEAD")
    assert (states(found), found["failed"]) == ({"a.yaml": "changed"}, True)


def test_a_deleted_model_in_git_lfs_is_a_row(run: Run, repo: Repository):
    small = (ONNX / SMALL).read_bytes()
    repo.commit(a_yaml=spec(), m_onnx=pointer(small))
    keep(small, repo.folder / ".git" / "lfs")
    (repo.folder / "m.onnx").unlink()
    assert states(document(run, "--base", "HEAD")) == {"a.yaml": "same", "m.onnx": "deleted"}
