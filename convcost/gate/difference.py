"""The layers that made a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.budget import matching
from convcost.budget import FIELD, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.budget import Figures, Row
    from convcost.budget import Limit
    from convcost.errors import Source

PEAK = "peak_activation_bytes"


class Change(NamedTuple):
    """What became of one layer's part of a metric; ``before`` and ``after`` None where the layer is
    not there. ``source`` is its line, now or (``gone``) then."""

    layer: str
    before: int | None
    after: int | None
    source: Source | None

    @property
    def difference(self) -> int:
        """How much more it costs."""
        return (self.after or 0) - (self.before or 0)


def changes(limit: Limit, figures: Figures, before: Figures) -> list[Change]:
    """The layers that moved a limit's value, those that moved it most first.

    There are none for metrics that are not sums: fields, and the peak.
    """
    if limit.metric in (FIELD, PEAK):
        return []
    rows = [matching(limit, of.rows) for of in (before, figures)]
    if limit.part is Part.NETWORK:
        rows = [list(of.rows) for of in (before, figures)]
    found = [_change(limit.metric, old, new) for old, new in _pairs(*rows)]
    moved = [change for change in found if change.difference]
    return sorted(moved, key=lambda change: -abs(change.difference))


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
    """What changes come to together."""
    return sum(change.difference for change in changes)


def _pairs(
    before: Sequence[Row], after: Sequence[Row]
) -> Iterator[tuple[Row | None, Row] | tuple[Row, None]]:
    """Layers that stand for each other: those of one name."""
    old = {row.name: row for row in before}
    for row in after:
        yield old.pop(row.name, None), row
    for row in old.values():
        yield row, None
