"""Edges of a folded graph from box to box, for languages that lay a graph out themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.render.graph.folded import Folded, Graph, Made
    from convcost.tensor import Tensor

End = int | str
"""A box by the place of its first layer, or an input or output by a word of its own."""

STEPS_AN_EDGE = 6


class Flat(NamedTuple):
    """Edges between boxes that are not open, and what the network reads and makes by its words."""

    edges: Mapping[tuple[End, End], None]
    ends: Mapping[str, Made | Tensor]


def flat(folded: Folded) -> Flat:
    """The edges of a network, each once, from where a tensor is made to where it is read."""
    graph = folded.graph
    entering = dict.fromkeys(edge.made for edge in graph.edges if edge.source is None)
    leaving = dict.fromkeys(edge.read for edge in graph.edges if edge.target is None)
    inputs = {key: f"in{number}" for number, key in enumerate(entering)}
    outputs = {key: f"out{number}" for number, key in enumerate(leaving)}
    found: dict[tuple[End, End], None] = {}
    for source, target in _edges(graph, inputs, outputs):
        work(STEPS_AN_EDGE, "finding the edges of a drawing")
        found[source, target] = None
    ends = {word: key for key, word in (*inputs.items(), *outputs.items())}
    return Flat(found, ends)


def _edges(
    graph: Graph,
    inputs: Mapping[Made | Tensor, str],
    outputs: Mapping[Made | Tensor, str],
) -> Iterator[tuple[End, End]]:
    """The edges of a graph and of those inside of it; what crosses its border is only told by those
    words."""
    for edge in graph.edges:
        if edge.source is None:
            sources: list[End] = [inputs[edge.made]] if edge.made in inputs else []
        else:
            sources = [*_made(graph, edge.source, edge.made)]
        if edge.target is None:
            targets: list[End] = [outputs[edge.read]] if edge.read in outputs else []
        else:
            targets = [*_read(graph, edge.target, edge.read)]
        yield from ((source, target) for source in sources for target in targets)
    for box in graph.boxes:
        if box.inside is not None:
            yield from _edges(box.inside, {}, {})


def _made(graph: Graph, number: int, made: Made | Tensor) -> Iterator[End]:
    """The boxes inside of a box that make a tensor."""
    part, inside = graph.boxes[number]
    if inside is None:
        yield part.start
        return
    for edge in inside.edges:
        if edge.target is None and edge.source is not None and edge.read == made:
            yield from _made(inside, edge.source, edge.made)


def _read(graph: Graph, number: int, read: Made | Tensor) -> Iterator[End]:
    """The boxes inside of a box that read a tensor."""
    part, inside = graph.boxes[number]
    if inside is None:
        yield part.start
        return
    for edge in inside.edges:
        if edge.source is None and edge.target is not None and edge.made == read:
            yield from _read(inside, edge.target, edge.read)
