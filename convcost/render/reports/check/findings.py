"""A check as findings, for what shows such beside lines."""

from __future__ import annotations

from os.path import normpath, sep
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.budget.limit import Bound
from convcost.budget.verdict import Status
from convcost.errors import printable
from convcost.finding import Finding, Level, Rule
from convcost.gate.difference import by_line
from convcost.render.reports.check import causes, concerns, weakened, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.errors import Source
    from convcost.gate.checks import Checked, Checks, Held
    from convcost.gate.mistakes import Mistake
    from convcost.gate.weakened import Weakened

TITLES = {
    "CB101": "more than the budget",
    "CB102": "less than the budget asks for",
    "CB103": "grown by more than the budget allows",
    "CB201": "not what the spec expects",
    "CB301": "not all layers were counted",
    "CB401": "a gate that the change itself weakens",
    "CB402": "a model that no limit holds",
    "CB403": "growth that nothing was compared with",
    "CB404": "broken at the base already",
    "CB405": "a base that cannot be read",
    "CB406": "an exemption that is over",
    "CB407": "a model that was deleted or renamed",
    "CB501": "could not be checked",
}
RULES = [Rule(code, title, f"docs/check.md#{code.lower()}") for code, title in TITLES.items()]
_CODES = {Bound.MAX: "CB101", Bound.MIN: "CB102", Bound.INCREASE: "CB103"}


def findings(report: Checks) -> list[Finding]:
    """The broken limits, model by model. Each is found at the line that made the most of the
    difference, or else where the limit stands."""
    result: list[Finding] = []
    shared = causes.Shared(report)
    for model in report.models:
        for wrong in model.unexpected:
            if wrong.level is not None:
                said = f"{printable(model.path)}: {wrong.message}"
                found = Finding("CB201", wrong.level, said, "", model.file, wrong.source)
                result.append(found)
        for held in model.held:
            if words.is_broken(held):
                result.append(_finding(report, model, held, shared))
    result += map(_of_weakened, report.weakened)
    result += map(concerns.finding, report.concerns)
    result += map(_mistake, report.errors)
    files = {model.path: model.file for model in report.models}
    return [
        _from_root(f._replace(model=files.get(f.model, f.model)), report.folder) for f in result
    ]


def _finding(report: Checks, model: Checked, held: Held, shared: causes.Shared) -> Finding:
    verdict = held.verdict
    unknown = verdict.status is Status.UNKNOWN
    level = held.level or Level.NOTE
    if unknown and not report.strict and level is Level.ERROR:
        level = Level.WARNING
    message = f"{printable(model.path)}: {words.message(held)}"
    said = [message, *causes.why(model, held, shared), *words.details(model, held)]
    source = place(model, held)
    return Finding(
        code="CB301" if unknown else _CODES[verdict.limit.bound],
        level=level,
        message="\n".join(said),
        fix=causes.fix(model) if level is Level.ERROR else "",
        model=model.file,
        source=source,
        layer=verdict.layer,
        related=tuple(_related(model, held, shared, source)),
    )


def _related(
    model: Checked, held: Held, shared: causes.Shared, source: Source | None
) -> Iterator[tuple[Source, str]]:
    """The other places that have to do with a broken limit: what else changed, and the limit."""
    told = causes.of_broken(model, [held], shared) if held.verdict.change is not None else []
    for one in told:
        if one.source is not None and one.source != source:
            yield one.source, one.said
    limit = held.verdict.limit
    if limit.source is not None and limit.source != source:
        yield limit.source, f"the limit: {printable(limit.text)}"


def _of_weakened(one: Weakened) -> Finding:
    said = weakened.message(one)
    return Finding("CB401", one.level, said, "", one.models[0], one.source)


def _mistake(mistake: Mistake) -> Finding:
    """At its own line; what has none is in its model."""
    problem = mistake.problem
    said = [problem.message, *problem.notes, mistake.extent]
    return Finding(
        code="CB501",
        level=Level.ERROR,
        message="\n".join(line for line in said if line),
        fix="",
        model=next(iter(mistake.models), problem.source.path if problem.source else ""),
        source=problem.source,
    )


def place(model: Checked, held: Held) -> Source | None:
    """The line to look at: that which changed, or that of the layers which did, or the limit's."""
    blamed = causes.blamed(model, held) if held.verdict.change is not None else None
    if blamed is not None:
        return blamed
    for group in by_line(held.changes):
        if group[0].after is not None and group[0].source is not None:
            return group[0].source
    source = held.verdict.limit.source
    if model.source is not None:  # which is not a file that a code host knows
        return source or model.source
    return source if source is None or source.path == model.file else None


def _from_root(finding: Finding, folder: str) -> Finding:
    """With paths as seen from the repository's root, as code hosts know them."""

    def seen(path: str) -> str:
        return normpath(PurePath(folder, path)).replace(sep, "/")

    source = finding.source
    return finding._replace(
        model=finding.model and seen(finding.model),
        source=source and source._replace(path=seen(source.path)),
        related=tuple((at._replace(path=seen(at.path)), said) for at, said in finding.related),
    )
