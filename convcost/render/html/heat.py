"""A map of paths drawn on the input: darker for more of them, holes left out."""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from typing import TYPE_CHECKING

from convcost.render.html.element import element
from convcost.render.parts.numbers import large
from convcost.render.reports.rf.heat import thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.rf.position_paths import PathMap
    from convcost.render.html.element import Element, Node

SHADES = 7
MOST_CELLS = 128
"""Cells along an axis; of more positions, several are one cell."""


def heat(found: PathMap, title: str) -> Sequence[Node]:
    """The map with its legend.

    Args:
        found: a map that something reaches.
        title: what is drawn.
    """
    rows, size = _cells(found)
    limits = thresholds(found.most, SHADES)
    shades = [[bisect_right(limits, count) for count in row] for row in rows]
    high, wide = len(rows), len(rows[0])
    paths = [
        element("path", {"class": f"shaded{shade - 1}", "d": _path(shades, shade)})
        for shade in range(1, SHADES + 1)
    ]
    view = {"class": "square", "viewBox": f"0 0 {wide} {high}", "role": "img", "aria-label": title}
    frame = element("rect", {"class": "frame", "width": wide, "height": high})
    nodes: list[Node] = [
        element("p", {}, title),
        element("svg", view, *paths, frame),
        _legend(limits),
    ]
    if size > 1:
        said = (
            f"Each cell is the most paths of {size}x{size} positions, so smaller holes do not show."
        )
        nodes.append(element("p", {}, said))
    return nodes


def _cells(found: PathMap) -> tuple[list[list[int]], int]:
    """The counts, or the most of several side by side, and how many that are along an axis."""
    counts = found.counts if len(found.axes) > 1 else [[*found.counts[0]]]
    size = max(1, -(-max(len(counts), len(counts[0])) // MOST_CELLS))
    if size == 1:
        rows = [[*row] for row in counts]
    else:
        merged = (
            [*map(max, zip(*counts[top : top + size], strict=True))]
            for top in range(0, len(counts), size)
        )
        rows = [[max(row[at : at + size]) for at in range(0, len(row), size)] for row in merged]
    flat = len(rows) == 1  # a map of one axis has some height
    return rows * max(1, len(rows[0]) // 12) if flat else rows, size


def _path(shades: Sequence[Sequence[int]], shade: int) -> str:
    return "".join(_runs(shades, shade))


def _runs(shades: Sequence[Sequence[int]], shade: int) -> Iterator[str]:
    """Cells of a shade that lie side by side, as one rectangle."""
    for y, row in enumerate(shades):
        x = 0
        for one, same in groupby(row):
            size = sum(1 for _ in same)
            if one == shade:
                yield f"M{x} {y}h{size}v1h-{size}z"
            x += size


def _legend(limits: Sequence[int]) -> Element:
    """The least number of paths of each shade that is not the next one's, too."""
    items: list[Element] = []
    for number, (limit, above) in enumerate(zip(limits, (*limits[1:], None), strict=True)):
        if limit != above:
            box = element("rect", {"class": f"shaded{number}", "width": 16, "height": 16})
            sign = element("svg", {"width": 16, "height": 16}, box)
            items.append(element("li", {}, sign, f" {large(limit)} or more"))
    return element("ul", {"class": "legend", "aria-label": "Paths to a position"}, *items)
