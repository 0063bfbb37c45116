"""A check as markdown: what is broken first, what has not changed folded, and never longer than a
comment on GitHub may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from convcost.gate.checks import Checks
from convcost.render.formats import write
from convcost.render.report import Medium
from convcost.render.reports.check.report import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from repository import Repository
    from running import Ran

    Run = Callable[..., Ran]

LONGEST = 65_536 - 100  # characters of a comment on GitHub, and room for a mark of who wrote it
CONFIG = '[budget]\nparams = { max = "1k", max_increase = "+5%" }\n'


def models(repo: Repository, count: int, width: int = 4, name: str = "m") -> None:
    """Models of 28 x width params."""
    for number in range(count):
        repo.write(
            f"{name}{number:03}.yaml",
            f"input: [3, 8, 8]\nlayers:\n  - {{op: conv, out_channels: {width}, kernel_size: 3}}\n",
        )


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| m")]
    return [line.strip("| ").split(" | ") for line in lines]


def before_fold(text: str) -> str:
    return text.partition("<details>")[0]


def test_one_broken_model_among_five_hundred(run: Run, repo: Repository):
    repo.write("convcost.toml", CONFIG)
    models(repo, 500)
    repo.commit()
    repo.write("m499.yaml", (repo.folder / "m000.yaml").read_text().replace("4,", "80,"))
    text = run("check", "--base", "HEAD", "--format", "markdown").out
    assert len(text) <= LONGEST
    shown = rows(before_fold(text))[1:]  # after the headings
    assert [row[:3] for row in shown] == [
        ["m499.yaml", "FAILED", "params"],
        ["m499.yaml", "FAILED", "params (+5%)"],
    ]
    assert text.splitlines()[2] == "### FAILED: m499.yaml  m499"
    assert "<details><summary>499 models that have not changed</summary>\n\n| model" in text
    assert text.endswith("more.\n\n</details>\n")


def test_every_broken_row_is_shown_whatever_the_number(run: Run, repo: Repository):
    repo.write("convcost.toml", CONFIG)
    models(repo, 500)
    repo.commit()
    repo.write("convcost.toml", "[budget]\nparams = { max = 100 }\n")
    text = run("check", "--base", "HEAD", "--format", "markdown").out
    assert len(text) <= LONGEST
    shown = rows(text)[1:]
    assert [row[0] for row in shown] == [f"m{number:03}.yaml" for number in range(500)]
    assert {row[1] for row in shown} == {"FAILED"}
    assert "And 480 models more." in text


def test_what_fails_stands_before_what_warns(run: Run, repo: Repository):
    models(repo, 3)
    config = "[[budget]]\nmodels = ['m000.yaml']\nparams = {max = 1, level = 'warn'}\n"
    config += "macs = 1G\n[[budget]]\nmodels = ['m00[12].yaml']\nparams = 1\n"
    repo.write("convcost.toml", config.replace("1G", '"1G"'))
    text = run("check", "--format", "markdown").out
    found = [row[:3] for row in rows(text)[1:]]
    assert found == [
        ["m001.yaml", "FAILED", "params"],
        ["m002.yaml", "FAILED", "params"],
        ["m000.yaml", "warning", "params"],
        ["m000.yaml", "warning", "macs"],
    ]


def test_few_rows_are_not_folded_where_nothing_is_compared(run: Run, repo: Repository):
    repo.write("convcost.toml", '[budget]\nparams = "1k"\n')
    models(repo, 20)
    assert "<details>" not in run("check", "--format", "markdown").out
    models(repo, 21)
    text = run("check", "--format", "markdown").out
    assert "<details><summary>21 models that have no broken limit</summary>" in text


def test_more_than_has_room_is_cut_and_said(run: Run, repo: Repository):
    names = [f"l{number}_{'x' * 90}" for number in range(600)]
    layers = "".join(f"    '{name}': {{params: 1}}\n" for name in names)
    stack = "".join(
        f"  - {{op: conv, name: '{name}', out_channels: 2, kernel_size: 1}}\n" for name in names
    )
    repo.write("m.yaml", f"input: [2, 2]\nlayers:\n{stack}budget:\n  layers:\n{layers}")
    text = run("check", "--format", "markdown").out
    assert LONGEST - 1000 < len(text) <= LONGEST
    cut = len(rows(text)) - 1
    assert text.endswith(f"\n\nAnd {600 - cut} rows more.\n")
    assert text.count("\n### FAILED") == 1
    assert "\nAnd 500 lines more.\n" in text


@pytest.mark.parametrize("count", [1, 60])
def test_it_is_a_page_with_tables(run: Run, repo: Repository, count: int):
    """As a renderer of markdown reads it: a table in a fold needs blank lines around it."""
    repo.write("convcost.toml", CONFIG)
    models(repo, count)
    repo.commit()
    models(repo, count // 2, 80)
    text = run("check", "--base", "HEAD", "--format", "markdown").out
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert page.count("<table>") == text.count("| model | result |")
    assert page.count("<details>") == page.count("</details>") == 1
    assert page.count("<tr>") == 2 * count + page.count("<table>")


def test_notes_are_few():
    """A sentence for each of many models would leave no room for what is wrong."""
    checks = Checks([], notes=[f"note {number}" for number in range(30)])
    text = write(report(checks), "markdown", Medium())
    assert text.endswith("\n\nnote 9\n\nAnd 20 notes more.\n")
