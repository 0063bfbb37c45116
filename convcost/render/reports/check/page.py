"""The page of ``check``: each limit, what is wrong, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.budget.limit import Bound
from convcost.errors import inert, plural, printable
from convcost.finding import Level
from convcost.further_metrics import duration, is_bytes, is_time
from convcost.gate.checks import State
from convcost.render.parts.numbers import figures, rounded
from convcost.render.parts.table import Column, Line, aligned
from convcost.render.parts.text_width import width_of
from convcost.render.report import Bounded, Drawing, Heading, Item, Items, Paragraph
from convcost.render.reports.check import causes, concerns, mistakes, rows, weakened, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.errors import Source
    from convcost.gate.checks import Checked, Checks, Held
    from convcost.render.report import Medium, Part

STYLES = {"FAILED": "bold red", "warning": "yellow", "passed": "green"}
STYLE_OF = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "", None: ""}
MARKS = {State.NEW: "  (new)", State.UNCOMPARED: "  (no base)"}
INDENT = "  "
LONGEST = 65_000  # characters of a document: a comment on GitHub has at most 65,536
MOST_POINTS = 100  # lines about models one by one, so that the rows of all that is broken have room
LEAST_POINTS = 5  # that a model counts as
MOST_NOTES = 10


def page(
    report: Checks, medium: Medium, *, told: bool = False, base_told: bool = False
) -> Iterator[Part]:
    """A row a limit, then what is wrong, then the result; in a document what is wrong first.
    ``told``: mistakes stand on standard error already, and ``base_told``: so does the base."""
    if medium.paged:
        yield Bounded(list(_document(report)), LONGEST)
        return
    shared = causes.Shared(report)
    for model in report.models:
        if wrong := _wrong(report, model, shared):
            yield _inert(wrong)
    if report.weakened:
        yield _inert([Line(said, style) for said, style in _weakened(report)])
    if said := [*concerns.lines(report)]:
        yield _inert([Line(line, style) for line, style in said])
    for mistake in () if told else report.errors:
        yield _inert([Line(line, "red") for line in mistakes.lines(mistake)])
    if lines := [Line(said) for said in causes.changed(report, shared)]:
        yield _inert([Line("changed:", "bold"), *(Line(INDENT + one.text) for one in lines)])
    if report.base and not base_told:
        yield Paragraph(f"compared with {report.base}", "dim")
    if report.models:
        yield _inert(_table(report, medium.width))
    bad = report.is_failed or report.errors
    yield Paragraph(inert(words.summary(report)), "bold red" if bad else "green")


def _inert(lines: Sequence[Line]) -> Drawing:
    return Drawing([line._replace(text=inert(line.text)) for line in lines])


def _table(report: Checks, width: int | None) -> list[Line]:
    shown = [_shown(model) for model in report.models]
    every = [held for listed in shown for held in listed]
    if not every:
        return [_head(report, model) for model in report.models]
    head, rule, *body = _fitted(every, width, compared=bool(report.base))
    rows = iter(body)
    result = [head, rule]
    for model, listed in zip(report.models, shown, strict=True):
        result.append(_head(report, model))
        for held in listed:
            result.append(next(rows)._replace(style=_style(held)))
    return result


def _shown(model: Checked) -> list[Held]:
    """The limits to list: those of growth only where there is something to compare with."""
    alone = model.state is State.ALONE
    return [held for held in model.held if not (alone and held.verdict.limit.relative)]


def _head(report: Checks, model: Checked) -> Line:
    status = words.status(report, model)
    what = f"{status:<8}  {words.heading(model)}"
    what += MARKS.get(model.state, "")
    return Line(what, STYLES.get(status, "bold"))


def _style(held: Held) -> str:
    if not words.is_broken(held):
        return ""
    return STYLE_OF[held.level]


def _fitted(every: Sequence[Held], width: int | None, *, compared: bool) -> list[Line]:
    """The table with all digits; on a terminal that is too narrow for them rounded, or without the
    values from before."""
    forms = [(False, compared), (True, compared), (True, False)]
    for short, before in forms:
        found = aligned(_columns(every, short=short, before=before, change=compared), None)
        if width is None or max(width_of(line.text) for line in found) <= width:
            return found
    return aligned(_columns(every, short=True, before=False, change=compared), width)


def _columns(every: Sequence[Held], *, short: bool, before: bool, change: bool) -> list[Column]:
    rows = [_cells(held, short=short) for held in every]
    names, values, limits, outcomes, befores, changes = ([row[i] for row in rows] for i in range(6))
    columns = [
        Column("model", [f"{INDENT}{name}" for name in names]),
        Column("value", values, number=True),
        Column("limit", limits, number=True),
        Column("", outcomes, number=True),
    ]
    if before:
        columns.append(Column("before", befores, number=True))
    if change:
        columns.append(Column("change", changes, number=True))
    return columns


def _texts(numbers: Sequence[int], metric: str, *, short: bool) -> dict[int, str]:
    """Numbers in full, or in few letters and with a unit; times always have one. Those that differ
    never look alike."""
    if is_time(metric):
        texts = {number: duration(number) for number in numbers}
        alike = len({*texts.values()}) < len(texts)
        return {number: f"{number:,} ns" for number in numbers} if alike or not short else texts
    if not short:
        return {number: f"{number:,}" for number in numbers}
    unit = "B" if is_bytes(metric) else ""
    return {n: text + unit for n, text in zip(numbers, rounded(numbers), strict=True)}


def _cells(held: Held, *, short: bool) -> tuple[str, ...]:
    verdict = held.verdict
    numbers = [verdict.value, verdict.allowed, verdict.before, abs(verdict.over)]
    known = [number for number in numbers if number is not None]
    texts = _texts(known, verdict.limit.metric, short=short)

    def cell(number: int | None) -> str:
        return "" if number is None else texts[number]

    sign = ">=" if verdict.limit.bound is Bound.MIN else "<="
    allowed = "" if verdict.allowed is None else f"{sign} {cell(verdict.allowed)}"
    outcome = words.outcome(held, number=cell(abs(verdict.over)))
    change = "" if verdict.change is None else f"{verdict.change:+,}"
    if short and verdict.change is not None:
        (text,) = figures(verdict.limit.metric, [abs(verdict.change)], rounded)
        change = ("+" if verdict.change >= 0 else "-") + text
    change += words.percent(verdict.change, verdict.before)
    return (
        words.label(held),
        cell(verdict.value),
        allowed,
        outcome,
        cell(verdict.before),
        change,
    )


def _wrong(report: Checks, model: Checked, shared: causes.Shared) -> list[Line]:
    """The mistakes of a model: each broken limit with what led to it, and what would help."""
    broken = _failing_first(report, model)
    if not broken and not words.unexpected(model):
        return []
    result: list[Line] = []
    path = printable(model.path)
    for wrong in words.unexpected(model):
        style = STYLE_OF[wrong.level]
        result.append(Line(f"{path}: {words.expected(wrong)}{_at(wrong.source)}", style))
    listed: list[list[str]] = []
    for number, held in enumerate(broken):
        where = _at(held.verdict.limit.source)
        result.append(Line(f"{path}: {words.marked(report, held)}{where}", _style(held)))
        result += (Line(f"{INDENT}{said}") for said in words.details(model, held))
        if not number and (fix := causes.fix(model)):
            result.append(Line(f"{path}: {fix}", "bold"))
        why = causes.why(model, held, shared)
        if why and why in listed:
            why = ["as above"]
        listed.append(why)
        result += (Line(f"{INDENT}{INDENT}{said}") for said in why)
    return result


def _weakened(report: Checks) -> Iterator[tuple[str, str]]:
    """The limits that the change itself weakens, each with its style."""
    for one in report.weakened:
        error = one.level is Level.ERROR
        said = weakened.message(one)
        yield (said, "red") if error else (f"warning: {said}", "yellow")


def _failing_first(report: Checks, model: Checked) -> list[Held]:
    """The limits that there is something to say about."""
    broken = [held for held in model.held if words.is_broken(held)]
    return sorted(broken, key=lambda held: not report.counts_as_failure(held))


def _at(source: Source | None) -> str:
    return f" ({printable(str(source))})" if source else ""


def _document(report: Checks) -> Iterator[Part]:
    yield Heading(f"convcost: {words.summary(report)}")
    shared = causes.Shared(report)
    if report.errors:
        yield Heading(words.unchecked(report), level=1)
        yield Items(list(mistakes.points(report.errors)), bullet="*")
    yield from _details(report, shared)
    if report.weakened:
        yield Items([Item(said) for said, _ in _weakened(report)], bullet="*")
    if said := [*concerns.lines(report)]:
        yield Items([Item(line) for line, _ in said], bullet="*")
    if changed := list(causes.changed(report, shared)):
        yield Heading("What changed", level=1)
        yield Items([Item(said) for said in changed], bullet="*")
    if report.base:
        yield Paragraph(f"Compared with {report.base}.")
    for note in report.notes[:MOST_NOTES]:
        yield Paragraph(note)
    if len(report.notes) > MOST_NOTES:
        yield Paragraph(f"And {len(report.notes) - MOST_NOTES:,} notes more.")
    yield from rows.limits(report)


def _details(report: Checks, shared: causes.Shared) -> Iterator[Part]:
    """The models that something is wrong with, one by one, as far as the rows of all have room."""
    wrong = [model for model in report.models if _is_wrong(model)]
    left = MOST_POINTS
    for number, model in enumerate(wrong):
        if not left:
            yield Paragraph(f"And {plural(len(wrong) - number, 'model')} more.")
            return
        points = list(_points(report, model, shared))
        yield Heading(f"{words.status(report, model)}: {words.heading(model)}", level=1)
        yield Items(points[:left], bullet="*")
        if len(points) > left:
            yield Paragraph(f"And {plural(len(points) - left, 'line')} more.")
        left = max(0, left - max(len(points), LEAST_POINTS))


def _is_wrong(model: Checked) -> bool:
    return bool(words.unexpected(model)) or any(map(words.is_broken, model.held))


def _points(report: Checks, model: Checked, shared: causes.Shared) -> Iterator[Item]:
    for wrong in words.unexpected(model):
        yield Item(f"{words.expected(wrong)}{_at(wrong.source)}")
    for held in _failing_first(report, model):
        yield Item(f"{words.marked(report, held)}{_at(held.verdict.limit.source)}")
        for said in (*causes.why(model, held, shared), *words.details(model, held)):
            yield Item(said, deep=True)
    if fix := causes.fix(model):
        yield Item(fix)
