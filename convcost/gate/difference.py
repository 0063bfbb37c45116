"""The layers that made a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.compare.align import partners
from convcost.budget.limit import Part
from convcost.budget.verdict import matching
from convcost.further_metrics import is_memory, is_of_a_tool
from convcost.metrics import SUMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Figures, Row
    from convcost.errors import Source

Pair = tuple["Row | None", "Row | None"]
"""A layer before and after; None where there is none that stands for the other."""


class Change(NamedTuple):
    """The change of one layer's part of a metric; ``before`` and ``after`` are None where the
    layer is not there. ``source`` is its line now, of a layer that is gone its line then."""

    layer: str
    before: int | None
    after: int | None
    source: Source | None

    @property
    def difference(self) -> int:
        """Its cost less that before."""
        return (self.after or 0) - (self.before or 0)


def pairs(
    before: Figures, after: Figures, analyses: tuple[Analysis, Analysis] | None = None
) -> list[Pair]:
    """Layers that stand for each other.

    Args:
        before: figures of one network, and
        after: of the other.
        analyses: of both networks, to align their layers as ``convcost compare`` does; without them
            layers of one path, or else of one name, stand for each other.
    """
    if analyses is None:
        paths = {row.path: number for number, row in enumerate(before.rows)}
        found = {j: paths[r.path] for j, r in enumerate(after.rows) if r.path in paths}
        taken = {*found.values()}
        names = {r.name: i for i, r in enumerate(before.rows) if i not in taken}
        found |= {
            j: names[r.name] for j, r in enumerate(after.rows) if j not in found and r.name in names
        }
    else:
        found = partners(analyses[0].layers, analyses[1].layers)
    kept = set(found.values())
    gone: Iterable[Pair] = ((r, None) for i, r in enumerate(before.rows) if i not in kept)
    there: Iterable[Pair] = (
        (before.rows[found[j]] if j in found else None, row) for j, row in enumerate(after.rows)
    )
    return [*there, *gone]


def changes(limit: Limit, aligned: Sequence[Pair]) -> list[Change]:
    """The layers that moved a limit's value, those that moved it most first.

    There are none for metrics that are not sums: fields, the peak, and memory of devices.
    """
    if is_memory(limit.metric) or (limit.metric not in SUMS and not is_of_a_tool(limit.metric)):
        return []
    found = [_change(limit.metric, old, new) for old, new in meant(limit, aligned) if old or new]
    moved = [change for change in found if change.difference]
    return sorted(moved, key=lambda change: -abs(change.difference))


def meant(limit: Limit, aligned: Sequence[Pair]) -> Sequence[Pair]:
    """Pairs in which only layers that a limit is about are left."""
    if limit.part is Part.NETWORK:
        return aligned
    rows = [row for pair in aligned for row in pair if row is not None]
    known = {(row.name, row.op) for row in matching(limit, rows)}

    def own(row: Row | None) -> Row | None:
        return row if row and (row.name, row.op) in known else None

    return [(own(old), own(new)) for old, new in aligned]


def _change(metric: str, old: Row | None, new: Row | None) -> Change:
    row = new or old
    assert row is not None
    before, after = (one and one.counts[metric] for one in (old, new))
    return Change(row.name, before, after, row.source)


def by_line(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes of layers that one line of a spec makes together, those that come to most first."""
    groups: dict[object, list[Change]] = {}
    for change in changes:
        there = change.after is not None and change.source is not None
        key = change.source if there else (change.layer, change.after is None)
        groups.setdefault(key, []).append(change)
    return sorted(groups.values(), key=lambda group: -abs(total(group)))


def total(changes: Sequence[Change]) -> int:
    """The sum of changes."""
    return sum(change.difference for change in changes)
