"""The size of the receptive field along a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.html.element import element
from convcost.render.html.plot import steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.render.html.element import Node


def curves(plots: Sequence[tuple[Sequence[int], int, str]]) -> Sequence[Node]:
    """A drawing for each of some sequences of sizes, with the length of the input as a line, and a
    title each."""
    nodes: list[Node] = []
    for sizes, length, title in plots:
        said = f"{title}; the line is the input's length, {length}."
        under = element("p", {"class": "under"}, said)
        nodes.append(
            element("figure", {}, steps(sizes, [*map(str, sizes)], said, limit=length), under)
        )
    return nodes
