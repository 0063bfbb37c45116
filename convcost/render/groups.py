"""An analysis with a row an op or a stage, in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.cost import COUNTS
from convcost.errors import printable
from convcost.render.bar import bars
from convcost.render.columns import exact, notes, rounded, share
from convcost.render.csv_text import csv_text
from convcost.render.document import document, group_entry, to_text
from convcost.render.flat import convention
from convcost.render.markdown import escaped, table
from convcost.render.table import LEAST_NAME_ROOM, Column, Line, aligned, name_room
from convcost.render.text import heading, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.analysis.analyze.group import Group


def columns(
    analysis: Analysis, groups: Sequence[Group], by: str, *, blocks: bool, short: bool = False
) -> list[Column]:
    """The table's columns: how many layers each group has, its params and MACs, and their shares of
    the network's; ``short`` rounds counts."""
    count = len(analysis.layers)
    layers = [exact(group.layers) for group in groups]
    macs = [group.counts["macs"] for group in groups]
    result = [
        Column(by, [group.name for group in groups], "total"),
        Column("layers", layers, exact(count), number=True),
    ]
    for name, metric in (("params", "params"), ("MACs", "macs")):
        whole = analysis.totals[metric]
        counts = [group.counts[metric] for group in groups]
        *cells, total = (rounded if short else _exact)([*counts, whole])
        shares = [share(part, whole) for part in counts]
        result.append(Column(name, cells, total, number=True))
        result.append(Column("share", shares, number=True))
    return [*result, Column("", bars(macs, blocks=blocks))]


def _exact(counts: Sequence[int]) -> list[str]:
    return list(map(exact, counts))


def lines(
    analysis: Analysis, groups: Sequence[Group], by: str, width: int | None, *, blocks: bool
) -> list[Line]:
    """The report that :func:`convcost.render.text.lines` gives of layers, of groups of them."""
    shown = columns(analysis, groups, by, blocks=blocks)
    if width is not None and name_room(shown, width) < LEAST_NAME_ROOM:
        shown = columns(analysis, groups, by, blocks=blocks, short=True)
    return [
        *heading(analysis.network, width),
        Line(""),
        *aligned(shown, width),
        Line(""),
        *totals(analysis, sum(group.layers for group in groups), width),
        *(Line(printable(note), "yellow") for note in notes(analysis, ())),
    ]


def to_json(analysis: Analysis, groups: Sequence[Group], by: str) -> str:
    """The document of an analysis, with ``groups`` in place of its layers."""
    entries = document(analysis, ())
    places = {"layers": {"by": by, "groups": list(map(group_entry, groups))}}
    parts = (places.get(key, {key: value}) for key, value in entries.items())
    return to_text({key: value for part in parts for key, value in part.items()})


def to_markdown(analysis: Analysis, groups: Sequence[Group], by: str, *, blocks: bool) -> str:
    """A heading, the table with totals, and what there is to say besides."""
    parts = [f"## {escaped(analysis.network.name)}", ""]
    parts += (*table(columns(analysis, groups, by, blocks=blocks)), "", convention(analysis), "")
    parts += (line for note in notes(analysis, ()) for line in (escaped(note), ""))
    return "\n".join(parts)


def to_csv(groups: Sequence[Group], by: str) -> str:
    """A line a group, counts in full."""
    rows = (
        (group.name, group.layers, *(group.counts[metric] for metric in COUNTS)) for group in groups
    )
    return csv_text((by, "layers", *COUNTS), rows)
