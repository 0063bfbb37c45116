"""SVG: the graph of a network, blocks folded, laid out already; light or dark as the reader's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcost.render.report import Medium, Report


def write(report: Report, _: Medium) -> str:
    """The drawing, with its style sheet."""
    from convcost.render.graph.svg import STYLE, drawn

    assert report.graph is not None
    found = report.graph()
    drawing = drawn(found.analysis, depth=found.depth)
    return drawing.replace("</title>", f"</title>\n<style>{STYLE}</style>", 1) + "\n"
