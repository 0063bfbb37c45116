"""Factories of models in a repository, for `check --run-code`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import checked
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from repository import Repository
    from running import Ran

    Run = Callable[..., Ran]

EXPORTED = Path(__file__).parent.parent / "data" / "pt2"
NAME = "nets.small:build"
CODE = """\
from pathlib import Path

print("importing")
Path("ran").touch()


def build():
    print("building")
    return Path(__file__).parent / ".small.pt2"
"""
CONFIG = f"""\
[[model]]
factory = "{NAME}"

[budget]
params = {{ max = "20M", max_increase = "+5%" }}
"""
NOT_CHECKED = (
    f"convcost.toml:2:11: the factory `{NAME}` is not checked, as it is code: `--run-code` runs it"
)
MOBILENET = 3_504_872  # parameters of mobilenet_v2
RESNET = 11_689_512  # of resnet18


def beside(repo: Repository) -> None:
    """An exported model beside the factory."""
    repo.write("other.pt2", network("squeezenet1_1"))


def network(name: str) -> bytes:
    return (EXPORTED / f"{name}.pt2").read_bytes()


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, nothing else of which is left behind."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def made(repo: Repository, scratch: Path) -> Repository:
    """A repository with a factory of an exported MobileNetV2."""
    assert scratch.is_dir()
    repo.write("nets/__init__.py", "")
    repo.write("nets/small.py", CODE)
    repo.write("nets/.small.pt2", network("mobilenet_v2"))
    repo.write(".gitignore", "ran\n")
    repo.write("convcost.toml", CONFIG)
    return repo


def factory(repo: Repository, code: str, more: str = "") -> None:
    """Have a factory of this code alone."""
    repo.write("nets/small.py", code)
    repo.write("convcost.toml", f'[[model]]\nfactory = "{NAME}"\n{more}')


def refused(run: Run, *arguments: str) -> str:
    return checked.refused(run("check", "--run-code", *arguments)).removesuffix("\n")


def document(run: Run, *arguments: str) -> dict[str, Any]:
    return checked.document(run, "--run-code", *arguments)
