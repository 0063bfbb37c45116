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
