"""Two networks as one graph: layers that both have once, and those of either.

Rows of a comparison are boxes. Layers as before are folded, and so are blocks where there are too
many changes.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work
from convcost.analysis.compare.comparison import Mark
from convcost.errors import plural
from convcost.render.graph.words import LONGEST, UNITS, shortened
from convcost.render.parts.change import difference
from convcost.render.parts.words import described, shape, shapes
from convcost.render.reports.compare.sheet import WORDS, arrow, changed_fields

Key = tuple[int | str, ...]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.compare.comparison import Comparison, Row
    from convcost.render.graph.flat import End
    from convcost.tensor import Tensor

    Rows = Sequence[Row[LayerCost]]

COLOURS = {
    Mark.ADDED: ("#dafbe1", "#1a7f37"),
    Mark.REMOVED: ("#ffebe9", "#cf222e"),
    Mark.CHANGED: ("#fff8c5", "#9a6700"),
}
"""The fill, under dark text, and the line of what differs."""
STEPS_A_TENSOR = 4


class Box(NamedTuple):
    """A layer, or several in a row.

    ``mark`` is that of all its layers, or ``CHANGED`` where they differ; ``lines`` are its words.
    """

    lines: Sequence[str]
    mark: Mark


class Changes(NamedTuple):
    """The graph of two designs.

    ``boxes`` are numbered from 0. An edge, or an input or output in ``ends``, is as before, added
    or removed; an end whose shape differs is changed.
    """

    boxes: Sequence[Box]
    ends: Mapping[str, Box]
    edges: Mapping[tuple[End, End], Mark]

    @property
    def marks(self) -> list[Mark]:
        """The marks of boxes that differ, for a legend."""
        return [mark for mark in COLOURS if self.marked(mark)]

    def marked(self, mark: Mark) -> list[End]:
        """The boxes and ends that have a mark."""
        boxes = (number for number, box in enumerate(self.boxes) if box.mark is mark)
        return [*boxes, *(word for word, end in self.ends.items() if end.mark is mark)]


def changes(comparison: Comparison, most: int) -> Changes:
    """The graph of the first two designs of a comparison in at most so many boxes."""
    runs = _folded(comparison.rows, most)
    ins = _ends("in", *(analysis.network.inputs for analysis in comparison.analyses[:2]))
    outs = _ends("out", *(analysis.network.outputs for analysis in comparison.analyses[:2]))
    found: dict[tuple[End, End], set[int]] = {}
    for design in range(2):
        numbers = {
            item.name: number
            for number, run in enumerate(runs)
            for row in run
            if (item := row.items[design]) is not None
        }
        analysis = comparison.analyses[design]
        for edge in _edges(analysis, numbers, ins.words[design], outs.words[design]):
            found.setdefault(edge, set()).add(design)
    marks = {edge: _mark(of) for edge, of in found.items()}
    return Changes([*map(_box, runs)], {**ins.boxes, **outs.boxes}, marks)


def _mark(designs: set[int]) -> Mark:
    return Mark.SAME if len(designs) == 2 else Mark.ADDED if 1 in designs else Mark.REMOVED


def _folded(rows: Rows, most: int) -> Sequence[Rows]:
    """Rows in runs: each change on its own if there is room; else by ever fewer words of names,
    changes of one kind first; else by their places alone."""
    for key in _keys(rows):
        runs = _runs(rows, key)
        if len(runs) <= most:
            return runs
    size = -(-len(rows) // most)
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _keys(rows: Rows) -> Iterator[Callable[[int], Key]]:
    """The keys that tell runs of rows apart, from the finest to the coarsest; each is a function of
    the row's place."""
    yield lambda at: (at,)
    names = [_name(row).split(".") for row in rows]
    deepest = max(map(len, names), default=0)
    for words in range(deepest - 1, 0, -1):
        yield lambda at, words=words: (_mark_of(rows[at]), *names[at][:words])
    for words in range(deepest - 1, 0, -1):
        yield lambda at, words=words: (*names[at][:words],)


def _runs(rows: Rows, key: Callable[[int], Key]) -> Sequence[Rows]:
    """Rows in runs of one key; runs that follow each other and are as before become one."""
    work(len(rows), "folding a drawing")
    runs = [[rows[at] for at in run] for _, run in groupby(range(len(rows)), key)]
    found: list[Rows] = []
    for same, some in groupby(runs, lambda run: _all_of(run) is Mark.SAME):
        if same:
            found.append([row for run in some for row in run])
        else:
            found += some
    return found


def _mark_of(row: Row[LayerCost]) -> Mark:
    return row.marks[0]


