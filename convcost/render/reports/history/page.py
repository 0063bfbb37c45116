"""The page of ``history``: for each model the commits that changed what it costs, and a line of
blocks that shows the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import cut, inert, plural, printable
from convcost.metrics import METRICS
from convcost.render.parts.change import percent
from convcost.render.parts.numbers import exact
from convcost.render.parts.table import GAP, Column, Line
from convcost.render.parts.text_width import width_of
from convcost.render.report import Drawing, Heading, Item, Items, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.gate.history import History, Step, Trace
    from convcost.render.report import Medium, Part

LEAST_CELLS, MOST_CELLS = 4, 60  # of a line of blocks
LEAST_SUBJECT = 12
COMMIT = 9  # letters of a commit
MOST_LETTERS = 300  # of a reason


def page(history: History, medium: Medium) -> Iterator[Part]:
    """A section for each model that changed; the others are counted."""
    since = f" since {printable(history.since)}" if history.since else ""
    yield Heading(f"history{since}: {plural(len(history.commits), 'commit')}")
    for note in history.notes:
        yield Paragraph(inert(note), wrapped=True)
    alone = len(history.traces) == 1
    shown = [trace for trace in history.traces if trace.steps and (alone or len(trace.steps) > 1)]
    for trace in shown:
        yield Heading(inert(printable(trace.path)), level=1)
        yield Table(_columns(history, trace, medium.width), gap=False)
        if unknown := list(_unknown(history, trace)):
            yield Items(unknown, gap=False)
        yield Drawing([Line(line) for line in _ways(history, trace, medium)], gap=False)
    unchanged = sum(len(trace.steps) == 1 for trace in history.traces)
    if unchanged and not alone:
        yield Paragraph(f"{plural(unchanged, 'model')} did not change")


def _columns(history: History, trace: Trace, width: int | None) -> list[Column]:
    """Commits, figures and how they changed; what was done, as far as there is room."""
    commits = [history.commits[step.at] for step in trace.steps]
    columns = [
        Column("commit", [commit.name[:COMMIT] for commit in commits]),
        Column("date", [commit.date for commit in commits]),
    ]
    for metric in history.metrics:
        costs = (step.cost for step in trace.steps)
        figures = [cost.figures[metric] if cost.figures else None for cost in costs]
        values = ["?" if figure is None else exact(figure) for figure in figures]
        changes = _changes(figures)
        columns.append(Column(METRICS[metric].title, values, number=True))
        columns.append(Column("", changes, number=True))
    return [*columns, *_subjects(history, trace, columns, width)]


def _changes(figures: Sequence[int | None]) -> list[str]:
    """By how much each figure changed since the one before that is known."""
    found: list[str] = []
    before: int | None = None
    for figure in figures:
        known = before is not None and figure is not None
        found.append(percent(before or 0, figure or 0) if known else "")
        before = before if figure is None else figure
    return found


def _subjects(
    history: History, trace: Trace, columns: Sequence[Column], width: int | None
) -> list[Column]:
    said = [_said(history, trace, number) for number in range(len(trace.steps))]
    if width is not None:
        taken = sum(max(map(width_of, (c.heading, *c.cells))) + len(GAP) for c in columns)
        if width - taken < LEAST_SUBJECT:
            return []
        said = [_fitted(text, width - taken) for text in said]
    return [Column("", said)]


def _fitted(text: str, room: int) -> str:
    """As much of a text as a column has room for."""
    if width_of(text) <= room:
        return text
    text = text[: room - 1]
    while width_of(text) >= room:
        text = text[:-1]
    return f"{text}…"


def _said(history: History, trace: Trace, number: int) -> str:
    """The subject of a commit, after remarks on the model at that commit."""
    said = (*_apart(trace.steps, number), history.commits[trace.steps[number].at].subject)
    return inert(printable("; ".join(said)))


def _apart(steps: Sequence[Step], number: int) -> Iterator[str]:
    step = steps[number]
    if step.cost.figures is None:
        yield "not known"
    elif not step.cost.complete:
        yield "not all layers were counted"
    if number and steps[number - 1].path != step.path:
        yield f"was {steps[number - 1].path}"


def _unknown(history: History, trace: Trace) -> Iterator[Item]:
    """Why a model is not known at some commits."""
    for step in trace.steps:
        if step.cost.figures is None:
            commit = history.commits[step.at].name[:COMMIT]
            yield Item(inert(f"{commit}: {cut(step.cost.error, MOST_LETTERS)}"))


def _ways(history: History, trace: Trace, medium: Medium) -> Iterator[str]:
    """A line a metric: the way that it went, from what to what."""
    costs = list(trace.costs(len(history.commits)))
    titles = [METRICS[metric].title for metric in history.metrics]
    room = max(map(len, titles))
    for title, metric in zip(titles, history.metrics, strict=True):
        figures = [cost.figures[metric] if cost and cost.figures else None for cost in costs]
        known = [figure for figure in figures if figure is not None]
        if not known:
            continue
        change = percent(known[0], known[-1])
        said = f"{exact(known[0])} to {exact(known[-1])} ({change})" if change else exact(known[-1])
        head = f"{title:<{room}}{GAP}"
        left = MOST_CELLS if medium.width is None else medium.width - len(head + GAP + said)
        blocks = _blocks(figures, min(left, MOST_CELLS), medium)
        yield f"{head}{blocks}{GAP}{said}" if blocks else head + said


def _blocks(figures: Sequence[int | None], most: int, medium: Medium) -> str:
    """A block for each commit, or for as many at once as have room, the lowest for the least; ""
    where there is no room, or nothing to draw them with."""
    cells = min(len(figures), most)
    if cells < min(len(figures), LEAST_CELLS) or not medium.has_blocks:
        return ""
    picked = [figures[(number + 1) * len(figures) // cells - 1] for number in range(cells)]
    known = [figure for figure in figures if figure is not None]
    least, most = min(known), max(known)
    bars = medium.chars.bars[1:]
    span = max(1, most - least)
    return "".join(
        medium.chars.none if figure is None else bars[(figure - least) * (len(bars) - 1) // span]
        for figure in picked
    )
