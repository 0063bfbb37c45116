"""The report of ``check``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.budget.verdict import Status
from convcost.finding import Level
from convcost.gate.checks import State
from convcost.gate.weakened import How
from convcost.render.report import Case, Document, Found, Records, Report, Suite
from convcost.render.reports.check import causes, concerns, weakened, words
from convcost.render.reports.check.findings import RULES, findings
from convcost.render.reports.check.page import page
from convcost.render.reports.entries import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.errors import Source
    from convcost.gate.causes import Cause
    from convcost.gate.checks import Checked, Checks, Held
    from convcost.gate.mistakes import Mistake


def report(checks: Checks, *, told: bool = False, base_told: bool = False) -> Report:
    """The report of a check. ``told``: its mistakes stand on standard error beside the page, and
    ``base_told``: so does what it was compared with."""
    return Report(
        page=partial(page, checks, told=told, base_told=base_told),
        document=lambda: Document(document(checks), indented=True),
        records=lambda: _records(checks),
        findings=lambda: Found(findings(checks), RULES, together=True),
        cases=lambda: _cases(checks),
    )


def _records(checks: Checks) -> Records:
    """A record a limit, and one for each that was there and is weakened or gone."""
    head = ("metric", "part", "pattern", "bound", "written", "level", "status")
    head += ("value", "limit", "over", "before", "change", "layer")
    head += ("excused", "loosened_from", "cause")
    shared = causes.Shared(checks)
    rows: list[tuple[object, ...]] = [
        (model.path, model.state.value, *map(_row(model, held, shared).get, head))
        for model in checks.models
        for held in model.held
    ]
    rows.extend(_gone(checks, head))
    rows.extend(concerns.records(checks, head))
    return Records(("model", "state", *head), rows)


def _row(model: Checked, held: Held, shared: causes.Shared) -> dict[str, Any]:
    """A limit, and in one cell what moved its value."""
    moved = held.verdict.change or held.tightened
    return _limit(held) | {"cause": "; ".join(causes.why(model, held, shared)) if moved else None}


def _gone(checks: Checks, head: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """The limits that are gone or weaker, and of models that are left out no limit."""
    for one in checks.weakened:
        if one.how is How.LOOSENED:
            continue  # its record says so
        limits: Sequence[dict[str, object]] = weakened.entry(one)["before"] or [{}]
        for path in one.models:
            for limit in limits:
                yield path, "", *map({**limit, "status": one.how.value}.get, head)


def _cases(checks: Checks) -> list[Suite]:
    """The models that are there, and what the change did to the gate itself."""
    shared = causes.Shared(checks)
    there = (model for model in checks.models if model.state is not State.DELETED)
    models = (_suite(checks, model, shared) for model in there)
    gate = (*_weakened(checks), *_policy(checks))
    return [*models, *gate, *map(_unchecked, checks.errors)]


def _suite(checks: Checks, model: Checked, shared: causes.Shared) -> Suite:
    """The limits of a model, and what its author expects of it, as cases."""
    cases = [_case(checks, model, held, shared) for held in model.held]
    for wrong in model.unexpected:
        if wrong.level is not None:
            said, fails = words.expected(wrong), wrong.level is Level.ERROR
            cases.append(Case("expect", said, "" if fails else said, fails))
    return Suite(model.path, cases)


def _weakened(checks: Checks) -> Iterator[Suite]:
    """The limits that the change itself weakens, as cases of the file that has them."""
    suites: dict[str, list[Case]] = {}
    for one in checks.weakened:
        said = weakened.message(one)
        file = one.source.path if one.source else one.models[0]
        case = Case(weakened.what(one), said, said, one.level is Level.ERROR)
        suites.setdefault(file, []).append(case)
    return (Suite(f"{file}: the gate", cases) for file, cases in suites.items())


def _policy(checks: Checks) -> Iterator[Suite]:
    """The concerns of the policy, as cases named by their keys."""
    cases = [
        Case(one.rule.key or one.rule.code, said, said, one.level is Level.ERROR)
        for one in checks.concerns
        for said in (concerns.message(one),)
    ]
    if cases:
        yield Suite("the policy", cases)


def _unchecked(mistake: Mistake) -> Suite:
    """A suite for what could not be tested: one model, or all models of a file."""
    source = mistake.problem.source
    alone = mistake.models[0] if len(mistake.models) == 1 else ""
    name = alone or (source.path if source else "convcost")
    return Suite(name, [Case("read", mistake.problem.message, str(mistake), ended=True)])


def _case(checks: Checks, model: Checked, held: Held, shared: causes.Shared) -> Case:
    name = f"{words.label(held)} {held.verdict.limit.bound.value}"
    failed = checks.counts_as_failure(held)
    if not failed and (reason := words.unchecked_limit(model, held)):
        return Case(name, reason, skipped=True)
    if not words.is_broken(held):
        return Case(name)
    message = f"{model.path}: {words.message(held)}"
    said = [
        message,
        *causes.why(model, held, shared),
        *words.details(model, held),
        causes.fix(model),
    ]
    return Case(name, message, "\n".join(filter(None, said)), failed)


def document(checks: Checks) -> dict[str, Any]:
    """The document: counts as exact ints, null where there is none."""
    return {
        "convcost": VERSION,
        "base": checks.base or None,
        "failed": checks.is_failed,
        "summary": words.summary(checks),
        "notes": list(checks.notes),
        "weakened": [weakened.entry(one) for one in checks.weakened],
        "policy": [concerns.entry(one) for one in checks.concerns],
        "errors": [_error(mistake) for mistake in checks.errors],
        "models": [_model(checks, model) for model in checks.models],
    }


def _error(mistake: Mistake) -> dict[str, Any]:
    problem = mistake.problem
    return {
        "message": problem.message,
        "notes": list(problem.notes),
        "source": _source(problem.source),
        "models": list(mistake.models),
    }


def _model(checks: Checks, model: Checked) -> dict[str, Any]:
    gone = model.state is State.DELETED
    return {
        "path": model.path,
        "name": model.figures.name,
        "state": model.state.value,
        "path_before": model.path_before or None,
        "failed": checks.failed(model),
        "complete": not model.figures.unknown,
        "totals": None if gone else dict(model.figures.totals),
        "totals_before": model.before and dict(model.before.totals),
        "receptive_field": list(model.figures.sizes),
        "unexpected": [
            {
                "message": wrong.message,
                "level": wrong.level.value if wrong.level else "off",
                "source": _source(wrong.source),
            }
            for wrong in model.unexpected
        ],
        "limits": [_limit(held, model.causes) for held in model.held],
        "causes": [causes.entry(cause) for cause in model.causes],
        "repair": model.repair
        and {
            "what": model.repair.what,
            "before": model.repair.before,
            "after": model.repair.after,
            "source": _source(model.repair.source),
        },
    }


def _limit(held: Held, of: Sequence[Cause] = ()) -> dict[str, Any]:
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
        "excused": held.excused and held.excused.why,
        "tightened_from": held.tightened and held.tightened.before,
        "caused": [cause.on(limit) for cause in of],
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
