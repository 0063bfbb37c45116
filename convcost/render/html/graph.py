"""The drawing of a network, in a frame that scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.graph.svg import drawn
from convcost.render.html.element import Markup, element

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.html.element import Element


def graph(
    analysis: Analysis, label: str = "", classes: Mapping[str, Sequence[int]] | None = None
) -> Element:
    """The network with its blocks folded, which a page shows with the drawing's own style;
    ``label`` tells it from others, and ``classes`` are those that places of layers give to boxes.
    """
    called = f"Graph of {label}" if label else "Graph"
    about = {"class": "graph", "role": "region", "tabindex": 0, "aria-label": called}
    return element("div", about, Markup(drawn(analysis, classes=classes)))
