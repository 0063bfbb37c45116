"""CSV: a line for the headings and one a record."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.render.report import Medium, Report

AT_ONCE = 10_000  # records


def pieces(report: Report, _: Medium) -> Iterator[str]:
    """The records of a report, some at a time; None is an empty cell."""
    assert report.records is not None
    head, records = report.records()
    rows = iter(records)
    some = [head]
    while some:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(some)
        yield out.getvalue()
        some = [*islice(rows, AT_ONCE)]


def write(report: Report, medium: Medium) -> str:
    """All of them."""
    return "".join(pieces(report, medium))
