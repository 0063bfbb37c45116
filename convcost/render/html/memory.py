"""The bytes alive while each layer runs, along time, and what they are at the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.memory import alive_at
from convcost.metrics import PEAK
from convcost.render.html.element import element, link
from convcost.render.html.parts import table
from convcost.render.parts.numbers import exact, si
from convcost.render.parts.table import Column
from convcost.render.parts.words import shape
from convcost.render.report import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.render.html.element import Element, Node

HIGH = 100
"""Units of the drawing at the peak."""
MOST_TENSORS = 50


def memory(analysis: Analysis) -> Sequence[Node]:
    """The drawing, and the tensors alive at the peak."""
    alive = [cost.counts[PEAK] for cost in analysis.layers]
    most = max(alive, default=0)
    if not most:
        return [element("p", {}, "No layer holds any memory.")]
    at = alive.index(most)
    name = analysis.layers[at].name
    said = f"Peak: {exact(most)} bytes while {name} runs, layer {at + 1} of {len(alive)}."
    under = "Bytes alive while each layer runs, in their order; weights are not among them."
    return [
        element("p", {}, said.split(name)[0], link(name), said.split(name, 1)[1]),
        element("figure", {}, _plot(alive, most, said), element("p", {"class": "under"}, under)),
        element("h3", {}, "Alive at the peak"),
        _tensors(analysis, at),
    ]


def _plot(alive: Sequence[int], most: int, said: str) -> Element:
    """Steps, one a layer. A script reads what each of them is from the drawing itself."""
    heights = [HIGH - HIGH * count // most for count in alive]
    path = "".join(f"V{y}H{x}" for x, y in enumerate(heights, start=1))
    at = heights.index(0)
    wide = len(alive)
    view = {
        "class": "plot",
        "viewBox": f"0 0 {wide} {HIGH}",
        "preserveAspectRatio": "none",
        "role": "img",
        "aria-label": said,
        "data-steps": " ".join(f"{si(count)}B" for count in alive),
    }
    return element(
        "svg",
        view,
        element("path", {"class": "area", "d": f"M0 {HIGH}{path}V{HIGH}z"}),
        element("path", {"class": "peak", "d": f"M{at} 0V{HIGH}M{at + 1} 0V{HIGH}"}),
        element("rect", {"class": "cursor", "height": HIGH, "width": 0}),
    )


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
