"""The page of ``rf`` on one screen: without plots, with a row for layers that grow alike, and at
last with few rows and short verdicts."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from convcost.errors import plural
from convcost.render.reports.rf.heat import TALLEST
from convcost.render.reports.rf.page import plots_of, shown_rows, table, unit_page, whole_page
from convcost.render.reports.rf.verdicts import in_short, of_network, of_unit
from convcost.render.reports.screen import first_fitting, largest, left_out, with_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.rf.growth import Detail, Growth, Row
    from convcost.render.report import Medium, Part

ENOUGH_LINES = 10  # of a map; where there is room for fewer, there are fewer verdicts


def fitted_page(growth: Growth, medium: Medium) -> Sequence[Part]:
    """The first page that has room on a terminal: the whole one, without the plot of paths, without
    plots, with a row for layers that grow alike, with verdicts in short, and with fewer rows."""
    rows = shown_rows(growth, everything=False)
    plots = list(plots_of(growth, medium, everything=False))
    runs = [list(run) for _, run in groupby(rows, key=_how)]
    full, short = list(of_network(growth, medium.chars)), list(in_short(growth))
    sizes = [sum(sum(abs(by or 0) for by in row.grown) for row in run) for run in runs]
    gone = len(full) - len(short)

    def whole(kept: int) -> Iterator[Part]:
        yield from whole_page(growth, medium, table(growth, rows), plots[:kept], full)
        if kept < len(plots):
            yield left_out([plural(len(plots) - kept, "plot")])

    def folded(kept: int, *, brief: bool) -> Iterator[Part]:
        chosen = [runs[at] for at in largest(sizes, kept, always=(0, len(runs) - 1))]
        columns = table(growth, [run[-1] for run in chosen], [len(run) for run in chosen])
        yield from whole_page(growth, medium, columns, (), short if brief else full)
        counts = ((len(plots), "plot"), (len(rows) - len(chosen), "row"), (gone * brief, "verdict"))
        what = [plural(count, word) for count, word in counts if count]
        most = max((len(run) for run in chosen), default=1)
        if what:
            yield left_out(what, f"x{most}: {most} alike" * (most > 1))

    def pages() -> Iterator[Sequence[Part] | Iterator[Part]]:
        yield from map(whole, range(len(plots), -1, -1))
        yield folded(len(runs), brief=False)
        if gone:
            yield folded(len(runs), brief=True)
        yield with_rows(lambda kept: folded(kept, brief=bool(gone)), len(runs), medium)

    return first_fitting(pages(), medium)


def _how(row: Row) -> tuple[object, ...]:
    """How a layer changes the field: layers in a row that do it alike make one row."""
    return (row.input, row.grown, [axis.stride for axis in row.axes], row.flags, row.strides)


def fitted_unit(detail: Detail, medium: Medium) -> Sequence[Part]:
    """The page of a unit with a map of as many lines as have room, and few verdicts where that is
    not enough."""
    page = partial(unit_page, detail, medium)
    said = list(of_unit(detail, medium.chars))
    short = [one for one in said if one[0]]
    gone = len(said) - len(short)

    def brief(tallest: int) -> Iterator[Part]:
        yield from page(tallest, short)
        if gone:
            yield left_out([plural(gone, "verdict")])

    def pages() -> Iterator[Iterable[Part]]:
        yield with_rows(page, TALLEST, medium, ENOUGH_LINES)
        yield with_rows(brief, TALLEST, medium)

    return first_fitting(pages(), medium)
