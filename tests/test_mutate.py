"""benchmarks/mutate.py: the faults that it makes, and which of them it says were seen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "mutate.py"
# It is to see the toy, and not the package that other tests are of.
ALONE = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}


def mutate(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--root", root, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=ALONE,
    )
    assert done.stderr == ""  # the bar is for terminals
    return done.stdout


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """An empty package."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").touch()
    return tmp_path


# A line, and what becomes of it.
OPERATORS = {
    "y = a + b": ["y = a - b"],
    "y = a // b": ["y = a * b"],
    "y = (a) < b": ["y = (a) <= b"],
    "y = a is None": ["y = a is not None"],
    "y = a in b": ["y = a not in b"],
    "y = -a": ["y =  a"],
    "y = a and b": ["y = a and True", "y = a or b", "y = True and b"],
    "y = (a or b) and c": [
        "y = (a and b) and c",
        "y = (False or b) and c",
        "y = (True) and c",
        "y = (a or False) and c",
        "y = (a or b) and True",
        "y = (a or b) or c",
    ],
    "y = 5": ["y = 6"],
    "y = 1": ["y = 0", "y = 2"],
    "y = 0.5": ["y = 1.5"],
    "y = True": ["y = False"],
    "y = 'CI_BRANCH'": ["y = 'CI_BRANCH_'"],
    "y = 'a sentence is not changed'": [],
    "y = min(a, b)": ["y = max(a, b)"],
    "y = f(a, b)": ["y = f(b, a)"],
    "y = f(a, *b)": [],
    "y = [a for a in b if a.c]": ["y = [a for a in b if True]"],
    "y = a if b else c": ["y = a if False else c", "y = a if True else c"],
    "def f(x: int | None = 3) -> int | str: pass": ["def f(x: int | None = 4) -> int | str: pass"],
    "y = cast('Any', a)": [],
    "y = cast('Any', a + b)": ["y = cast('Any', a - b)"],
    "f(a)": ["pass"],
    "y += a": ["pass"],
    "raise a": ["pass"],
    "y = zip(a, strict=True)": [],
    "'''A docstring.'''": [],
    "from a import b": [],
    "y = 'größe' < a": ["y = 'größe' <= a", "y = 'größe_' < a"],
}


@pytest.mark.parametrize(("line", "expected"), OPERATORS.items())
def test_faults_are_one_change_each(toy: Path, line: str, expected: list[str]) -> None:
    (toy / "toy" / "part.py").write_text(f"# a module\n{line}\n", "utf-8")
    out = mutate(toy, "--list", "--only", "toy/part.py")
    assert sorted(out.splitlines()[2::3]) == [f"    + {new}".rstrip() for new in sorted(expected)]
    assert out.splitlines()[::3] == ["toy/part.py:2"] * len(expected)
    assert set(out.splitlines()[1::3]) <= {f"    - {line}"}


def test_a_sample_is_the_same_for_the_same_seed(toy: Path) -> None:
    lines = "".join(f"y{n} = a + b\n" for n in range(50))
    (toy / "toy" / "part.py").write_text(lines)
    first = mutate(toy, "--list", "--sample", "5", "--seed", "3")
    assert len(first.splitlines()) == 15
    assert mutate(toy, "--list", "--sample", "5", "--seed", "3") == first
    assert mutate(toy, "--list", "--sample", "5", "--seed", "4") != first


def write_toy(toy: Path) -> str:
    """One fault is seen; of another only that the line runs; a third never runs."""
    source = "def area(a, b):\n    return a * b\n\n\ndef far(a):\n    return -a\n\n\n"
    source += "def never(a):\n    return a - a\n"
    (toy / "toy" / "part.py").write_text(source)
    (toy / "tests").mkdir()
    (toy / "tests" / "test_part.py").write_text(
        "from toy.part import area, far\n\n\ndef test_area():\n    assert area(3, 4) == 12\n\n\n"
        "def test_far():\n    far(3)\n\n\n"
        "def test_that_fails_anyway():\n    assert not area(1, 1)\n"
    )
    return source


SURVIVORS = """\
toy/part.py:6 [all]
    - return -a
    + return  a
toy/part.py:10 [all]
    - return a - a
    + return a + a
"""


def test_what_no_test_notices_is_printed_and_the_checkout_is_left_alone(toy: Path) -> None:
    source = write_toy(toy)
    kept = toy / "tests.json"
    for _ in range(2):  # once from a run of all tests, once from what that left
        shown = mutate(toy, "--tests", str(kept), "--seed", "1")
        *rows, room, together = shown.splitlines()
        blocks = {tuple(rows[n : n + 3]) for n in range(0, len(rows), 3)}
        wanted = SURVIVORS.splitlines()
        assert blocks == {tuple(wanted[:3]), tuple(wanted[3:])}
        assert room == "all              1 of     3 killed"
        assert together == "together         1 of     3 killed  (33%)"
    assert (toy / "toy" / "part.py").read_text() == source
    assert {path.name for path in toy.iterdir()} == {"toy", "tests", "tests.json"}


def test_only_tests_that_are_named_are_asked(toy: Path) -> None:
    write_toy(toy)
    (toy / "tests" / "test_none.py").write_text("def test_none():\n    pass\n")
    shown = mutate(toy, "--only", "toy/part.py", "--among", "tests/test_none.py")
    assert shown.splitlines()[-1] == "together         0 of     3 killed  (0%)"
    shown = mutate(toy, "--only", "toy/part.py", "--among", "tests")
    assert shown.splitlines()[-1] == "together         1 of     3 killed  (33%)"


def test_when_interrupted_it_says_how_far_it_came(toy: Path, tmp_path_factory: Any) -> None:
    write_toy(toy)
    lines = "".join(f"    a = a + {n}\n" for n in range(2, 400))
    (toy / "toy" / "long.py").write_text(f"def never(a):\n{lines}")
    beside = tmp_path_factory.mktemp("beside")
    process = subprocess.Popen(
        [sys.executable, SCRIPT, "--root", toy, "--sample", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ALONE, "TMPDIR": str(beside)},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("toy/")
    process.terminate()
    out, err = process.communicate()
    assert process.returncode == 0
    assert re.fullmatch(r"interrupted after \d+ of \d+\n", err)
    assert re.search(r"\ntogether +\d+ of +\d+ killed", out)
    assert list(beside.iterdir()) == []
