"""The report of ``compare``."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from convcost.analysis.analyze.cost import CONVENTION
from convcost.analysis.analyze.layer_cost import LayerCost
from convcost.analysis.compare.comparison import Mark
from convcost.analysis.unmet import unmet
from convcost.errors import ConvcostError
from convcost.metrics import DEPTH
from convcost.render.parts.words import field_text, shape
from convcost.render.report import Compared, Document, Records, Report
from convcost.render.reports.compare.page import page
from convcost.render.reports.entries import (
    VERSION,
    field_entry,
    group_entry,
    layer_entry,
    network_entry,
    six_digits,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.group import Group
    from convcost.render.reports.compare.sheet import AnyRow, Sheet


def report(sheet: Sheet) -> Report:
    """The report of a comparison."""
    return Report(
        page=partial(page, sheet),
        document=lambda: Document(_document(sheet)),
        records=lambda: _records(sheet),
        changes=lambda: _drawn(sheet),
    )


def _drawn(sheet: Sheet) -> Compared:
    """The two designs of a sheet, to be drawn.

    Raises:
        ConvcostError: there are more.
    """
    if len(sheet.labels) > 2:
        raise ConvcostError("--format: mermaid and dot draw two designs: leave out the others")
    return Compared(sheet.comparison, sheet.labels)


def _records(sheet: Sheet) -> Records:
    """A line a design for each row: its mark, what it is, and its counts in full; none of that
    where it was removed. Row 0 has the totals."""
    comparison = sheet.comparison
    known = [metric for metric in comparison.totals if metric != DEPTH]
    what = ("name", "op", "output_shapes", "layers", *known, DEPTH, "receptive_field", "source")
    rows: list[Sequence[object]] = []
    for design, (label, analysis) in enumerate(zip(sheet.labels, comparison.analyses, strict=True)):
        counts = [comparison.totals[metric][design] for metric in (*known, DEPTH)]
        shapes = " ".join(shape(t.sample_shape) for t in analysis.network.outputs.values())
        layers, field = len(analysis.layers), field_text(comparison.fields[design])
        rows.append((0, "", label, "total", "", shapes, layers, *counts, field, ""))
    for number, row in enumerate(sheet.listed, start=1):
        for design, item in enumerate(row.items):
            mark = row.marks[design - 1] if design else ""
            if item is not None:
                rows.append((number, mark, sheet.labels[design], *_cells(item, known)))
            elif mark == Mark.REMOVED:
                rows.append((number, mark, sheet.labels[design], *("" for _ in what)))
    return Records(("row", "mark", "design", *what), rows)


def _cells(item: LayerCost | Group, known: Sequence[str]) -> Sequence[object]:
    counts = [item.counts[metric] for metric in known]
    if not isinstance(item, LayerCost):
        return (item.name, "", "", item.layers, *counts, "", "", "")
    shapes = " ".join(map(shape, item.output_shapes))
    tail = ("", field_text(item.receptive_fields), item.layer.origin)
    return (item.name, item.op, shapes, item.layers, *counts, *tail)


def _document(sheet: Sheet) -> dict[str, Any]:
    """The document: versioned, counts as exact ints, ratios to six digits."""
    comparison = sheet.comparison
    designs = [
        {
            "label": label,
            **network_entry(analysis.network),
            "complete": analysis.complete,
            "unknown": list(analysis.network.unknown),
            "unmet": list(unmet(analysis)),
            **field_entry(fields),
        }
        for label, analysis, fields in zip(
            sheet.labels, comparison.analyses, comparison.fields, strict=True
        )
    ]
    return {
        "convcost": VERSION,
        "convention": CONVENTION,
        "complete": all(analysis.complete for analysis in comparison.analyses),
        "designs": designs,
        "totals": [{"metric": m, **_beside(v)} for m, v in comparison.totals.items()],
        "by": sheet.by,
        "metric": sheet.metric,
        "same": sum(row.same for row in sheet.rows),
        "rows": [_row(row, sheet.metric) for row in sheet.listed],
    }


def _beside(values: Sequence[int]) -> dict[str, Any]:
    """Values of the designs, and how those after the first differ from it."""
    first, *others = values
    return {
        "values": list(values),
        "differences": [value - first for value in others],
        "ratios": [six_digits(Fraction(value, first)) if first else None for value in others],
    }


def _row(row: AnyRow, metric: str) -> dict[str, Any]:
    designs = range(len(row.items))
    absent = {Mark.ABSENT: None}
    return {
        "marks": [absent.get(mark, mark.value) for mark in row.marks],
        **_beside([row.cost(design, metric) for design in designs]),
        "changes": [{name: _plain(pair) for name, pair in c.items()} for c in row.changes],
        "designs": [None if item is None else _entry(item) for item in row.items],
    }


def _plain(value: object) -> object:
    """A value of a field, as JSON has it: fractions as text, ``1/2``."""
    if isinstance(value, tuple):
        return list(map(_plain, cast("tuple[object, ...]", value)))
    return str(value) if isinstance(value, Fraction) else value


def _entry(item: LayerCost | Group) -> dict[str, Any]:
    if not isinstance(item, LayerCost):
        return group_entry(item)
    origin = item.layer.origin
    return {**layer_entry(item), "origin": origin and str(origin)}
