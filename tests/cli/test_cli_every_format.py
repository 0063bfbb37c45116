"""Each command writes each format that it offers, and formats are found by their files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from running import ROOT, formats_of

from convcost.cli.gate import FORMATS
from convcost.render import formats
from convcost.render.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

EXAMPLE = "specs/examples/transposed.yaml"
ASKED = {
    "alternatives": ["specs/alexnet_2012.yaml"],
    "analyze": [EXAMPLE],
    "check": [EXAMPLE],
    "compare": [EXAMPLE, EXAMPLE],
    "explain": ["macs"],
    "lint": [EXAMPLE],
    "rf": [EXAMPLE],
    "verify": [EXAMPLE],
}
FACETS = [facet for facet in Report._fields if formats.names([facet])]


def test_every_facet_has_a_format() -> None:
    assert list(Report._fields) == FACETS


@pytest.mark.parametrize("facet", FACETS)
def test_a_format_is_a_file_that_writes(facet: str) -> None:
    for name in formats.names([facet]):
        stem = name.replace("-", "_")
        module = import_module(f"convcost.render.formats.{facet}.{stem}")
        assert callable(module.write), f"convcost/render/formats/{facet}/{stem}.py: no write()"


@pytest.mark.parametrize("command", ASKED)
def test_a_name_means_one_format_of_a_command(command: str) -> None:
    """Two facets may have a format of one name only if no command has both."""
    names = formats_of(command) or FORMATS
    assert len({*names}) == len(names), "two files in convcost/render/formats have one name"


@pytest.mark.parametrize("command", ASKED)
def test_a_command_writes_what_it_offers(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(ROOT)
    names = formats_of(command) or FORMATS
    assert {"text", "markdown", "json"} <= {*names}
    for name in names:
        code, out, err = run(command, *ASKED[command], "--format", name)
        assert code == 0, name
        assert not err or command == "check", name  # which says that there is no budget
        assert out.endswith("\n") or name == "github"  # which says nothing of nothing


@pytest.mark.parametrize("format_", ["csv", "github", "sarif"])
def test_a_page_of_a_rule_has_no_records_or_findings(run: Run, format_: str) -> None:
    said = f"--format: this can be text, html, markdown, svg or json, not {format_}\n"
    assert run("lint", "--explain", "CC101", "--format", format_) == (2, "", said)
    assert run("lint", "--explain", "all", "--format", format_) == (2, "", said)


def test_a_new_file_is_a_new_format_of_every_command(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "convcost", tmp_path / "convcost")
    page = tmp_path / "convcost" / "render" / "formats" / "page"
    (page / "count.py").write_text(
        '"""How many parts a page has."""\n\n\ndef write(report, medium):\n'
        '    return f"{len([*report.page(medium)])} parts\\n"\n'
    )
    for command, arguments in ASKED.items():
        words = [sys.executable, "-m", "convcost", command, *arguments, "--format", "count"]
        env = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert re.fullmatch(r"\d+ parts\n", done.stdout), done.stderr
