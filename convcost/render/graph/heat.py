"""How warm the boxes of a drawing are: by their share of the MACs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.render.graph.folded import Folded

FILLS = ("#ffffff", "#fff5e0", "#ffe3b0", "#ffcb7d", "#ffae57", "#fb8f44")
"""A colour for each step, under dark text."""


def heats(folded: Folded) -> Mapping[int, int]:
    """The step of each box that is not open, by the place of its first layer: 0 for no MACs, and
    the last one for the dearest."""
    macs = {part.start: folded.layers.total(part, "macs") for part in folded.graph.leaves()}
    dearest = max(macs.values(), default=0)
    steps = len(FILLS) - 2
    return {
        place: 1 + int(steps * (cost / dearest) ** 0.5) if cost else 0
        for place, cost in macs.items()
    }
