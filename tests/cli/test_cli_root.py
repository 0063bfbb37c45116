"""``--root``, and what the gate finds: models, configurations and revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec

from convcost.cli.app import COMMANDS, READING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

BLOCKS = "blocks: {unit: {layers: [relu]}}\n"
NET = "include: ../blocks.yaml\ninput: [3, 8, 8]\nlayers: [unit]\n"
SECRET = "layers: [Top Secret\ninput: {\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "nets"
    folder.mkdir()
    (tmp_path / "blocks.yaml").write_text(BLOCKS)
    (folder / "net.yaml").write_text(NET)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("here")
def test_it_may_stand_anywhere(run: Run) -> None:
    refused = run("analyze", "net.yaml")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.splitlines()[0] == (
        "net.yaml:1:10: `../blocks.yaml` leads outside of its folder"
    )
    assert refused.err.splitlines()[-1] == "  `--root DIR` lets files be anywhere in DIR"
    whole = run("--root", "..", "analyze", "net.yaml")
    assert whole.code == 0
    assert run("analyze", "--root", "..", "net.yaml") == whole
    assert run("analyze", "net.yaml", "--root=..") == whole
    assert run("analyze", "net.yaml").code == 2  # for one command
    none = run("analyze", "net.yaml", "--root", "no")
    assert none == (2, "", "--root: no is not a folder\n")


MORE = {
    "calibrate": ["--device", "rtx3090"],
    "compare": ["net.yaml"],
    "export": ["--to", "torch"],
    "explain": ["relu1"],
    "fit": ["--budget", "macs=1M", "--vars", "side"],
    "rank": ["net.yaml"],
    "run": ["--input", "x.npy"],
    "sweep": ["side=8"],
}


@pytest.mark.parametrize("command", sorted(READING))
def test_every_command_keeps_inside(command: str, run: Run, here: Path) -> None:
    (here / "x.npy").write_bytes(b"")
    if command == "history":  # which reads what a repository had, in tests/cli/test_history.py
        return
    (here / "measured.csv").write_text("model,batch,time_ms,dtype\nnet.yaml,1,1,float16\n")
    what = "measured.csv" if command == "calibrate" else "net.yaml"
    ran = run(command, what, *MORE.get(command, []))
    assert ran.code == 2
    assert "net.yaml:1:10: `../blocks.yaml` leads outside of its folder\n" in ran.err


def test_every_command_that_reads_models_has_it(run: Run) -> None:
    for command in COMMANDS:
        assert ("--root DIR" in run(command, "--help").out) == (command in READING)


def test_what_is_typed_is_not_limited(run: Run, here: Path) -> None:
    (here.parent / "net.yaml").write_text("input: [3]\nlayers: [relu]\n")
    (here / "link.yaml").symlink_to("../net.yaml")
    for path in ("../net.yaml", "link.yaml", str(here.parent / "net.yaml")):
        assert run("analyze", path, "--root", str(here)).code == 0
        assert run("check", path, "--root", str(here)).code == 0


@pytest.mark.parametrize("how", ["a folder", "this folder", "the configuration", "a pattern"])
def test_models_that_are_found_are_inside(run: Run, here: Path, how: str) -> None:
    """A link in a pull request leads where its author likes."""
    (here / "net.yaml").unlink()
    secret = here.parent / "secret.yaml"
    secret.write_text(SECRET)
    (here / "link.yaml").symlink_to(secret)
    if how == "the configuration":
        (here / "convcost.toml").write_text('models = ["../secret.yaml"]')
        said = "../secret.yaml: it leads outside of the folder of its convcost.toml"
    else:
        said = "link.yaml: it leads outside of its folder"
    paths = {"a folder": ["."], "a pattern": ["l*.yaml"]}.get(how, [])
    for command in ("check", "baseline"):
        ran = run(command, *paths)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.splitlines()[0] == said
        assert "Secret" not in ran.err
    secret.write_text("input: [3]\nlayers: [relu]\n")
    assert run("check", *paths, "--root", "..").code == 0


@pytest.mark.parametrize("name", ["convcost.toml", "pyproject.toml"])
def test_configurations_that_are_found_are_inside(run: Run, here: Path, name: str) -> None:
    (here / "net.yaml").write_text("input: [3]\nlayers: [relu]\n")
    secret = here.parent / "secret"
    secret.write_text("[tool.convcost]\nTop Secret\n")
    (here / name).symlink_to(secret)
    (here / ".git").mkdir()
    ran = run("check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"{name}: it leads outside of its git repository\n  `--config FILE` names one anywhere\n"
    )
    assert "this is not TOML" in run("check", "--config", name).err


def test_a_revision_is_read_inside_its_tree(run: Run, repo: Repository) -> None:
    (repo.folder.parent / "secret.yaml").write_text(BLOCKS)
    repo.write("deep/link.yaml", "")
    (repo.folder / "deep" / "link.yaml").unlink()
    (repo.folder / "deep" / "link.yaml").symlink_to("../../secret.yaml")
    (repo.folder / "deep" / "inside.yaml").symlink_to("../blocks.yaml")
    net = "include: deep/{}.yaml\ninput: [3, 8, 8]\nlayers: [unit]\nbudget: {{macs: 1}}\n"
    repo.commit(blocks_yaml=BLOCKS, a_yaml=net.format("inside"), b_yaml=net.format("link"))
    repo.commit(a_yaml=net.format("inside") + "# changed\n", b_yaml=spec())
    assert run("check", "a.yaml", "--base", "HEAD~1").code == 0
    ran = run("check", "b.yaml", "--base", "HEAD~1")
    assert ran.code == 0  # as a model without a base
    assert "b.yaml: cannot be read at the base" in ran.out
    assert "deep/link.yaml: there is no such file" in ran.out
    repo.commit(b_yaml=net.format("link"))
    ran = run("check", "b.yaml")
    assert ran.err.splitlines()[0] == (
        "b.yaml:1:10: `deep/link.yaml` leads outside of its git repository"
    )


def test_no_git_is_needed_to_know_a_repository(spawn: Run, here: Path) -> None:
    (here.parent / ".git").mkdir()
    assert spawn("analyze", "net.yaml", cwd=here, PATH="/nowhere").code == 0
