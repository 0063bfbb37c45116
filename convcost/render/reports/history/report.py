"""The report of ``history``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.render.report import Document, Records, Report
from convcost.render.reports.entries import VERSION
from convcost.render.reports.history.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.gate.history import History, Step, Trace


def report(history: History) -> Report:
    """The report of a history."""
    head = ("model", "commit", "date", "subject", "path", "complete", "error", *history.metrics)
    return Report(
        page=partial(page, history),
        document=lambda: Document(document(history), indented=True),
        records=lambda: Records(head, _records(history)),
    )


def _records(history: History) -> Iterator[tuple[object, ...]]:
    """A record a step of a model."""
    for trace in history.traces:
        for step in trace.steps:
            commit, cost = history.commits[step.at], step.cost
            figures = cost.figures or {}
            yield (
                *(trace.path, commit.name, commit.date, commit.subject, step.path),
                *("true" if cost.known else "false", cost.error),
                *map(figures.get, history.metrics),
            )


def document(history: History) -> dict[str, Any]:
    """The document: every commit, and of every model those from which on it cost something
    else."""
    return {
        "convcost": VERSION,
        "since": history.since or None,
        "metrics": list(history.metrics),
        "notes": list(history.notes),
        "commits": [
            {"commit": commit.name, "date": commit.date, "subject": commit.subject}
            for commit in history.commits
        ],
        "models": [_model(history, trace) for trace in history.traces],
    }


def _model(history: History, trace: Trace) -> dict[str, Any]:
    return {"path": trace.path, "steps": [_step(history, step) for step in trace.steps]}


def _step(history: History, step: Step) -> dict[str, Any]:
    figures = step.cost.figures
    return {
        "commit": history.commits[step.at].name,
        "path": step.path,
        "complete": step.cost.known,
        "error": step.cost.error or None,
        "figures": None if figures is None else dict(figures),
    }
