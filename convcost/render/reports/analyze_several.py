"""The report of ``analyze`` of several designs: a row each, and their layers for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.report import Document, Paragraph, Records, Report, Table, View
from convcost.render.reports import entries
from convcost.render.reports.analyze import records
from convcost.render.reports.analyze_rows import fitted, row_of
from convcost.render.reports.notes import incomplete, remarked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.report import Medium, Part


def report(labels: Sequence[str], analyses: Sequence[Analysis]) -> Report:
    """The report of designs under their labels."""
    pairs = list(zip(labels, analyses, strict=True))

    def page(medium: Medium) -> Iterator[Part]:
        if medium.drawn:
            from convcost.render.html.designs import designs  # for browsers only

            yield View("Designs", "designs", designs(labels, analyses))
        yield Table(fitted([row_of(name, of) for name, of in pairs], medium, "design"))
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
