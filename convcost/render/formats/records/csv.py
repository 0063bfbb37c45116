"""CSV: a line for the headings and one a record."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcost.render.report import Medium, Report


def write(report: Report, _: Medium) -> str:
    """The records of a report; None is an empty cell."""
    assert report.records is not None
    head, rows = report.records()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
