"""Networks as rows of one table: designs that are compared, and the files of a folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.further_metrics import further, metric_of
from convcost.render.parts.bar import bars
from convcost.render.parts.numbers import aligned, exact, figures
from convcost.render.parts.table import Column, name_room
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import field_text
from convcost.render.reports.entries import network_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.report import Medium

SHOWN = ("params", "macs", "weight_bytes", "peak_activation_bytes", "traffic_bytes")
DRAWN = "macs"
SPARED = ("moved", "weights", "layers", "field", "peak", "", "params")
"""Columns that a narrow terminal does without, the least missed first."""


class Row(NamedTuple):
    """The costs of a network under a label: data alone, so that a row is small and may come from
    another process. ``reason`` says why there is none; all else is empty then. ``network`` is its
    entry in documents."""

    label: str
    reason: str = ""
    layers: int = 0
    network: Mapping[str, Any] = {}
    totals: Mapping[str, int] = {}
    field: str = ""
    unknown: Sequence[str] = ()
    assumes: Sequence[str] = ()
    doubts: Sequence[str] = ()
    remarks: Mapping[str, str] = {}

    @property
    def known(self) -> bool:
        """Whether every figure is fully known."""
        return not (self.reason or self.unknown or self.assumes)


def row_of(label: str, analysis: Analysis) -> Row:
    """The row of a network."""
    network = analysis.network
    return Row(
        label,
        layers=len(analysis.layers),
        network=network_entry(network),
        totals={**analysis.totals},
        field=_field(analysis),
        unknown=tuple(network.unknown),
        assumes=tuple(network.assumes),
        doubts=tuple(network.doubts),
        remarks={**analysis.remarks},
    )


def _field(analysis: Analysis) -> str:
    """The field of the first output."""
    output = next(iter(analysis.network.outputs.values()), None)
    made = (layer for layer in analysis.layers if output in layer.layer.outputs)
    return next((field_text(layer.receptive_fields) for layer in made), "")


def fitted(rows: Sequence[Row], medium: Medium, heading: str) -> list[Column]:
    """The table with as many columns as a width has room for; ``heading`` is that of labels."""
    columns = list(_columns(rows, medium, heading))
    if medium.width is None:
        return columns
    forms = [
        [column for column in columns if column.heading not in SPARED[:spared]]
        for spared in range(len(SPARED) + 1)
    ]
    longest = max(width_of(row.label) for row in rows)
    return next((form for form in forms if name_room(form, medium.width) >= longest), forms[-1])


def _columns(rows: Sequence[Row], medium: Medium, heading: str) -> Iterator[Column]:
    """Totals: in full, or in one unit a column on a terminal."""
    yield Column(heading, [row.label for row in rows])
    yield Column("layers", [exact(row.layers) for row in rows], number=True)
    for name in (*SHOWN, *further(rows[0].totals)):
        metric = metric_of(name)
        counts = [row.totals[name] for row in rows]
        unit = "B" if metric.unit == "bytes" else ""
        if medium.width is None:
            yield Column(metric.title, figures(name, counts, partial(map, exact)), number=True)
            continue
        title = metric.line.label if metric.line else metric.title
        yield Column(title, figures(name, counts, partial(aligned, unit=unit)), number=True)
        if name == DRAWN:
            drawn = bars(counts, blocks=medium.has_blocks)
            yield Column("", drawn, styles=["cyan"] * len(drawn))
    yield Column("field", [row.field for row in rows], number=True)
