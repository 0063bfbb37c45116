"""The source distribution: who packages it can test it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = (
    *(".ci", "action", "benchmarks", "convcost", "docs", "fuzz", "requirements", "specs", "tests"),
)
BUILD = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout, without caches and environments."""
    result = tmp_path / "checkout"
    for name in FOLDERS:
        unwanted = shutil.ignore_patterns("__pycache__", ".ruff_cache")
        shutil.copytree(ROOT / name, result / name, ignore=unwanted)
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git" and not path.name.startswith(".coverage"):
            shutil.copy(path, result)
    return result


def test_it_has_all_that_the_checkout_has(copy: Path, tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77.0.1")
    expected = files(copy)
    built = tmp_path / "built"
    subprocess.run([sys.executable, "-c", BUILD, built], cwd=copy, check=True, capture_output=True)
    (archive,) = built.iterdir()
    with tarfile.open(archive) as opened:
        found = {name.partition("/")[2] for name in opened.getnames()}
    assert expected - found == set(), "see MANIFEST.in"
