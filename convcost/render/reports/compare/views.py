"""The views of ``compare`` that a browser shows: an aligned diff, and the graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.graph.svg import STYLE
from convcost.render.html.diff import diff, graphs
from convcost.render.report import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.render.reports.compare.sheet import Sheet


def views(sheet: Sheet) -> Iterator[View]:
    """A diff of the first design and each other one, layer by layer whatever the rows of the table
    are, and all designs as graphs."""
    comparison, labels = sheet.comparison, sheet.labels
    for other in range(1, len(labels)):
        title = "Layers side by side" if len(labels) == 2 else f"{labels[0]} and {labels[other]}"
        yield View(title, f"diff{other}", diff(comparison.rows, labels, other))
    yield View("Graphs", "graphs", graphs(comparison, labels), style=STYLE)
