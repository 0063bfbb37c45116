"""The page of ``rf`` on one screen: without plots, and with a row for layers that grow alike."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from convcost.errors import listed, plural
from convcost.render.formats.page.text import lines
from convcost.render.report import Paragraph
from convcost.render.reports.rf.page import plots_of, shown_rows, table, whole_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.rf.growth import Growth, Row
    from convcost.render.report import Medium, Part

PROMPT = 1  # the line that a shell writes next


def fitted_page(growth: Growth, medium: Medium) -> Sequence[Part]:
    """The first of four pages that has room on a terminal: the whole one, without the plot of
    paths, without plots, and with a row for layers that grow alike; the last where none has."""
    assert medium.height is not None
    page: list[Part] = []
    for page in map(list, _pages(growth, medium)):
        if sum(1 for _ in lines(page, medium.width)) + PROMPT <= medium.height:
            break
    return page


def _pages(growth: Growth, medium: Medium) -> Iterator[Iterator[Part]]:
    rows = shown_rows(growth, everything=False)
    plots = list(plots_of(growth, medium, everything=False))
    columns = table(growth, rows)
    for kept in range(len(plots), -1, -1):
        page = whole_page(growth, medium, columns, plots[:kept], everything=False)
        yield _saying(page, len(plots) - kept, 0)
    runs = [list(run) for _, run in groupby(rows, key=_how)]
    columns = table(growth, [run[-1] for run in runs], [len(run) for run in runs])
    page = whole_page(growth, medium, columns, (), everything=False)
    yield _saying(page, len(plots), len(rows) - len(runs))


def _how(row: Row) -> tuple[object, ...]:
    """How a layer changes the field: layers in a row that do it alike make one row."""
    return (row.input, row.grown, [axis.stride for axis in row.axes], row.flags, row.strides)


def _saying(page: Iterator[Part], plots: int, rows: int) -> Iterator[Part]:
    """A page, and what it leaves out."""
    yield from page
    left_out = [plural(count, word) for count, word in ((plots, "plot"), (rows, "row")) if count]
    if left_out:
        said = f"{listed(left_out)} left out"
        if rows:
            said += ", each row the last of the layers that grow alike"
        yield Paragraph(f"{said}; --all shows everything", "dim", gap=False)
