"""The report of ``calibrate``: a factor, how far off it is, and the measurements behind it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.errors import plural, printable
from convcost.further_metrics import duration
from convcost.render.parts.numbers import exact
from convcost.render.parts.table import Column
from convcost.render.report import Document, Heading, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION, six_digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.devices.calibrate import Calibrated, Compared
    from convcost.render.report import Medium, Part

MOST_ROWS = 12
MOST_LEFT = 3


def report(found: Calibrated, *, everything: bool) -> Report:
    """The report of a calibration.

    Args:
        found: what to report.
        everything: whether all measurements are listed, or those that are furthest off.
    """
    return Report(
        page=partial(_page, found, everything=everything),
        document=lambda: Document(_document(found)),
        records=lambda: Records(
            ("model", "batch", "dtype", "measured_ns", "estimate_ns", "off", "source"),
            ((*_entry(one).values(),) for one in found.rows),
        ),
    )


def _page(found: Calibrated, _: Medium, *, everything: bool) -> Iterator[Part]:
    made = found.calibration
    yield Heading(f"{found.device.name}: {found.device.title}")
    yield Paragraph(
        f"factor {float(made.factor):.4g} of the roofline; {float(100 * found.error):.3g} % off "
        f"(median) for networks that it was not fitted on, {found.folds} groups held out in turn",
        wrapped=True,
    )
    yield Paragraph(f"fitted on {printable(made.source)}", wrapped=True, gap=False)
    rows = sorted(found.rows, key=lambda one: -abs(one.off))
    listed = found.rows if everything else rows[:MOST_ROWS]
    yield Table(_columns(listed))
    if len(listed) < len(rows):
        said = f"the {len(listed)} furthest off, of {exact(len(rows))}: `--all` lists the others"
        yield Paragraph(said, gap=False)
    for note in _left(found):
        yield Paragraph(note, "yellow", "  ", wrapped=True, gap=False)


def _columns(rows: Sequence[Compared]) -> list[Column]:
    taken = [one.row.measurement for one in rows]
    return [
        Column("model", [printable(one.model) for one in taken]),
        Column("batch", [exact(one.batch) if one.batch else "" for one in taken], number=True),
        Column("dtype", [one.row.dtype for one in rows]),
        Column("measured", [duration(int(one.time)) for one in taken], number=True),
        Column("estimate", [duration(int(one.estimate)) for one in rows], number=True),
        Column("off", [f"{float(one.off):+.1%}" for one in rows], number=True),
        Column("line", [str(one.line) for one in taken], number=True),
    ]


def _left(found: Calibrated) -> Iterator[str]:
    """The rows that were left out, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for one, why in found.left.items():
        by_reason.setdefault(why, []).append(f"{printable(one.model)} ({one.source})")
    for why, names in by_reason.items():
        more = f" and {len(names) - MOST_LEFT:,} more" if len(names) > MOST_LEFT else ""
        rows = plural(len(names), "row")
        yield f"{rows} left out: {', '.join(names[:MOST_LEFT])}{more}: {why}"


def _document(found: Calibrated) -> dict[str, Any]:
    made = found.calibration
    return {
        "convcost": VERSION,
        "device": found.device.name,
        "factor": six_digits(made.factor),
        "error": six_digits(found.error),
        "least_ns": made.least,
        "source": made.source,
        "folds": found.folds,
        "doubts": [doubt.message for doubt in found.doubts],
        "measurements": [_entry(one) for one in found.rows],
        "left_out": [
            {"model": one.model, "why": why, "source": str(one.source)}
            for one, why in found.left.items()
        ],
    }


def _entry(one: Compared) -> dict[str, Any]:
    taken = one.row.measurement
    return {
        "model": taken.model,
        "batch": taken.batch,
        "dtype": one.row.dtype,
        "measured_ns": int(taken.time),
        "estimate_ns": int(one.estimate),
        "off": six_digits(one.off),
        "source": str(taken.source),
    }
