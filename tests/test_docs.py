"""The documentation is true: generated parts are current, examples run, commands have a page."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cogapp import Cog

import convcost
from convcost.cli.app import COMMANDS
from convcost.errors import SpecError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = (
    "# .",
    "      - uses:",
    "device:",
    "tool:",
    "# a mistake",
)  # of a CI host ...: not specs
EXAMPLES = [
    pytest.param(example, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL))
    if not example.startswith(SETTINGS)
]
PROGRAMS = [
    pytest.param(program, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, program in enumerate(
        re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    )
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_parts_are_current(page: Path):
    """Here and not in a process of its own, so that coverage sees what pages are made by."""
    ended = Cog().main(["cog", "--check", str(page)])
    assert ended == 0, "run: python3 -m cogapp -r README.md docs/*.md docs/*/*.md"


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_spec_that_counts(example: str):
    network = convcost.load("example.yaml", read=lambda _: example.encode())
    assert convcost.analyze(network).totals["macs"] > 0


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_prints_what_is_said(
    program: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Of lines such as ``print(macs)  # 17``; a program that needs a framework needs it here."""
    if "import torch" in program:
        pytest.importorskip("torchvision")
    monkeypatch.chdir(ROOT)
    exec(program, {"__name__": "program"})
    said = re.findall(r"^ *print\(.*\)  # (.*)$", program, re.MULTILINE)
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line in said] == said


def test_a_message_is_shown_that_is_really_printed():
    page = (ROOT / "docs/using.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    shown = re.search(r"```\n(net\.yaml:.*?)```", page, re.DOTALL)
    assert shown
    line = re.search(r"\| (.*)\n", shown[1])
    assert line
    broken = example.split("\n")
    broken[4] = line[1]
    with pytest.raises(SpecError) as error:
        convcost.load("net.yaml", read=lambda _: "\n".join(broken).encode())
    assert f"{error.value}\n" == shown[1]


def test_the_picture_shows_what_is_really_printed(monkeypatch: pytest.MonkeyPatch):
    """Word by word: how it is drawn is rich's, and differs between its versions."""
    pytest.importorskip("pty", reason="there are no terminals here")
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    picture = import_module("docs.picture")
    drawn, now = (
        " ".join(" ".join(ElementTree.fromstring(svg).itertext()).split())
        for svg in ((ROOT / "docs/terminal.svg").read_text(), picture.picture(picture.seen()))
    )
    texts = [shown.partition("$ convcost")[2] for shown in (drawn, now)]
    assert len(texts[0]) > 500
    assert texts[0] == texts[1], "run: python3 -m docs.picture"


def test_every_command_has_its_place_in_the_documentation():
    page = (ROOT / "docs" / "commands.md").read_text()
    for name in COMMANDS:
        assert f"\n## {name}\n" in page


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_what_papers_print_as_flops_are_macs():
    """Figures of the papers, to as many digits as they print."""
    table = re.findall(
        r"\| ([\d.]+) x 10\^(\d+) \| ([\d,]+) \| ([\d,]+) \|",
        (ROOT / "docs/counting.md").read_text(),
    )
    assert len(table) == 2
    for printed, power, *figures in table:
        digits = len(printed.partition(".")[2])
        macs, flops = (int(figure.replace(",", "")) / 10 ** int(power) for figure in figures)
        assert f"{macs:.{digits}f}" == printed != f"{flops:.{digits}f}"
