"""The report of ``analyze`` of the files of folders: a row each, also of those that cannot be
read."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.errors import plural, printable
from convcost.metrics import RATIOS
from convcost.render.parts.words import shape
from convcost.render.report import Document, Item, Items, Paragraph, Records, Report, Table
from convcost.render.reports.analyze_rows import fitted
from convcost.render.reports.entries import VERSION, rounded_ratios
from convcost.render.reports.screen import with_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from convcost.render.report import Medium, Part
    from convcost.render.reports.analyze_rows import Row

MOST_REASONS = 10
"""Files whose reason a page says; CSV and JSON have that of each."""

_EXCERPT = re.compile(r"\d* *\|")
"""Lines that quote a file, and the caret under them."""

LEAST_ROWS = 10  # of a terminal, however low it is


def report(rows: Sequence[Row], *, everything: bool = False) -> Report:
    """The report of files.

    Args:
        rows: one for each.
        everything: whether a terminal lists all rows, however many.
    """
    return Report(
        page=partial(_page, rows, everything),
        document=lambda: Document({"convcost": VERSION, "files": [*map(_entry, rows)]}),
        records=lambda: Records(head(rows), map(partial(record, _metrics(rows)), rows)),
    )


def _page(rows: Sequence[Row], everything: bool, medium: Medium) -> Iterable[Part]:
    page = partial(_of, rows, medium)
    read = sum(not row.reason for row in rows)
    return page(read) if everything else with_rows(page, read, medium, LEAST_ROWS)


def _of(rows: Sequence[Row], medium: Medium, most: int) -> Iterator[Part]:
    """A page with so many rows of files."""
    read = [row for row in rows if not row.reason]
    if read:
        shown = [row._replace(label=printable(row.label)) for row in read[:most]]
        yield Table(fitted(shown, medium, "file"))
    if len(read) > most:
        more = f"and {plural(len(read) - most, 'more file')}: --all lists them"
        yield Paragraph(more, "dim", wrapped=True)
    yield from _lacking("not fully known", [row for row in read if not row.known])
    yield from _lacking("not read", [row for row in rows if row.reason])


def _lacking(what: str, rows: Sequence[Row]) -> Iterator[Part]:
    if not rows:
        return
    yield Paragraph(f"{plural(len(rows), 'file')} {what}:", "yellow")
    yield Items([Item(_said(row)) for row in rows[:MOST_REASONS]], gap=False)
    if len(rows) > MOST_REASONS:
        more = f"and {len(rows) - MOST_REASONS} more: --format csv has the reason of each"
        yield Paragraph(more, "dim", wrapped=True, gap=False)


def _said(row: Row) -> str:
    """Why a row lacks something: a line, in which the file is named once."""
    said = reason(row)
    return said if said.startswith(row.label) else f"{printable(row.label)}: {said}"


def reason(row: Row) -> str:
    """Why a file could not be read, or what of it is not known, as one line; "" where all is."""
    if row.reason:
        lines = (line.strip() for line in row.reason.splitlines())
        return "; ".join(line for line in lines if not _EXCERPT.match(line))
    return "; ".join((*row.unknown, *(f"assumes {one}" for one in row.assumes)))


def _entry(row: Row) -> Mapping[str, Any]:
    if row.reason:
        return {"file": row.label, "reason": row.reason}
    return {
        "file": row.label,
        "reason": None,
        "network": row.network,
        "complete": not row.unknown,
        "layers": row.layers,
        "totals": {**row.totals, **rounded_ratios(row.totals)},
        **({"remarks": row.remarks} if row.remarks else {}),
        "unknown": [*row.unknown],
        "assumes": [*row.assumes],
        "doubts": [*row.doubts],
    }


def _metrics(rows: Sequence[Row]) -> list[str]:
    """The figures that rows have, in the order of the first one that was read."""
    return [*dict.fromkeys(name for row in rows for name in row.totals), *RATIOS]


def head(rows: Sequence[Row]) -> list[str]:
    """The headings of records."""
    return ["file", "reason", "complete", "layers", "inputs", "outputs", *_metrics(rows), "field"]


def columns(rows: Sequence[Row]) -> Mapping[str, Sequence[Any]]:
    """The records as columns."""
    several = [record(_metrics(rows), row) for row in rows]
    found = {name: [one[place] for one in several] for place, name in enumerate(head(rows))}
    return {**found, "complete": [None if row.reason else not row.unknown for row in rows]}


def record(metrics: Sequence[str], row: Row) -> Sequence[object]:
    """The record of a file; None where there is nothing to say."""
    if row.reason:
        return [row.label, reason(row), *[None] * (len(metrics) + 5)]
    totals = {**row.totals, **rounded_ratios(row.totals)}
    return [
        row.label,
        reason(row) or None,
        "false" if row.unknown else "true",
        row.layers,
        _shapes(row.network, "input"),
        _shapes(row.network, "output"),
        *(totals.get(metric) for metric in metrics),
        row.field or None,
    ]


def _shapes(network: Mapping[str, Any], what: str) -> str | None:
    """The shapes of inputs or outputs without the batch, with their names if there are several."""
    several = network.get(f"{what}_shapes")
    if several:
        return ", ".join(f"{name} {shape(sizes)}" for name, sizes in several.items())
    only = network[f"{what}_shape"]
    return None if only is None else shape(only)
