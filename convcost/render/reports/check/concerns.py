"""Sentences about the gate itself, alike in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.errors import plural, printable
from convcost.finding import Finding, Level
from convcost.gate.mistakes import some

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.gate.checks import Checks
    from convcost.gate.concern import Concern

STYLES = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: ""}


def message(one: Concern) -> str:
    """The models and what is to say of them: ``a.yaml: has no limit``."""
    if not one.models:
        return one.message
    if len(one.models) == 1:
        return f"{printable(one.models[0])}: {one.message}"
    return f"{plural(len(one.models), 'model')}: {one.message}: {some(one.models)}"


def told(report: Checks) -> list[Concern]:
    """Those that a page tells: what became of models stands in its table."""
    return [one for one in report.concerns if one.level is not Level.NOTE]


def lines(report: Checks) -> Iterator[tuple[str, str]]:
    """A line each on a page, and its style."""
    for one in told(report):
        place = f" ({printable(str(one.source))})" if one.source else ""
        mark = "warning: " if one.level is Level.WARNING else ""
        yield f"{mark}{message(one)}{place}", STYLES[one.level]


def finding(one: Concern) -> Finding:
    """It as a finding: of its line, or else of its first model."""
    model = one.models[0] if one.models else (one.source.path if one.source else "")
    return Finding(one.rule.code, one.level, message(one), "", model, one.source)


def entry(one: Concern) -> dict[str, Any]:
    """It in a document."""
    return {
        "rule": one.rule.key or None,
        "code": one.rule.code,
        "level": one.level.value,
        "message": one.message,
        "models": list(one.models),
        "source": one.source and one.source._asdict(),
    }


def records(report: Checks, head: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """A record for each model of each concern."""
    for one in report.concerns:
        cells = {"metric": one.rule.key, "part": "policy", "level": one.level.value}
        cells |= {"status": one.rule.code, "written": one.message}
        for model in one.models or ("",):
            yield model, "", *map(cells.get, head)
