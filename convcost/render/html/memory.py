"""The bytes alive while each layer runs, along time, and what they are at the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.memory import alive_at
from convcost.metrics import PEAK
from convcost.render.html.element import element, link
from convcost.render.html.parts import table
from convcost.render.html.plot import steps
from convcost.render.parts.numbers import exact, si
from convcost.render.parts.table import Column
from convcost.render.parts.words import shape
from convcost.render.report import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.html.element import Element, Node

MOST_TENSORS = 50


def memory(analysis: Analysis) -> Sequence[Node]:
    """The drawing, and the tensors alive at the peak."""
    alive = [cost.counts[PEAK] for cost in analysis.layers]
    most = max(alive, default=0)
    if not most:
        return [element("p", {}, "No layer holds any memory.")]
    at = alive.index(most)
    name = analysis.layers[at].name
    before, after = f"Peak: {exact(most)} bytes while ", f" runs, layer {at + 1} of {len(alive)}."
    said = f"{before}{name}{after}"
    plot = steps(alive, [f"{si(count)}B" for count in alive], said, marked=at)
    under = "Bytes alive while each layer runs, in their order; weights are not among them."
    return [
        element("p", {}, before, link(name), after),
        element("figure", {}, plot, element("p", {"class": "under"}, under)),
        element("h3", {}, "Alive at the peak"),
        _tensors(analysis, at),
    ]


def _tensors(analysis: Analysis, at: int) -> Element:
    held = alive_at(analysis.network, at, inplace=analysis.inplace)
    held = sorted(held, key=lambda one: -one.bytes)
    makers = analysis.network.edges.makers
    names = [
        ", ".join(dict.fromkeys(makers[t].name if t in makers else t.name for t in one.tensors))
        for one in held[:MOST_TENSORS]
    ]
    shapes = [" ".join(dict.fromkeys(shape(t.shape) for t in one.tensors)) for one in held]
    total = exact(sum(one.bytes for one in held))
    columns = [
        Column("made by", names, "total"),
        Column("shape, with the batch", shapes[:MOST_TENSORS]),
        Column("bytes", [exact(one.bytes) for one in held[:MOST_TENSORS]], total, number=True),
    ]
    more = len(held) - MOST_TENSORS
    if more > 0:
        rest = exact(sum(one.bytes for one in held[MOST_TENSORS:]))
        for column, cell in zip(columns, (f"and {exact(more)} more", "", rest), strict=True):
            column.cells.append(cell)
    return table(Table(columns))
