"""The report of ``analyze`` of several designs: a row each, and their layers for programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.further_metrics import further, metric_of
from convcost.render.parts.bar import bars
from convcost.render.parts.numbers import aligned, exact, figures
from convcost.render.parts.table import Column, name_room
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import field_text
from convcost.render.report import Document, Paragraph, Records, Report, Table, View
from convcost.render.reports import entries
from convcost.render.reports.analyze import records
from convcost.render.reports.notes import incomplete, remarked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.report import Medium, Part

SHOWN = ("params", "macs", "weight_bytes", "peak_activation_bytes", "traffic_bytes")
DRAWN = "macs"
SPARED = ("moved", "weights", "layers", "field", "peak", "", "params")
"""Columns that a narrow terminal does without, the least missed first."""


def report(labels: Sequence[str], analyses: Sequence[Analysis]) -> Report:
    """The report of designs under their labels."""
    pairs = list(zip(labels, analyses, strict=True))

    def page(medium: Medium) -> Iterator[Part]:
        if medium.drawn:
            from convcost.render.html.designs import designs  # for browsers only

            yield View("Designs", "designs", designs(labels, analyses))
        yield Table(_fitted(labels, analyses, medium))
        for note in remarked(labels, analyses):
            yield Paragraph(note, "", "  ", wrapped=True, gap=False)
        for label, analysis in pairs:
            for note in incomplete(analysis.network, f"{label} is incomplete: "):
                yield Paragraph(note, "yellow", "  ", wrapped=True, gap=False)

    def document() -> Document:
        designs = [{"design": name, **entries.document(of, of.layers)} for name, of in pairs]
        return Document({"convcost": entries.VERSION, "designs": designs})

    def rows() -> Records:
        found = [(label, records(analysis.layers)) for label, analysis in pairs]
        return Records(
            ("design", *found[0][1].head),
            ((label, *row) for label, layers in found for row in layers.rows),
        )

    return Report(page=page, document=document, records=rows)


def _fitted(labels: Sequence[str], analyses: Sequence[Analysis], medium: Medium) -> list[Column]:
    """The table with as many columns as a width has room for."""
    columns = list(_columns(labels, analyses, medium))
    if medium.width is None:
        return columns
    forms = [
        [column for column in columns if column.heading not in SPARED[:spared]]
        for spared in range(len(SPARED) + 1)
    ]
    longest = max(map(width_of, labels))
    return next((form for form in forms if name_room(form, medium.width) >= longest), forms[-1])


def _columns(
    labels: Sequence[str], analyses: Sequence[Analysis], medium: Medium
) -> Iterator[Column]:
    """Totals: in full, or in one unit a column on a terminal."""
    yield Column("design", list(labels))
    yield Column("layers", [exact(len(of.layers)) for of in analyses], number=True)
    for name in (*SHOWN, *further(analyses[0].totals)):
        metric = metric_of(name)
        counts = [of.totals[name] for of in analyses]
        unit = "B" if metric.unit == "bytes" else ""
        if medium.width is None:
            yield Column(metric.title, figures(name, counts, partial(map, exact)), number=True)
            continue
        heading = metric.line.label if metric.line else metric.title
        cells = figures(name, counts, partial(aligned, unit=unit))
        yield Column(heading, cells, number=True)
        if name == DRAWN:
            drawn = bars(counts, blocks=medium.has_blocks)
            yield Column("", drawn, styles=["cyan"] * len(drawn))
    yield Column("field", list(map(_field, analyses)), number=True)


def _field(analysis: Analysis) -> str:
    """The field of the first output."""
    output = next(iter(analysis.network.outputs.values()))
    made = (layer for layer in analysis.layers if output in layer.layer.outputs)
    return next((field_text(layer.receptive_fields) for layer in made), "")
