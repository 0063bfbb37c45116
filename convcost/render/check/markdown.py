"""A check as markdown: what is wrong first, then every limit; for a comment or a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.gate.report import State
from convcost.render.check import words
from convcost.render.markdown import escaped, table
from convcost.render.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.errors import Source
    from convcost.gate.report import Checked, Held, Report

MOST_MODELS = 50  # told about one by one: GitHub shows a summary of at most 1 MiB
MOST_ROWS = 500


def to_markdown(report: Report) -> str:
    """A heading with the result, what is wrong, and the table."""
    lines = [f"## convcost: {escaped(words.summary(report))}", ""]
    if report.base:
        lines += [f"Compared with {escaped(report.base)}.", ""]
    lines += (line for note in report.notes for line in (escaped(note), ""))
    wrong = [model for model in report.models if _is_wrong(model)]
    for model in wrong[:MOST_MODELS]:
        lines += _wrong(report, model)
    if len(wrong) > MOST_MODELS:
        lines += [f"And {len(wrong) - MOST_MODELS} models more.", ""]
    lines += _table(report)
    return "\n".join(lines)


def _is_wrong(model: Checked) -> bool:
    return bool(model.unexpected) or any(map(words.is_broken, model.held))


def _wrong(report: Report, model: Checked) -> Iterator[str]:
    yield f"### {escaped(words.status(report, model))}: {escaped(words.heading(model))}"
    yield ""
    for wrong in model.unexpected:
        yield f"* {escaped(wrong.message)}{_at(wrong.source)}"
    for held in filter(words.is_broken, model.held):
        yield f"* {escaped(words.marked(report, held))}{_at(held.verdict.limit.source)}"
        for said in (*words.details(model, held), *words.layers(held.changes)):
            yield f"  * {escaped(said)}"
    if model.repair:
        yield f"* {escaped(words.repaired(model.repair))}"
    yield ""


def _at(source: Source | None) -> str:
    return f" ({escaped(str(source))})" if source else ""


def _table(report: Report) -> list[str]:
    rows = [_row(report, model, held) for model in report.models for held in model.held or (None,)]
    if not rows:
        return []
    more = len(rows) - MOST_ROWS
    names = ("model", "result", "limit", "value", "at most or least", "", "before", "change")
    number = ("value", "at most or least", "", "before", "change")
    cells = zip(*rows[:MOST_ROWS], strict=True)
    columns = [Column(n, list(c), number=n in number) for n, c in zip(names, cells, strict=True)]
    return [*table(columns), "", *([f"And {more:,} limits more.", ""] if more > 0 else [])]


def _row(report: Report, model: Checked, held: Held | None) -> Sequence[str]:
    state = f" ({model.state})" if model.state in (State.NEW, State.RENAMED) else ""
    head = (model.path, f"{words.status(report, model)}{state}")
    if held is None:
        return (*head, "", "", "", "", "", "")
    verdict = held.verdict

    def cell(number: int | None, sign: str = ",") -> str:
        return "" if number is None else f"{number:{sign}}"

    change = cell(verdict.change, "+,") + words.percent(verdict.change, verdict.before)
    numbers = (cell(verdict.value), cell(verdict.allowed))
    return (*head, words.label(held), *numbers, words.outcome(held), cell(verdict.before), change)
