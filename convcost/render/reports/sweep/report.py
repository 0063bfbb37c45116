"""The report of ``sweep``: rows of candidates, and those that are not networks."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any

from convcost.errors import plural
from convcost.further_metrics import duration, further, is_time, metric_of
from convcost.metrics import METRICS
from convcost.render.parts.numbers import exact
from convcost.render.parts.table import Column, Line
from convcost.render.report import (
    Document,
    Drawing,
    Heading,
    Item,
    Items,
    Paragraph,
    Records,
    Report,
    Table,
    View,
)
from convcost.render.reports.entries import VERSION
from convcost.render.reports.sweep.scatter import scatter
from convcost.sweeps.axes import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.render.report import Medium, Part
    from convcost.sweeps.axes import Axis
    from convcost.sweeps.sweeping import Sweep

MOST_ROWS = 20
"""Rows of a table unless ``--top`` says how many."""

MOST_REASONS = 8


def report(sweep: Sweep, name: str) -> Report:
    """The report of a sweep of the spec ``name``."""
    return Report(
        page=partial(_page, sweep, name),
        document=partial(_document, sweep, name),
        records=lambda: Records(sweep.head, rows(sweep)),
    )


def rows(sweep: Sweep) -> Iterator[Sequence[object]]:
    """The rows as values of documents: ints, and texts of fractions, which are exact."""
    for part in sweep.parts:
        columns = [part[name].tolist() for name in sweep.head]
        for row in zip(*columns, strict=True):
            yield [value_of(value) for value in row]


def value_of(value: Any) -> object:
    """A value as documents have it."""
    if isinstance(value, float):
        return None if isnan(value) else value
    if isinstance(value, Fraction):
        return written(value)
    return value


def _document(sweep: Sweep, name: str) -> Document:
    return Document(
        {
            "convcost": VERSION,
            "spec": name,
            "candidates": sweep.tried,
            "valid": sweep.valid,
            "refused": [{"reason": said, "candidates": n} for said, n in sweep.refused.items()],
            "columns": sweep.head,
            "rows": rows(sweep),
        }
    )


def _page(sweep: Sweep, name: str, medium: Medium) -> Iterator[Part]:
    yield Heading(f"sweep of {name}: {_counted(sweep)}")
    shown = min(sweep.rows, sweep.asked.top or MOST_ROWS)
    if shown:
        yield Table([*_columns(sweep, shown)])
    more = sweep.rows - shown
    if more > 0:
        said = f"and {plural(more, 'more row')}: `--top N`, or `-o rows.csv` for all of them"
        yield Paragraph(said, "dim", wrapped=True)
    aims, axes = sweep.asked.pareto, sweep.asked.grid.axes
    if len(aims) == 2 and sweep.rows > 1 and medium.drawn:
        yield _front(sweep)
    elif len(aims) == 2 and sweep.rows > 1:
        x, y = (one.name for one in aims)
        lines = scatter(sweep.columns, x, y, medium.chars)
        ways = Line(f"{title(y, axes)} from below, {title(x, axes)} from the left")
        yield Drawing([ways, *lines], "Pareto front")
    if sweep.refused:
        yield Paragraph("no networks:", wrapped=True)
        reasons = sorted(sweep.refused.items(), key=lambda one: -one[1])
        yield Items([Item(f"{exact(n)}: {said}") for said, n in reasons[:MOST_REASONS]], gap=False)
        others = sum(n for _, n in reasons[MOST_REASONS:])
        if others:
            yield Paragraph(f"and {exact(others)} for other reasons", wrapped=True, gap=False)


def refusals(sweep: Sweep) -> str:
    """A sentence on candidates that are not networks, for formats that have rows alone."""
    said, most = max(sweep.refused.items(), key=lambda one: one[1])
    number = sum(sweep.refused.values())
    counted = f"{exact(number)} of {plural(sweep.tried, 'candidate')} are not networks"
    return f"{counted}; {exact(most)} of them because of this: {said}"


def _front(sweep: Sweep) -> View:
    """The front for a browser, where each dot says what it is."""
    from convcost.render.html.designs import among

    x, y = (one.name for one in sweep.asked.pareto)
    axes = sweep.asked.grid.axes
    given = [axis.name for axis in axes]
    figures = zip(sweep.columns[x].tolist(), sweep.columns[y].tolist(), strict=True)
    shown = [
        (
            ", ".join(f"{name}={cell(name, sweep.columns[name][at])}" for name in given),
            float(across or 0),
            float(up or 0),
        )
        for at, (across, up) in enumerate(figures)
    ]
    return View("Pareto front", "front", among(shown, (title(x, axes), title(y, axes))))


def _counted(sweep: Sweep) -> str:
    said = f"{exact(sweep.rows)} of {plural(sweep.tried, 'candidate')}"
    return f"{said} on the Pareto front" if sweep.asked.pareto else said


def _columns(sweep: Sweep, shown: int) -> Iterator[Column]:
    for name in sweep.head:
        values = sweep.columns[name][:shown].tolist()
        heading = title(name, sweep.asked.grid.axes)
        yield Column(heading, [cell(name, value) for value in values], number=True)


def title(name: str, axes: Sequence[Axis]) -> str:
    """The heading of a column."""
    return name if name in {axis.name for axis in axes} else metric_of(name).title


def cell(name: str, value: Any) -> str:
    """A value as tables have it."""
    if value is None:
        return "?"
    if isinstance(value, float):
        return "-" if isnan(value) else f"{value:.3g}"
    if isinstance(value, int) and is_time(name):
        return duration(value)
    if isinstance(value, int) and (name in METRICS or further([name])):
        return exact(value)
    return written(value)
