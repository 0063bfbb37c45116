"""Networks of a test suite beside the code of a revision."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from factories import CODE, MOBILENET, RESNET, network

import convcost
from convcost.errors import ConvcostError
from convcost.testing import assert_budget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repository import Repository

    from convcost.network import Network

NAME = "asserted_nets.small:build"


@pytest.fixture
def made(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A repository with a package in `src`, which this process sees."""
    repo.write("src/asserted_nets/__init__.py", "")
    repo.write("src/asserted_nets/small.py", CODE)
    repo.write("src/asserted_nets/.small.pt2", network("mobilenet_v2"))
    repo.write(".gitignore", "ran\n__pycache__/\n")
    repo.commit()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "path", [str(repo.folder / "src"), *sys.path])
        yield repo
    for name in [name for name in sys.modules if name.startswith("asserted_")]:
        del sys.modules[name]


def grown(made: Repository) -> Network:
    return convcost.load(made.write("now.pt2", network("resnet18")))


def test_growth_against_a_revision(made: Repository):
    now = grown(made)
    assert_budget(now, base="main", factory=NAME, params="+300%")
    with pytest.raises(AssertionError) as raised:
        assert_budget(now, base="HEAD", factory=NAME, params="+5%", macs={"max": "1T"})
    most = MOBILENET * 105 // 100
    assert str(raised.value) == (
        f"params is {RESNET:,}, {RESNET - most:,} over the {most:,} that `+5%` "
        f"on {MOBILENET:,} allows"
    )
    assert (made.git("status", "--porcelain")) == "?? now.pt2"


def test_a_function_stands_for_its_name(made: Repository):
    from asserted_nets.small import build  # pyright: ignore

    now = grown(made)
    with pytest.raises(AssertionError, match="params is"):
        assert_budget(now, base="main", factory=build, params="+5%")


def test_a_function_that_the_revision_lacks(made: Repository):
    now = grown(made)
    made.write("src/asserted_nets/other.py", CODE)
    assert_budget(now, base="main", factory="asserted_nets.other:build", params="+5%")
    with pytest.raises(AssertionError, match="params is"):
        assert_budget(now, base="main", factory="asserted_nets.other:build", params="5M")


def test_mistakes(made: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    now = grown(made)

    def inside() -> None:
        """Nothing that another process could find."""

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "asserted_loose.py").write_text(CODE)
    monkeypatch.setattr(sys, "path", [str(elsewhere), *sys.path])
    for factory, base, said in (
        (None, "main", "base: `main` is not a file, so it is a revision, where code must make "),
        (NAME, "nowhere", "base: the repository has no revision `nowhere`"),
        ("nets", "main", "factory: `nets` is not a name of a function\n  factory= names the "),
        ("lacking:build", "main", "factory: there is no file of a module `lacking`"),
        (inside, "main", "factory: <function test_mistakes.<locals>.inside"),
        ("asserted_loose:build", "main", "factory: `asserted_loose:build` is in "),
        ("asserted_nets.small:CODE", "main", ""),
    ):
        if not said:
            assert_budget(now, base=base, factory=factory, params="+5%")  # it was not there
            continue
        with pytest.raises(ConvcostError) as raised:
            assert_budget(now, base=base, factory=factory, params="+5%")
        assert str(raised.value).startswith(said)


def test_code_that_fails_at_the_revision(made: Repository):
    now = grown(made)
    made.write("src/asserted_nets/small.py", "def build(): raise ValueError('no')\n")
    made.commit()
    made.write("src/asserted_nets/small.py", CODE)
    with pytest.raises(ConvcostError) as raised:
        assert_budget(now, base="main", factory=NAME, params="+5%")
    assert str(raised.value).startswith("at the base ")
    assert "the factory `asserted_nets.small:build`: it failed: ValueError: no" in str(raised.value)
