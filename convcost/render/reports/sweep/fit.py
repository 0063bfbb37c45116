"""The report of ``fit``: the largest designs that keep to a budget, and the nearest misses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.errors import plural
from convcost.further_metrics import metric_of
from convcost.render.parts.numbers import exact, si
from convcost.render.parts.table import Column
from convcost.render.report import Document, Heading, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION
from convcost.render.reports.sweep.report import cell, title, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.render.report import Medium, Part
    from convcost.sweeps.fitting import Fit


def report(fit: Fit, name: str) -> Report:
    """The report of a search among designs of the spec ``name``."""
    return Report(
        page=partial(_page, fit, name),
        document=partial(_document, fit, name),
        records=lambda: Records(("fits", *_head(fit)), _records(fit)),
    )


def _head(fit: Fit) -> list[str]:
    return [*(axis.name for axis in fit.axes), *fit.metrics]


def _rows(fit: Fit, columns: Mapping[str, Any]) -> list[list[object]]:
    rows = zip(*(columns[name].tolist() for name in _head(fit)), strict=True)
    return [[value_of(value) for value in row] for row in rows]


def _records(fit: Fit) -> Iterator[Sequence[object]]:
    for fits, columns in (("yes", fit.largest), ("no", fit.missed)):
        for row in _rows(fit, columns):
            yield (fits, *row)


def _document(fit: Fit, name: str) -> Document:
    return Document(
        {
            "convcost": VERSION,
            "spec": name,
            "budget": {one.metric: one.most for one in fit.limits},
            "candidates": fit.tried,
            "valid": fit.valid,
            "fit": fit.fit,
            "columns": _head(fit),
            "largest": _rows(fit, fit.largest),
            "misses": _rows(fit, fit.missed),
        }
    )


def _page(fit: Fit, name: str, _: Medium) -> Iterator[Part]:
    limits = " and ".join(
        f"{metric_of(one.metric).title} <= {cell(one.metric, one.most)}" for one in fit.limits
    )
    yield Heading(f"{name}: {exact(fit.fit)} of {plural(fit.tried, 'design')} have {limits}")
    if fit.fit:
        yield Paragraph("the largest: none that fits is larger along one axis and smaller in none")
        yield Table([*_columns(fit, fit.largest)], gap=False)
    if fit.fit < fit.valid:
        yield Paragraph("the nearest misses:")
        yield Table([*_columns(fit, fit.missed)], gap=False)


def _columns(fit: Fit, columns: Mapping[str, Any]) -> Iterator[Column]:
    for name in _head(fit):
        cells = [cell(name, value) for value in columns[name].tolist()]
        yield Column(title(name, fit.axes), cells, number=True)
    for one in fit.limits:
        most = max(1, one.most)
        shares = [_used(value, most) for value in columns[one.metric].tolist()]
        yield Column(f"{metric_of(one.metric).title} used", shares, number=True)


def _used(value: int, most: int) -> str:
    """A value as a part of what it may be: ``99.8%``; ``37.2M x`` where percents say nothing."""
    return f"{value / most:.1%}" if value < 10 * most else f"{si(round(value / most))} x"
