"""Ranks of a layered drawing: a vertex stands below all that lead to it.

The drawing is made as Sugiyama, Tagawa and Toda describe (1981): ranks, an order in each of them,
then coordinates. What leads past ranks is cut into pieces by a vertex in each, of no size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

STEPS_A_LINK = 10


class Shape(NamedTuple):
    """A vertex to be placed: its size, and how far from its left side lines enter it at the top and
    leave it at the bottom, by what they carry. Others use its middle."""

    width: float
    height: float
    entries: Mapping[Hashable, float] = {}
    exits: Mapping[Hashable, float] = {}


class Link(NamedTuple):
    """A line from one vertex down to a later one: what it carries there, and here."""

    source: int
    target: int
    leaves: Hashable
    enters: Hashable


class Piece(NamedTuple):
    """A part of a line between two ranks that follow each other: vertices, and how far from their
    left sides it leaves the one and enters the other."""

    upper: int
    lower: int
    leaves: float
    enters: float


class Ranked(NamedTuple):
    """Vertices in ranks, from the top. Those after the given ones are the bends of lines;
    ``pieces`` are by the vertex and exit that a line begins at, so that lines from one share their
    way."""

    shapes: Sequence[Shape]
    ranks: Sequence[Sequence[int]]
    pieces: Mapping[tuple[int, Hashable], Sequence[Piece]]


BEND = Shape(0, 0)


def ranked(
    shapes: Sequence[Shape], links: Sequence[Link], first: Sequence[int], last: Sequence[int]
) -> Ranked:
    """Vertices in ranks.

    Args:
        shapes: the vertices, each after those that lead to it.
        links: the lines between them.
        first: vertices of the top rank, which holds no others.
        last: vertices of the bottom rank, which holds no others.
    """
    rank = _ranks(len(shapes), links, first, last)
    all_shapes = list(shapes)
    ranks: list[list[int]] = [[] for _ in range(max(rank, default=-1) + 1)]
    for vertex, at in enumerate(rank):
        ranks[at].append(vertex)
    lines: dict[tuple[int, Hashable], list[Link]] = {}
    for link in links:
        lines.setdefault((link.source, link.leaves), []).append(link)
    pieces: dict[tuple[int, Hashable], list[Piece]] = {}
    for (source, leaves), some in lines.items():
        along = pieces[source, leaves] = []
        upper, offset = source, exit_of(shapes[source], leaves)
        targets = sorted(some, key=lambda link: rank[link.target])
        for at in range(rank[source] + 1, rank[targets[-1].target] + 1):
            while targets and rank[targets[0].target] == at:
                link = targets.pop(0)
                enters = entry_of(shapes[link.target], link.enters)
                along.append(Piece(upper, link.target, offset, enters))
            if targets:
                work(STEPS_A_LINK, "laying out a drawing")
                all_shapes.append(BEND)
                bend = len(all_shapes) - 1
                ranks[at].append(bend)
                along.append(Piece(upper, bend, offset, 0))
                upper, offset = bend, 0
    return Ranked(all_shapes, ranks, pieces)


def exit_of(shape: Shape, carried: Hashable) -> float:
    """How far from the left side of a vertex a line leaves it."""
    return shape.exits.get(carried, shape.width / 2)


def entry_of(shape: Shape, carried: Hashable) -> float:
    """How far from the left side of a vertex a line enters it."""
    return shape.entries.get(carried, shape.width / 2)


def _ranks(
    vertices: int, links: Sequence[Link], first: Sequence[int], last: Sequence[int]
) -> list[int]:
    """The rank of each vertex: as high as what leads to it allows, and what nothing leads to just
    above what it leads to."""
    incoming: list[list[int]] = [[] for _ in range(vertices)]
    outgoing: list[list[int]] = [[] for _ in range(vertices)]
    for link in links:
        incoming[link.target].append(link.source)
        outgoing[link.source].append(link.target)
    least = 1 if first else 0
    rank = [0] * vertices
    ends = {*first, *last}
    inner = [vertex for vertex in range(vertices) if vertex not in ends]
    for vertex in inner:
        rank[vertex] = max((least, *(rank[source] + 1 for source in incoming[vertex])))
    lowest = max((rank[vertex] for vertex in inner), default=0 if first else -1) + 1
    for vertex in last:
        rank[vertex] = lowest
    for vertex in inner:
        if not incoming[vertex] and outgoing[vertex]:
            rank[vertex] = min(rank[target] for target in outgoing[vertex]) - 1
    return rank
