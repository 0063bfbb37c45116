"""Coordinates of a drawing: vertices of a rank stay in order, and come as near as they can to what
they are joined with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.render.graph.ranks import Ranked, Shape

SWEEPS = 12
STEPS_A_VERTEX = 12
STRAIGHT = 8.0  # what a bend weighs beside a vertex, so that long lines are straight

Pull = tuple[int, float, float]
"""A neighbour, how far right of its left side the own one should stand, and how strongly."""


def across(graph: Ranked, ranks: Sequence[Sequence[int]], gap: float) -> list[float]:
    """The left side of each vertex, the leftmost being 0.

    Args:
        graph: its shapes and pieces.
        ranks: the vertices of each rank, in order.
        gap: between vertices of a rank.
    """
    above, below = _pulls(graph)
    left = [0.0] * len(graph.shapes)
    for rank in ranks:
        for vertex, start in zip(rank, _starts(graph.shapes, rank, gap), strict=True):
            left[vertex] = start
    for sweep in range(SWEEPS):
        work(STEPS_A_VERTEX * len(left), "laying out a drawing")
        down = sweep % 2 == 0
        both = sweep >= SWEEPS - 4
        for rank in ranks if down else reversed(ranks):
            chosen = (above, below) if both else (above,) if down else (below,)
            _settle(graph.shapes, rank, gap, left, chosen)
    least = min(left, default=0.0)
    return [at - least for at in left]


def _pulls(graph: Ranked) -> tuple[Mapping[int, list[Pull]], Mapping[int, list[Pull]]]:
    above: dict[int, list[Pull]] = {}
    below: dict[int, list[Pull]] = {}
    for pieces in graph.pieces.values():
        for upper, lower, leaves, enters in pieces:
            bends = (not graph.shapes[upper].width) + (not graph.shapes[lower].width)
            weight = STRAIGHT**bends
            above.setdefault(lower, []).append((upper, leaves - enters, weight))
            below.setdefault(upper, []).append((lower, enters - leaves, weight))
    return above, below


def _starts(shapes: Sequence[Shape], rank: Sequence[int], gap: float) -> list[float]:
    """The left sides of vertices that stand as close as they may."""
    found = [0.0]
    for vertex in rank[:-1]:
        found.append(found[-1] + shapes[vertex].width + gap)
    return found


def _settle(
    shapes: Sequence[Shape],
    rank: Sequence[int],
    gap: float,
    left: list[float],
    pulls: Sequence[Mapping[int, list[Pull]]],
) -> None:
    """Move the vertices of a rank to where their neighbours pull them."""
    starts = _starts(shapes, rank, gap)
    wanted: list[float] = []
    weights: list[float] = []
    for vertex, start in zip(rank, starts, strict=True):
        some = [pull for of in pulls for pull in of.get(vertex, ())]
        weight = sum(pull[2] for pull in some)
        at = sum((left[other] + by) * pull for other, by, pull in some)
        wanted.append((at / weight if some else left[vertex]) - start)
        weights.append(weight or 0.01)
    for vertex, start, at in zip(rank, starts, rising(wanted, weights), strict=True):
        left[vertex] = start + at


def rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The numbers nearest to some, by the weighted sum of squares, of which none is less than the
    one before: neighbours that would be are joined at their mean, until none are."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, numbers
    for value, weight in zip(wanted, weights, strict=True):
        mean, total, number = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            before, heavy, several = blocks.pop()
            mean = (before * heavy + mean * total) / (heavy + total)
            total, number = total + heavy, number + several
        blocks.append((mean, total, number))
    return [mean for mean, _, number in blocks for _ in range(number)]
