"""The drawing of a network, in a frame that scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.graph.svg import drawn
from convcost.render.html.element import Markup, element

if TYPE_CHECKING:
    from convcost.analysis.analyze.cost import Analysis
    from convcost.render.html.element import Element


def graph(analysis: Analysis) -> Element:
    """The network with its blocks folded, which a page shows with the drawing's own style."""
    about = {"class": "graph", "role": "region", "tabindex": 0, "aria-label": "Graph"}
    return element("div", about, Markup(drawn(analysis)))
