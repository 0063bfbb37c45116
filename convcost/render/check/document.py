"""A check as a JSON document; its schema is `docs/check.schema.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from convcost.budget.verdict import Status
from convcost.gate.report import State
from convcost.render.check import words

if TYPE_CHECKING:
    from convcost.errors import Source
    from convcost.gate.report import Checked, Held, Report

VERSION = 1


def to_json(report: Report) -> str:
    """The document as text, plain ASCII, ending in a newline.

    ``##``, with which the logs of some hosts begin a command, is written as an escape.
    """
    return json.dumps(document(report), indent=2).replace("##", "\\u0023#") + "\n"


def document(report: Report) -> dict[str, Any]:
    """The document: counts as exact ints, null where there is none."""
    return {
        "convcost": VERSION,
        "base": report.base or None,
        "failed": bool(report.failures),
        "summary": words.summary(report),
        "notes": list(report.notes),
        "models": [_model(report, model) for model in report.models],
    }


def _model(report: Report, model: Checked) -> dict[str, Any]:
    gone = model.state is State.DELETED
    return {
        "path": model.path,
        "name": model.figures.name,
        "state": model.state.value,
        "path_before": model.path_before or None,
        "failed": report.failed(model),
        "complete": not model.figures.unknown,
        "totals": None if gone else dict(model.figures.totals),
        "totals_before": model.before and dict(model.before.totals),
        "receptive_field": list(model.figures.sizes),
        "unexpected": [
            {"message": wrong.message, "source": _source(wrong.source)}
            for wrong in model.unexpected
        ],
        "limits": [_limit(held) for held in model.held],
        "repair": model.repair
        and {
            "what": model.repair.what,
            "before": model.repair.before,
            "after": model.repair.after,
            "source": _source(model.repair.source),
        },
    }


def _limit(held: Held) -> dict[str, Any]:
    verdict, limit = held.verdict, held.verdict.limit
    broken = verdict.status is Status.BROKEN
    return {
        "metric": limit.metric,
        "part": limit.part.value,
        "pattern": limit.pattern or None,
        "each": limit.each,
        "bound": limit.bound.value,
        "written": limit.text,
        "level": limit.level.value,
        "message": limit.message or None,
        "source": _source(limit.source),
        "status": verdict.status.value,
        "value": verdict.value,
        "limit": verdict.allowed,
        "over": verdict.over if broken else 0,
        "before": verdict.before,
        "change": verdict.change,
        "over_before": None if verdict.before is None else verdict.over_before,
        "layer": verdict.layer or None,
        "loosened_from": held.loosened and held.loosened.text,
        "layers": [
            {
                "name": change.layer,
                "before": change.before,
                "after": change.after,
                "difference": change.difference,
                "source": _source(change.source),
            }
            for change in held.changes
        ],
    }


def _source(source: Source | None) -> dict[str, Any] | None:
    return source and {"path": source.path, "line": source.line, "column": source.column}
