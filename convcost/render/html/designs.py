"""Designs by what they store and what they compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import plural
from convcost.metrics import METRICS
from convcost.render.html.element import element
from convcost.render.html.scatter import dot, scale_of, scatter
from convcost.render.parts.numbers import large

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.html.element import Node

ACROSS, UP = "macs", "params"
MOST_NAMES = 20
"""Designs whose names stand beside their dots."""
MOST_DOTS = 2000


def designs(labels: Sequence[str], analyses: Sequence[Analysis]) -> Sequence[Node]:
    """A dot a design that has both: its name stands where the pointer rests on it, and all numbers
    in the table."""
    shown = [
        (label, of.totals[ACROSS], of.totals[UP])
        for label, of in zip(labels, analyses, strict=True)
    ]
    return among(shown, (METRICS[ACROSS].title, METRICS[UP].title))


def among(shown: Sequence[tuple[str, float, float]], titles: tuple[str, str]) -> Sequence[Node]:
    """A dot for each of some designs, by two figures.

    Args:
        shown: what a design is called, and both figures.
        titles: of the figures, the first of which goes across.
    """
    placed = [(label, x, y) for label, x, y in shown if x > 0 and y > 0][:MOST_DOTS]
    if not placed:
        return [element("p", {}, f"No design has both {titles[0]} and {titles[1]}.")]
    scale = scale_of([x for _, x, _ in placed], [y for _, _, y in placed])
    dots = [
        dot(scale, x, y, f"{label}: {large(round(x))} {titles[0]}, {large(round(y))} {titles[1]}")
        for label, x, y in placed
    ]
    if len(placed) <= MOST_NAMES:
        dots += [
            element("text", {"x": f"{scale.x(x) + 8:.1f}", "y": f"{scale.y(y) + 4:.1f}"}, label)
            for label, x, y in placed
        ]
    said = f"{titles[1]} of designs by their {titles[0]}"
    nodes: list[Node] = [scatter(scale, titles, "", said, dots)]
    if left := len(shown) - len(placed):
        nodes.append(element("p", {}, f"{plural(left, 'design')} more in the table alone."))
    return nodes
