"""The documentation is true: generated parts are current, examples run, commands have a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cogapp import Cog

import convcost
from convcost.cli.app import COMMANDS
from convcost.errors import SpecError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = ("# .", "      - uses:")  # of a CI host: not specs
EXAMPLES = [
    pytest.param(example, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL))
    if not example.startswith(SETTINGS)
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


def test_readme_shows_a_message_that_is_really_printed():
    readme = (ROOT / "README.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)[0]
    shown = re.search(r"```\n(net\.yaml:.*?)```", readme, re.DOTALL)
    assert shown
    line = re.search(r"\| (.*)\n", shown[1])
    assert line
    broken = example.split("\n")
    broken[4] = line[1]
    with pytest.raises(SpecError) as error:
        convcost.load("net.yaml", read=lambda _: "\n".join(broken).encode())
    assert f"{error.value}\n" == shown[1]


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
