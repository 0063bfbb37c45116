"""Designs by what they store and what they compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.metrics import METRICS
from convcost.render.html.element import element
from convcost.render.html.scatter import dot, scale_of, scatter
from convcost.render.parts.numbers import large

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.render.html.element import Node

ACROSS, UP = "macs", "params"
MOST_NAMES = 20
"""Designs whose names stand beside their dots."""


def designs(labels: Sequence[str], analyses: Sequence[Analysis]) -> Sequence[Node]:
    """A dot a design that has both: its name stands where the pointer rests on it, and all numbers
    in the table."""
    shown = [
        (label, of.totals[ACROSS], of.totals[UP])
        for label, of in zip(labels, analyses, strict=True)
        if of.totals[ACROSS] and of.totals[UP]
    ]
    if not shown:
        return [element("p", {}, "No design has both MACs and params.")]
    scale = scale_of([x for _, x, _ in shown], [y for _, _, y in shown])
    titles = (METRICS[ACROSS].title, METRICS[UP].title)
    dots = [
        dot(scale, x, y, f"{label}: {large(x)} {titles[0]}, {large(y)} {titles[1]}")
        for label, x, y in shown
    ]
    if len(shown) <= MOST_NAMES:
        dots += [
            element("text", {"x": f"{scale.x(x) + 8:.1f}", "y": f"{scale.y(y) + 4:.1f}"}, label)
            for label, x, y in shown
        ]
    said = f"{titles[1]} of designs by their {titles[0]}"
    return [scatter(scale, titles, "", said, dots)]
