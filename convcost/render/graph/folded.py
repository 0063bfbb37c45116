"""A network as boxes in boxes, and what leads from one to another."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work
from convcost.render.graph.parts import MOST_INSIDE, Layers, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.tensor import Tensor

Made = tuple[int, int]
"""A tensor by the place of its layer and its number among the outputs of that."""

STEPS_A_TENSOR = 4


class Edge(NamedTuple):
    """An edge from one box of a graph to another.

    ``source`` and ``target`` are numbers of boxes; None is the border of the graph. ``made`` is the
    tensor as the first block of the source makes it, ``read`` the one that the first block of the
    target reads in its place.
    """

    source: int | None
    target: int | None
    made: Made | Tensor
    read: Tensor | Made


class Box(NamedTuple):
    """A part, and the graph inside where it is open."""

    part: Part
    inside: Graph | None = None


class Graph(NamedTuple):
    """Boxes in order, and the edges between them and to the border."""

    boxes: Sequence[Box]
    edges: Sequence[Edge]

    def leaves(self) -> Iterator[Part]:
        """The parts that are drawn as one box each, in order."""
        for box in self.boxes:
            if box.inside is None:
                yield box.part
            else:
                yield from box.inside.leaves()


class Folded(NamedTuple):
    """The graph of a network, and the layers that its parts are of."""

    layers: Layers
    graph: Graph


def folded(analysis: Analysis, most: int, depth: int | None = None) -> Folded:
    """The graph of a network in at most so many boxes, the dearest blocks opened first.

    Args:
        analysis: of the network.
        most: boxes that are not open.
        depth: words of names after which nothing is opened; None for as many as there is room for.
    """
    layers = Layers(analysis, min(most, MOST_INSIDE))
    return Folded(layers, _graph(layers, layers.whole(), _chosen(layers, most, depth)))


def _chosen(layers: Layers, most: int, depth: int | None) -> Mapping[Part, Sequence[Part]]:
    """The parts that are opened, and what is inside of them: level by level, the dearest first, and
    those of one kind together, so that blocks that are like each other look so."""
    whole = layers.whole()
    found = {whole: layers.opened(whole)}
    shown = len(found[whole])
    waiting = [*_kinds(found[whole], depth)]
    while waiting:
        next_level: list[Sequence[Part]] = []
        for kind in sorted(waiting, key=lambda kind: -_macs(layers, kind)):
            inside = {part: layers.opened(part) for part in kind}
            more = sum(map(len, inside.values())) - len(kind)
            if shown + more <= most:
                found.update(inside)
                shown += more
                for parts in inside.values():
                    next_level += _kinds(parts, depth)
        waiting = next_level
    return found


def _kinds(parts: Sequence[Part], depth: int | None) -> Iterator[Sequence[Part]]:
    """The parts that may be opened, by their names without numbers."""
    kinds: dict[str, list[Part]] = {}
    for part in parts:
        if part.lead is None and (depth is None or part.depth < depth):
            kinds.setdefault(re.sub("[0-9]+", "0", part.name), []).append(part)
    yield from kinds.values()


def _macs(layers: Layers, parts: Sequence[Part]) -> int:
    return sum(layers.total(part, "macs") for part in parts)


def _graph(layers: Layers, part: Part, opened: Mapping[Part, Sequence[Part]]) -> Graph:
    """The graph of the first block of a part."""
    parts = opened[part]
    boxes = [Box(one, _graph(layers, one, opened) if one in opened else None) for one in parts]
    starts = [one.start for one in parts]
    edges: dict[Edge, None] = {}
    for number, one in enumerate(parts):
        for tensor, read in _read(layers, one):
            place, of = layers.made.get(tensor, (-1, 0))
            if place < part.start:
                edges[Edge(None, number, tensor, read)] = None
                continue
            source = bisect_right(starts, place) - 1
            edges[Edge(source, number, (parts[source].place(place), of), read)] = None
    for place, of in _leaving(layers, part):
        source = bisect_right(starts, place) - 1
        made = parts[source].place(place), of
        edges[Edge(source, None, made, (place, of))] = None
    return Graph(boxes, list(edges))


def _read(layers: Layers, part: Part) -> Iterator[tuple[Tensor, Tensor]]:
    """The tensors that a part reads and does not make, each beside the one that its first block
    reads there."""
    for place in range(part.start, part.end):
        read = layers.costs[place].layer.inputs
        work(STEPS_A_TENSOR * len(read), "finding the edges of a drawing")
        first = layers.costs[part.place(place)].layer.inputs
        for tensor, instead in zip(read, first, strict=True):
            if layers.made.get(tensor, (-1, 0))[0] < part.start:
                yield tensor, instead


def _leaving(layers: Layers, part: Part) -> Iterator[Made]:
    """The tensors of the first block of a part that something outside of it reads, there or in the
    place of them in a later block."""
    wanted = layers.edges.outputs
    found: dict[Made, None] = {}
    for place in range(part.start, part.end):
        start = place - (place - part.start) % part.size
        for number, tensor in enumerate(layers.costs[place].layer.outputs):
            readers = layers.edges.readers(tensor)
            work(STEPS_A_TENSOR * (1 + len(readers)), "finding the edges of a drawing")
            beyond = any(layers.place[reader] >= start + part.size for reader in readers)
            if beyond or tensor in wanted:
                found[part.place(place), number] = None
    yield from found
