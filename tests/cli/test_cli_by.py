"""``convcost analyze --by``: a row an op or a stage.

``UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_cli_by.py`` writes the golden files anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from running import ROOT, Ran

GOLDEN = ROOT / "tests" / "golden"
Run = Callable[..., Ran]


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["small.yaml", "--by", "op"], "by_op.txt"),
        (["base.yaml", "--by", "stage"], "by_stage.txt"),
        (["small.yaml", "--by", "op", "--format", "json"], "by_op.json"),
        (["small.yaml", "--by", "op", "--format", "markdown"], "by_op.md"),
        (["base.yaml", "--by", "stage", "--format", "csv"], "by_stage.csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_output_is_the_golden_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], file: str
):
    monkeypatch.chdir(GOLDEN)
    code, out, err = run("analyze", *arguments)
    assert (code, err) == (0, "")
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_bytes(out.encode())
    assert out.encode() == (GOLDEN / file).read_bytes()


@pytest.mark.parametrize("width", [80, 60])
def test_output_fits_a_terminal(on_terminal: Callable[..., str], width: int):
    shown = on_terminal("analyze", ROOT / "specs" / "vgg16.yaml", "--by", "op", width=width)
    lines = shown.splitlines()
    start = next(at for at, line in enumerate(lines) if "op " in line[:8])
    lines = lines[start : lines.index("", start)]
    assert lines[2].startswith("conv ")
    assert all(
        len(line.removeprefix("\x1b[1m").removeprefix("\x1b[2m")) <= width + 4 for line in lines
    )


@pytest.mark.parametrize("by", ["op", "stage"])
def test_rows_add_up_to_the_totals(run: Run, by: str):
    path = ROOT / "specs" / "googlenet.yaml"
    document = json.loads(run("analyze", path, "--by", by, "--format", "json").out)
    for metric in ("params", "macs", "multiplies", "traffic_bytes"):
        assert sum(group[metric] for group in document["groups"]) == document["totals"][metric]


def test_rows_are_sorted_and_cut_as_layers_are(run: Run):
    path = ROOT / "specs" / "mobilenet_v1.yaml"
    options = ("--by", "stage", "--sort", "macs", "--top", "2", "--format", "json")
    groups = json.loads(run("analyze", path, *options).out)["groups"]
    assert [group["name"] for group in groups] == ["stage.3", "stage.1"]


def test_bars_are_ascii_where_the_encoding_has_no_blocks(spawn: Run):
    out = spawn("analyze", "specs/vgg16.yaml", "--by", "op", PYTHONIOENCODING="ascii").out
    assert "99.2%  ########\n" in out


def test_by_and_depth_are_two_ways(run: Run):
    code, _, err = run("analyze", ROOT / "specs" / "m5.yaml", "--by", "op", "--depth", "1")
    assert code == 2
    assert err.endswith("Error: Invalid value: --by adds up what --depth folds: give one of them\n")
