"""The report of ``rank``: designs from the least to the most of a figure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.errors import printable
from convcost.further_metrics import duration, is_time
from convcost.metrics import METRICS
from convcost.render.parts.numbers import exact, figures
from convcost.render.parts.table import Column
from convcost.render.report import Document, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION, six_digits
from convcost.render.reports.notes import incomplete

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.rank import Ranked
    from convcost.devices.device import Calibration
    from convcost.render.report import Medium, Part

BESIDE = "macs"


def report(rows: Sequence[Ranked], metric: str, fitted: Calibration | None) -> Report:
    """The report of designs in their order.

    Args:
        rows: the designs.
        metric: what they are ordered by.
        fitted: what estimates of that are fitted on; None where it is no estimate.
    """
    return Report(
        page=partial(_page, rows, metric, fitted),
        document=lambda: Document(_document(rows, metric, fitted)),
        records=lambda: Records(
            ("place", "design", metric, "near_before", BESIDE),
            (
                (r.place, r.label, r.value, str(r.near).lower(), r.analysis.totals[BESIDE])
                for r in rows
            ),
        ),
    )


def _page(
    rows: Sequence[Ranked], metric: str, fitted: Calibration | None, _: Medium
) -> Iterator[Part]:
    yield Table(_columns(rows, metric))
    for said in _said(rows, metric, fitted):
        yield Paragraph(said, "", "  ", wrapped=True, gap=False)
    for row in rows:
        for note in incomplete(row.analysis.network, f"{printable(row.label)} is incomplete: "):
            yield Paragraph(note, "yellow", "  ", wrapped=True, gap=False)


def _said(rows: Sequence[Ranked], metric: str, fitted: Calibration | None) -> Iterator[str]:
    """Notes on the figures that the designs are ordered by."""
    if fitted is None:
        if is_time(metric):
            yield "bounds, not latencies: networks may be measured in another order"
        return
    yield f"estimates: {fitted.off}; fitted on {fitted.source}"
    if fitted.error is None:
        yield "the error of these estimates is not known, so near ties are not marked"
    if any(row.near for row in rows):
        yield "~: closer to the design above than that error: either may be the faster one"
    if rows[0].value < fitted.least:
        shortest = duration(fitted.least)
        yield f"no measured network took less than {shortest}: starting layers may take longer"


def _columns(rows: Sequence[Ranked], metric: str) -> list[Column]:
    least = rows[0].value
    values = figures(metric, [row.value for row in rows], partial(map, exact))
    ratios = [f"{row.value / least:.3g}" if least else "" for row in rows]
    columns = [
        Column("", [str(row.place) for row in rows], number=True),
        Column("design", [printable(row.label) for row in rows]),
        Column(metric, values, number=True),
        Column("", ["~" if row.near else "" for row in rows]),
        Column("x", ratios, number=True),
    ]
    if metric != BESIDE:
        counts = [exact(row.analysis.totals[BESIDE]) for row in rows]
        columns.append(Column(METRICS[BESIDE].title, counts, number=True))
    return columns


def _document(rows: Sequence[Ranked], metric: str, fitted: Calibration | None) -> dict[str, Any]:
    return {
        "convcost": VERSION,
        "metric": metric,
        "error": six_digits(fitted.error) if fitted and fitted.error is not None else None,
        "designs": [
            {
                "place": row.place,
                "design": row.label,
                "value": row.value,
                "near_before": row.near,
                "complete": row.analysis.complete,
                "remark": row.analysis.remarks.get(metric, ""),
                "macs": row.analysis.totals[BESIDE],
            }
            for row in rows
        ],
    }
