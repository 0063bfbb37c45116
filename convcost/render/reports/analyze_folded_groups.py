"""The report of ``analyze --by`` on one screen: groups that are alike as one row, few others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.group import runs, together
from convcost.render.parts.table import Column
from convcost.render.reports.analyze_fitted import Rows, folded, page
from convcost.render.reports.screen import largest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from convcost.analysis.analyze.group import Group
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.report import Medium, Part

ALIKE = "alike"  # the heading of how many groups a row stands for


def fitted(
    analysis: Analysis,
    groups: Sequence[Group],
    table: Callable[[Sequence[Group]], list[Column]],
    whole: Callable[[], Iterable[Part]],
    medium: Medium,
) -> Sequence[Part]:
    """A page for a terminal of a width and a height: the whole one if that has room; ``table`` has
    the columns of some groups."""

    def rows(most: int) -> Rows:
        shown, times = _shown(groups, most)
        columns = [column._replace(total="") for column in table(shown)]
        if max(times) > 1:
            marks = [f"x{number}" if number > 1 else "" for number in times]
            columns.insert(1, Column(ALIKE, marks))
        if len(shown) == len(groups):
            return Rows(columns)
        first = next((number for number in times if number > 1), 1)
        return Rows(columns, folded(len(analysis.layers), len(shown), first, medium))

    return page(analysis, len(groups), rows, whole, medium)


def _shown(groups: Sequence[Group], most: int) -> tuple[list[Group], list[int]]:
    """At most so many groups, and how many each stands for: all; those that are alike as one; and
    the dearest of these, with all others as one."""
    if len(groups) <= most:
        return [*groups], [1] * len(groups)
    found = [together(run[0].name, run) for run in runs(groups)]
    times = [len(run) for run in runs(groups)]
    if len(found) <= most:
        return found, times
    kept = largest([group.counts["macs"] for group in found], most - 1)
    rest = [group for at, group in enumerate(found) if at not in kept]
    others = together(f"({len(rest)} others)", rest)
    return [*(found[at] for at in kept), others], [*(times[at] for at in kept), 1]
