"""The views of ``analyze`` that a browser shows: modules, memory, fields and formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.graph.svg import STYLE
from convcost.render.html.fields import fields
from convcost.render.html.formulas import formulas
from convcost.render.html.graph import graph
from convcost.render.html.memory import memory
from convcost.render.html.parts import table as part_table
from convcost.render.html.roofline import roofline
from convcost.render.html.totals import totals
from convcost.render.html.tree import tree
from convcost.render.report import Heading, Paragraph, Table, View
from convcost.render.reports.notes import heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.parts.table import Column
    from convcost.render.report import Part


def drawn(
    analysis: Analysis, table: Sequence[Column], convention: str, notes: Iterable[str]
) -> Iterator[Part]:
    """The page of a network: its totals, its modules, the table, and all other views of it.

    Args:
        analysis: of the network, all of which is drawn whatever rows the table has.
        table: rows that were asked for.
        convention: the meaning of its totals.
        notes: what else a reader must be told.
    """
    yield Heading("".join(line.text for line in heading(analysis.network, None)))
    yield View("Totals", "totals", [totals(analysis)])
    yield Paragraph(convention, "dim")
    yield from (Paragraph(note, "yellow") for note in notes)
    yield View("Modules", "modules", tree(analysis))
    yield View("Graph", "graph", [graph(analysis)], style=STYLE)
    yield View("Layers", "layers", [part_table(Table(table))])
    for device in analysis.devices:
        title = f"Roofline of {device.title}"
        yield View(title, f"roofline-{device.name}", roofline(analysis, device))
    yield View("Memory", "memory", memory(analysis))
    if any(cost.receptive_fields for cost in analysis.layers):
        yield View("Receptive field", "field", fields(analysis))
    yield View("Formulas", "formulas", formulas(analysis))
