"""Every format of a small network, byte by byte.

``UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_cli_golden.py`` writes the files anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["analyze", "small.yaml"], "small.txt"),
        (["analyze", "small.yaml", "--format", "json"], "small.json"),
        (["analyze", "small.yaml", "--format", "markdown"], "small.md"),
        (["analyze", "small.yaml", "--format", "csv"], "small.csv"),
        (["expand", "small.yaml"], "small_flat.yaml"),
        (["rf", "dilated.yaml"], "dilated_rf.txt"),
        (["rf", "dilated.yaml", "--ascii", "--all"], "dilated_rf_ascii.txt"),
        (["rf", "dilated.yaml", "--format", "json"], "dilated_rf.json"),
        (["rf", "dilated.yaml", "--format", "markdown"], "dilated_rf.md"),
        (["rf", "dilated.yaml", "--format", "csv"], "dilated_rf.csv"),
        (["rf", "dilated.yaml", "block.body.second"], "dilated_unit.txt"),
        (
            ["rf", "dilated.yaml", "block.body.second", "--unit", "1,2", "--format", "json"],
            "dilated_unit.json",
        ),
        (["rf", "dilated.yaml", "block.body.second", "--format", "markdown"], "dilated_unit.md"),
        (
            ["rf", "dilated.yaml", "block.body.second", "--axes", "2", "--format", "csv"],
            "dilated_unit.csv",
        ),
        (["rf", "small.yaml"], "small_rf.txt"),
        (["rf", "small.yaml", "up", "--ascii"], "small_unit.txt"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_output_is_the_golden_file(
    run: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    file: str,
):
    monkeypatch.chdir(GOLDEN)
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_bytes(out.encode())
    assert out.encode() == (GOLDEN / file).read_bytes()
