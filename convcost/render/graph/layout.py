"""Where boxes and lines of a drawing go: graphs in boxes first, since boxes have their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.render.graph.coordinates import across
from convcost.render.graph.order import ordered
from convcost.render.graph.ranks import Link, Shape, ranked
from convcost.render.graph.words import Words, end, words
from convcost.render.parts.text_width import width_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from convcost.render.graph.folded import Box, Edge, Folded, Graph, Made
    from convcost.render.graph.parts import Layers, Part
    from convcost.render.graph.ranks import Piece, Ranked
    from convcost.tensor import Tensor

LETTER, BOLD, LINE, MARGIN = 7, 8, 15, 8  # pixels: the width of letters, the height of a line
LEAST_WIDTH = 96
ACROSS, DOWN = 18, 26  # between boxes
BORDER = 12  # of an open box, around what is inside
PILL = 22  # the height of an input or an output
NOTHING = Words("")


class Point(NamedTuple):
    """A place: pixels to the right and down."""

    x: float
    y: float


class Line(NamedTuple):
    """A piece of a line, from a place down to one below it: first straight down to ``turn``, where
    the next rank can be reached from."""

    start: Point
    turn: float
    end: Point
    arrow: bool


class Placed(NamedTuple):
    """A box where it is drawn, relative to the graph around it. ``drawing`` is what is inside of an
    open one; ``part`` is None for an input or an output of the network."""

    x: float
    y: float
    width: float
    height: float
    words: Words
    part: Part | None
    drawing: Drawing | None = None


class Route(NamedTuple):
    """The lines that lead from one place, and the layer that makes what they carry; None for what
    comes from outside."""

    made: int | None
    lines: Sequence[Line]


class Drawing(NamedTuple):
    """A graph laid out. ``entries`` and ``exits`` say how far from its left side lines cross its
    upper and lower border."""

    width: float
    height: float
    boxes: Sequence[Placed]
    routes: Sequence[Route]
    entries: Mapping[Hashable, float]
    exits: Mapping[Hashable, float]


def laid_out(folded: Folded) -> Drawing:
    """The drawing of a network, its inputs at the top and its outputs at the bottom."""
    return _Layout(folded.layers, folded.graph, outermost=True).drawing()


class _Layout:
    """One graph on its way to a drawing. Its vertices are what enters, the boxes, what leaves."""

    def __init__(
        self, layers: Layers, graph: Graph, around: str = "", *, outermost: bool = False
    ) -> None:
        self.layers = layers
        self.graph = graph
        self.outermost = outermost
        self.entering = list(dict.fromkeys(e.made for e in graph.edges if e.source is None))
        self.leaving = list(dict.fromkeys(e.read for e in graph.edges if e.target is None))
        self.boxes = [self._box(box, around) for box in graph.boxes]

    def drawing(self) -> Drawing:
        """Ranks, orders and coordinates, one after the other."""
        inputs = [self._end(key) for key in self.entering]
        outputs = [self._end(key) for key in self.leaving]
        placed = [*inputs, *self.boxes, *outputs]
        first, last = len(inputs), len(inputs) + len(self.boxes)
        graph = ranked(
            [self._shape(box) for box in placed],
            list(map(self._link, self.graph.edges)),
            range(first),
            range(last, len(placed)),
        )
        ranks = ordered(graph)
        left = across(graph, ranks, ACROSS)
        width = max(
            (x + shape.width for x, shape in zip(left, graph.shapes, strict=True)), default=0
        )
        if not self.outermost:
            _centre(left, [range(first), range(last, len(placed))], width)
        tops, heights = _down(graph, ranks, left)
        found = [
            box._replace(x=left[v], y=tops[v] + (heights[v] - box.height) / 2)
            for v, box in enumerate(placed)
        ]
        routes = self._routes(graph, found, left, tops, heights)
        height = max((top + h for top, h in zip(tops, heights, strict=True)), default=0)
        return Drawing(
            width,
            height,
            found if self.outermost else found[first:last],
            routes,
            {key: left[v] for v, key in enumerate(self.entering)},
            {key: left[last + v] for v, key in enumerate(self.leaving)},
        )

    def _box(self, box: Box, around: str) -> Placed:
        said = words(self.layers, box.part, around if box.inside is None else "")
        lines = LETTER * width_of(said.what), LETTER * width_of(said.last)
        named = BOLD * width_of(said.name)
        wide = max(LEAST_WIDTH, 2 * MARGIN + max(named, *lines))
        if box.inside is None:
            return Placed(0, 0, wide, 3 * LINE + MARGIN, said, box.part)
        inside = _Layout(self.layers, box.inside, box.part.name).drawing()
        width = max(inside.width + 2 * BORDER, 2 * MARGIN + max(named, lines[1]))
        height = inside.height + 2 * LINE + MARGIN + BORDER
        return Placed(0, 0, width, height, said, box.part, inside)

    def _end(self, key: Made | Tensor) -> Placed:
        """An input or an output: a box of the network's, or a place on the border of a block."""
        if not self.outermost:
            return Placed(0, 0, 0, 0, NOTHING, None)
        said = end(self.layers, key)
        return Placed(0, 0, 2 * MARGIN + LETTER * width_of(said.name), PILL, said, None)

    def _shape(self, box: Placed) -> Shape:
        if box.drawing is None:
            return Shape(box.width, box.height)
        indent = (box.width - box.drawing.width) / 2
        entries = {key: at + indent for key, at in box.drawing.entries.items()}
        exits = {key: at + indent for key, at in box.drawing.exits.items()}
        return Shape(box.width, box.height, entries, exits)

    def _link(self, edge: Edge) -> Link:
        """An edge between vertices."""
        first, last = len(self.entering), len(self.entering) + len(self.graph.boxes)
        source = self.entering.index(edge.made) if edge.source is None else first + edge.source
        target = (
            last + self.leaving.index(edge.read) if edge.target is None else first + edge.target
        )
        closed = edge.source is not None and self.graph.boxes[edge.source].inside is None
        return Link(source, target, None if closed else edge.made, edge.read)

    def _routes(
        self,
        graph: Ranked,
        placed: Sequence[Placed],
        left: Sequence[float],
        tops: Sequence[float],
        heights: Sequence[float],
    ) -> list[Route]:
        def line(piece: Piece) -> Line:
            upper, lower, leaves, enters = piece
            bend = lower >= len(placed)
            start = tops[upper] if upper >= len(placed) else placed[upper].y + placed[upper].height
            end = tops[lower] if bend else placed[lower].y
            turn = tops[upper] + heights[upper]
            return Line(
                Point(left[upper] + leaves, start),
                turn,
                Point(left[lower] + enters, end),
                not bend and placed[lower].height > 0,
            )

        routes: list[Route] = []
        for (source, carried), pieces in graph.pieces.items():
            made = None
            if source >= len(self.entering):
                box = self.graph.boxes[source - len(self.entering)]
                made = box.part.end - 1 if carried is None else cast("Made", carried)[0]
            routes.append(Route(made, list(map(line, pieces))))
        return routes


def _centre(left: list[float], borders: Sequence[range], width: float) -> None:
    """Put what alone crosses a border in its middle: so blocks stand below each other."""
    for border in borders:
        if len(border) == 1:
            left[border[0]] = width / 2


def _down(
    graph: Ranked, ranks: Sequence[Sequence[int]], left: Sequence[float]
) -> tuple[Sequence[float], Sequence[float]]:
    """The top of the rank of each vertex, and the height of that rank. Ranks are further apart
    where lines between them lead far to the side."""
    level = {vertex: number for number, rank in enumerate(ranks) for vertex in rank}
    aside = [0.0] * len(ranks)
    for pieces in graph.pieces.values():
        for upper, lower, leaves, enters in pieces:
            far = abs(left[upper] + leaves - left[lower] - enters)
            aside[level[upper]] = max(aside[level[upper]], far)
    tops, heights = [0.0] * len(left), [0.0] * len(left)
    top = 0.0
    for rank, far in zip(ranks, aside, strict=True):
        height = max(graph.shapes[vertex].height for vertex in rank)
        for vertex in rank:
            tops[vertex], heights[vertex] = top, height
        top += height + DOWN + min(DOWN, far / 10)
    return tops, heights