def _all_of(run: Rows) -> Mark:
    """The mark of all rows of a run: changed where they differ."""
    marks = {*map(_mark_of, run)}
    return marks.pop() if len(marks) == 1 else Mark.CHANGED


def _name(row: Row[LayerCost]) -> str:
    """The name in the last design that has it."""
    return row.names[-1]


def _box(run: Rows) -> Box:
    mark = _all_of(run)
    costs = [] if mark is Mark.SAME else [*_costs(run)]
    said = _one(run[0]) if len(run) == 1 else [shortened(_called(run)), _several(run)]
    return Box([*said, *costs], mark)


def _one(row: Row[LayerCost]) -> Sequence[str]:
    """The name of a layer, what it is, and what changed."""
    shown = ("op", "output_shapes", "input_shapes")
    rest = {name: pair for name, pair in row.changes[0].items() if name not in shown}
    what = [" ".join((described(item), shapes(item.output_shapes))) for item in row.present]
    return [*_arrow(row.names), *_arrow(what), *map(shortened, changed_fields(rest))]


def _arrow(texts: Sequence[str]) -> Sequence[str]:
    """The old and the new text, in two lines if one is too narrow; one text where they agree."""
    whole = arrow(texts)
    if len(whole) <= LONGEST:
        return [whole]
    before, *after = dict.fromkeys(texts)
    return [shortened(before), *(f"-> {shortened(text)}" for text in after)]


def _called(run: Rows) -> str:
    """The words that names of layers have in common, or the first and the last name."""
    first, last = (_name(run[at]).split(".") for at in (0, -1))
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    every = all(_name(row).split(".")[:same] == first[:same] for row in run)
    return ".".join(first[:same]) if same and every else f"{_name(run[0])} to {_name(run[-1])}"


def _several(run: Rows) -> str:
    """How many layers there are, and what became of them."""
    marks = [*map(_mark_of, run)]
    if len({*marks}) == 1:
        return f"{plural(len(run), 'layer')} {WORDS[marks[0]]}"
    told = (f"{marks.count(mark)} {word}" for mark, word in WORDS.items() if mark in marks)
    return f"layers: {', '.join(told)}"


def _costs(run: Rows) -> Iterator[str]:
    """The parameters and MACs that a change adds or saves, as far as they are known."""
    for metric, unit in UNITS.items():
        total = sum(row.difference(1, metric) for row in run)
        items = (item for row in run for item in row.items if item is not None)
        if any(metric in item.uncounted for item in items):
            yield f"? {unit}s"
        elif total:
            yield f"{difference(total, short=True)} {unit}{'' if abs(total) == 1 else 's'}"


def _edges(
    analysis: Analysis,
    numbers: Mapping[str, int],
    ins: Sequence[tuple[Tensor, str]],
    outs: Sequence[tuple[Tensor, str]],
) -> Iterator[tuple[End, End]]:
    """The edges of a design between boxes, and those to what it reads and makes."""
    sources: dict[Tensor, End] = dict(ins)
    for cost in analysis.layers:
        layer, here = cost.layer, numbers[cost.name]
        work(STEPS_A_TENSOR * (len(layer.inputs) + 1), "finding the edges of a drawing")
        yield from ((sources[one], here) for one in layer.inputs if sources[one] != here)
        sources.update(dict.fromkeys(layer.outputs, here))
    yield from ((sources[tensor], word) for tensor, word in outs)


class _Ends(NamedTuple):
    """Inputs or outputs as boxes by a word of their own, and the words of each design's."""

    boxes: Mapping[str, Box]
    words: Sequence[Sequence[tuple[Tensor, str]]]


def _ends(kind: str, before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> _Ends:
    """The inputs or outputs of both designs: those of one name are the same, and where no name is
    in both, those at one place."""
    if len(before) == len(after) and before.keys().isdisjoint(after):
        pairs = [*zip(before, after, strict=True)]
    else:
        pairs = [(name, name) for name in dict.fromkeys((*before, *after))]
    boxes: dict[str, Box] = {}
    words: tuple[list[tuple[Tensor, str]], list[tuple[Tensor, str]]] = ([], [])
    for number, (first, second) in enumerate(pairs):
        word = f"{kind}{number}"
        own = [(0, first, before.get(first)), (1, second, after.get(second))]
        there = [(design, name, made) for design, name, made in own if made is not None]
        texts = [f"{name} {shape(made.sample_shape)}" for _, name, made in there]
        mark = _mark({design for design, _, _ in there})
        changed = mark is Mark.SAME and len({*texts}) > 1
        boxes[word] = Box([shortened(arrow(texts))], Mark.CHANGED if changed else mark)
        for design, _, made in there:
            words[design].append((made, word))
    return _Ends(boxes, words)
