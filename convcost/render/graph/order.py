"""The order of vertices in the ranks of a drawing: one in which few lines cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.render.graph.ranks import Piece, Ranked

SWEEPS = 8
STEPS_A_PIECE = 8


def ordered(graph: Ranked) -> Sequence[Sequence[int]]:
    """The ranks, each sorted by where the neighbours of its vertices stand on average: down and up
    again, as often as that leaves fewer crossings."""
    pieces = [piece for some in graph.pieces.values() for piece in some]
    above: dict[int, list[tuple[int, float]]] = {}
    below: dict[int, list[tuple[int, float]]] = {}
    for piece in pieces:
        across = _part(piece.leaves, graph.shapes[piece.upper].width)
        above.setdefault(piece.lower, []).append((piece.upper, across))
        across = _part(piece.enters, graph.shapes[piece.lower].width)
        below.setdefault(piece.upper, []).append((piece.lower, across))
    ranks = [list(rank) for rank in graph.ranks]
    best, fewest = [*ranks], crossings(ranks, pieces)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        work(STEPS_A_PIECE * len(pieces), "laying out a drawing")
        down = sweep % 2 == 0
        for at in range(1, len(ranks)) if down else range(len(ranks) - 2, -1, -1):
            beside = ranks[at - 1] if down else ranks[at + 1]
            ranks[at] = _sorted(ranks[at], beside, above if down else below)
        crossed = crossings(ranks, pieces)
        if crossed < fewest:
            best, fewest = [*ranks], crossed
    return best


def _part(offset: float, width: float) -> float:
    """How far right of the middle of a vertex something is, in parts of its place in the order."""
    return 0.9 * (offset / width - 0.5) if width else 0.0


def _sorted(
    rank: Sequence[int],
    beside: Sequence[int],
    neighbours: Mapping[int, Sequence[tuple[int, float]]],
) -> list[int]:
    at = {vertex: place for place, vertex in enumerate(beside)}

    def mean(place: int) -> float:
        some = neighbours.get(rank[place])
        if not some:
            return place * len(beside) / max(1, len(rank))
        return sum(at[vertex] + across for vertex, across in some) / len(some)

    return [rank[place] for place in sorted(range(len(rank)), key=mean)]


def crossings(ranks: Sequence[Sequence[int]], pieces: Sequence[Piece]) -> int:
    """How often lines cross."""
    at = {vertex: place for rank in ranks for place, vertex in enumerate(rank)}
    level = {vertex: number for number, rank in enumerate(ranks) for vertex in rank}
    between: dict[int, list[tuple[tuple[int, float], tuple[int, float]]]] = {}
    for piece in pieces:
        ends = (at[piece.upper], piece.leaves), (at[piece.lower], piece.enters)
        between.setdefault(level[piece.upper], []).append(ends)
    found = 0
    for some in between.values():
        seen: list[tuple[int, float]] = []
        for _, lower in sorted(some):
            found += len(seen) - bisect_right(seen, lower)
            insort(seen, lower)
    return found
