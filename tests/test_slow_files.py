"""The tables of slow and fast tests are of files that there are, and a third is one."""

from __future__ import annotations

from pathlib import Path

from slow_files import A_THIRD, FAST, SLOW, WHOLE, in_third

FILES = {path.stem for path in Path(__file__).parent.rglob("test_*.py")}


def test_slow_and_fast_files_exist() -> None:
    assert not (SLOW | FAST) - FILES, "see tests/slow_files.py"


def test_a_file_stands_in_one_table() -> None:
    assert not A_THIRD & WHOLE | SLOW & FAST, "see tests/slow_files.py"


def test_a_third_is_a_third() -> None:
    names = [f"tests/test_ops.py::test_counts[{number}]" for number in range(3000)]
    assert 900 < sum(map(in_third, names)) < 1100
