"""``-o FILE``: the ending of its name says the format, unless ``--format`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from running import ROOT

from convcost.render import formats
from convcost.render.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

SRCNN = ROOT / "specs" / "srcnn.yaml"


@pytest.mark.parametrize(
    ("command", "ending", "format_"),
    [
        ("analyze", "json", "json"),
        ("analyze", "md", "markdown"),
        ("analyze", "csv", "csv"),
        ("analyze", "CSV", "csv"),
        ("analyze", "txt", "text"),
        ("analyze", "html", "html"),
        ("analyze", "report", "text"),
        ("rf", "md", "markdown"),
        ("lint", "sarif", "sarif"),
        ("verify", "json", "json"),
        ("check", "xml", "junit"),
        ("lint", "svg", "svg"),
        ("analyze", "svg", "svg"),
        ("analyze", "mmd", "mermaid"),
        ("analyze", "gv", "dot"),
        ("analyze", "dot", "dot"),
        ("analyze", "markdown", "markdown"),
        ("analyze", "mermaid", "mermaid"),
        ("analyze", "netron", "netron"),
    ],
)
def test_the_ending_is_the_format(
    run: Run, tmp_path: Path, command: str, ending: str, format_: str
) -> None:
    target = tmp_path / f"x.{ending}"
    asked = run(command, SRCNN, "--format", format_)
    assert run(command, SRCNN, "-o", target) == (asked.code, "", asked.err)
    assert target.read_text() == asked.out


def test_a_picture_with_a_device_is_its_roofline_unless_a_format_is_given(
    run: Run, tmp_path: Path
) -> None:
    asked, target = ("analyze", SRCNN, "--device", "t4"), tmp_path / "x.svg"
    assert run(*asked, "-o", target).code == 0
    assert "on NVIDIA Tesla T4: at least" in target.read_text()
    for format_ in ("svg", "graph"):
        assert run(*asked, "--format", format_, "-o", target).code == 0
        assert target.read_text() == run(*asked, "--format", format_).out


def test_formats_of_one_ending(run: Run, tmp_path: Path) -> None:
    """A code host's report is JSON too, and may be called so."""
    target = tmp_path / "x.json"
    assert run("lint", SRCNN, "--format", "gitlab", "-o", target).code == 0
    assert target.read_text() == run("lint", SRCNN, "--format", "gitlab").out


@pytest.mark.parametrize(
    ("command", "words", "file"),
    [
        ("analyze", ["--format", "csv", "-o", "x.json"], "x.json"),
        ("analyze", ["-o", "x.json", "--format", "csv"], "x.json"),
        ("check", ["-o", "x.json", "--format", "csv"], "x.json"),
    ],
)
def test_the_two_may_not_contradict_each_other(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    words: list[str],
    file: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(command, SRCNN, *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"-o {file}: its ending says json, and --format says csv: give one of them\n"
    )
    assert not (tmp_path / file).exists()


def test_an_ending_that_a_command_cannot_write(run: Run, tmp_path: Path) -> None:
    ran = run("analyze", SRCNN, "-o", tmp_path / "x.tex")
    assert ran.code == 2
    assert ran.err.endswith(
        "x.tex: its ending says latex, and this is written as text, html, markdown, svg, json, "
        "csv, dot, graph, mermaid, model-explorer or netron\n"
    )


@pytest.mark.parametrize("name", dict.fromkeys(formats.names(Report._fields)))
def test_every_format_has_an_ending(name: str) -> None:
    """A new format has its name; any other ending is a row of ``ENDINGS``."""
    own = formats.ENDINGS.get(f".{name}", (name,))
    assert formats.by_ending(f"x.{name.upper()}", [name, "none"]) == name
    assert name in own


def test_endings_are_of_formats_that_exist() -> None:
    known = {name for names in formats.ENDINGS.values() for name in names}
    wrong = known - {*formats.names(Report._fields)}
    assert not wrong, f"ENDINGS of convcost/render/formats/__init__.py: no format is called {wrong}"
