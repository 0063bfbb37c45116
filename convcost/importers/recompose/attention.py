"""Attention as the library writes it: linear layers, a reshape and an order of axes for each of
queries, keys and values, products, one scale, the softmax.

Exporters put half of the scale on the queries and half on the keys, make all three of one linear
layer and pick them apart, and move tokens before samples and back.
"""

from __future__ import annotations

from math import isclose, prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.recompose.layout import (
    Digit,
    made_by,
    moved,
    moves,
    of_whole_axes,
    whole,
)
from convcost.importers.recompose.operands import factor_of, operand
from convcost.importers.recompose.rewrite import Match, Step, shared_path
from convcost.ops.activation import Softmax
from convcost.ops.elementwise import Scale
from convcost.ops.join import Add
from convcost.ops.linear import Linear, MatMul
from convcost.ops.reshape import Reshaping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.importers.recompose.layout import Layout
    from convcost.importers.recompose.operands import Operand
    from convcost.network import Layer
    from convcost.tensor import Tensor

WORDS = (("query", "queries"), ("key", "keys"), ("value", "values"))
"""The names of what makes an operand, and of the operand, as in the library's block."""

REACHES = ((True, True), (False, True), (False, False))
"""How far operands are followed, the furthest first: through linear layers, and to tensors that
they are parts of. What is turned by positions in between ends at that."""


def attentions(graph: Graph) -> list[Match]:
    """The parts of a network that are attention, where they are written otherwise."""
    found: list[Match] = []
    gone: set[Layer] = set()
    for layer in graph.layers:
        core = _core(graph, layer) if isinstance(layer.op, Softmax) else None
        match = None if core is None else _match(graph, core)
        if match is not None and gone.isdisjoint(match.parts):
            found.append(match)
            gone.update(match.parts)
    return _with_whole_arrays(graph, found)


def _with_whole_arrays(graph: Graph, matches: Sequence[Match]) -> list[Match]:
    """The matches that part no array which another layer uses as a whole: it would be stored
    twice."""
    kept = list(matches)
    while True:
        gone = {part for match in kept for part in match.parts}
        left = (layer.weights for layer in graph.layers if layer not in gone)
        made = (step.weights or {} for match in kept for step in match.steps)
        used = {weight.name for weights in (*left, *made) for weight in weights.values()}
        fitting = [match for match in kept if used.isdisjoint(_parted(match))]
        if len(fitting) == len(kept):
            return kept
        kept = fitting


def _parted(match: Match) -> set[str]:
    """The arrays of which a match uses parts."""
    weights = (weight for step in match.steps for weight in (step.weights or {}).values())
    return {weight.name.rpartition("[")[0] for weight in weights if weight.name.endswith("]")}


class _Core(NamedTuple):
    """The products, the layers between them (masks are added, windows told apart), each with the
    tensor of scores that it reads, and the number that scores are multiplied by."""

    scores: Layer
    between: Sequence[tuple[Layer, Tensor]]
    means: Layer
    factor: float
    scales: Sequence[Layer]


def _core(graph: Graph, softmax: Layer) -> _Core | None:
    """The layers around a softmax; None where it is not between two products of matrices."""
    weights, means = softmax.outputs[0], graph.after(softmax)
    between = [(softmax, softmax.inputs[0])]
    if means is not None and isinstance(means.op, Reshaping):  # heads that share keys, told apart
        between.insert(0, (means, weights))
        weights, means = means.outputs[0], graph.after(means)
    last = len(softmax.outputs[0].shape) - 1
    if softmax.op != Softmax(dim=last) or means is None or not isinstance(means.op, MatMul):
        return None
    if means.inputs[0] is not weights:
        return None
    scales: list[tuple[Layer, Tensor]] = []
    factor = 1.0
    tensor = softmax.inputs[0]
    while (layer := graph.before(tensor)) is not None:
        if isinstance(layer.op, MatMul):
            return _Core(layer, between[::-1], means, factor, [scale for scale, _ in scales])
        scaled = factor_of(graph, layer)
        if scaled is not None:
            tensor, factor = scaled[0], factor * scaled[1]
            scales.append((layer, tensor))
            continue
        read = _scores_read(graph, layer)
        if read is None:
            return None
        between += scales  # a mask that is scaled with the scores stays so
        scales, factor = [], 1.0
        between.append((layer, read))
        tensor = read
    return None


def _scores_read(graph: Graph, layer: Layer) -> Tensor | None:
    """The scores that a layer adds a mask to, or shows in another shape."""
    if isinstance(layer.op, Reshaping):
        return layer.inputs[0]
    if not isinstance(layer.op, Add) or len(layer.inputs) != 2:
        return None
    shape = layer.outputs[0].shape
    found = [t for t in layer.inputs if t.shape == shape and graph.before(t) is not None]
    made = [t for t in found if graph.leaf(t) is None]
    return made[0] if made else None


class _End(NamedTuple):
    """The layers after the means: how those are moved, and the linear layer that reads them, whose
    features are in the place of ``features``."""

    layout: Layout
    parts: Sequence[Layer]
    linear: Layer | None = None
    features: tuple[Digit, ...] = ()

    def then(self, layer: Layer, rank: int) -> _End | None:
        """With a layer more; None where it cannot be followed."""
        output = layer.outputs[0]
        parts = (*self.parts, layer)
        if isinstance(layer.op, Linear) and self.linear is None:
            made = (Digit(rank, 1, output.shape[-1]),)
            layout = self.layout._replace(axes=(*self.layout.axes[:-1], made))
            return _End(layout, parts, layer, self.layout.axes[-1])
        layout = moved(self.layout, layer, output) if moves(layer) else None
        return None if layout is None else self._replace(layout=layout, parts=parts)

    def is_done(self, shape: tuple[int, ...]) -> bool:
        """Whether features are the last axis, samples and tokens whole ones before it, and nothing
        was left out."""
        last = self.layout.axes[-1]
        if any(self.layout.starts) or not of_whole_axes(self.layout.axes[:-1], shape):
            return False
        if self._moved().size != prod(shape):
            return False
        return self.linear is None or [digit.axis for digit in last] == [len(shape)]

    def _moved(self) -> Layout:
        """The layout without the linear layer."""
        if self.linear is None:
            return self.layout
        return self.layout._replace(axes=(*self.layout.axes[:-1], self.features))

    def steps(self, means: int, shape: tuple[int, ...]) -> Iterator[Step]:
        """The layers that do it, after the means."""
        for op in made_by(self._moved(), shape):
            yield Step(op, (means,))
            means += 1
        if self.linear is not None:
            yield Step(self.linear.op, (means,), self.linear.weights, self.linear.name)


def _end(graph: Graph, means: Layer) -> _End:
    """As much of what comes next as is moved, a linear layer, and moved again."""
    shape = means.outputs[0].shape
    best = found = _End(whole(shape), ())
    layer = graph.after(means)
    while layer is not None and len(layer.outputs) == 1:
        further = found.then(layer, len(shape))
        if further is None:
            break
        found = further
        best = found if found.is_done(shape) else best
        layer = graph.after(layer)
    return best


def _match(graph: Graph, core: _Core) -> Match | None:
    """An attention as the library writes it; None where it is so, or cannot be."""
    tensors = (*core.scores.inputs, core.means.inputs[1])
    end = _end(graph, core.means)
    around = [core.scores, *core.scales, *(layer for layer, _ in core.between), core.means]
    for through, parted in REACHES:
        operands = [operand(graph, tensor, through=through, parted=parted) for tensor in tensors]
        every = {*around, *end.parts, *(layer for one in operands for layer in one.parts)}
        parts = sorted(every, key=lambda layer: graph.places[layer])
        if operands[2].factor == 1 and _can_be_made(operands) and _are_alone(graph, parts):
            steps = _steps(core, operands, end)
            return Match(parts, steps) if _differs(core, operands, parts, steps) else None
    return None


def _are_alone(graph: Graph, parts: Sequence[Layer]) -> bool:
    """Whether only the last of some layers is read by others."""
    inner = [tensor for layer in parts[:-1] for tensor in layer.outputs]
    if not graph.outputs.isdisjoint(inner):
        return False
    return all(reader in parts for tensor in inner for reader in graph.readers(tensor))


def _can_be_made(operands: Sequence[Operand]) -> bool:
    """Whether operands are all of what makes them, none of it twice."""
    if not all(one.can_be_made for one in operands):
        return False
    rows: dict[Layer, set[tuple[int, int]]] = {}
    for one in operands:
        if one.linear is not None:
            rows.setdefault(one.linear, set()).add(one.rows)
    return all(
        sum(end - start for start, end in ranges) == linear.outputs[0].shape[-1]
        for linear, ranges in rows.items()
    )


def _steps(core: _Core, operands: Sequence[Operand], end: _End) -> list[Step]:
    steps: list[Step] = []
    made: list[Tensor | int] = []
    around = (core.scores, *(layer for layer, _ in core.between), core.means)
    path = shared_path([layer.name for layer in around])
    for (word, plural), one in zip(WORDS, operands, strict=True):
        own = one.steps(word, len(steps))
        if own and not own[-1].name:
            own[-1] = own[-1]._replace(name=f"{path}.{plural}" if path else plural)
        steps += own
        made.append(len(steps) - 1 if own else one.x)
    query, key, value = made
    steps.append(Step(core.scores.op, (query, key), None, core.scores.name))
    factor = core.factor * operands[0].factor * operands[1].factor
    if not isclose(factor, 1):
        steps.append(Step(Scale(factor=factor), (len(steps) - 1,)))
    for layer, read in core.between:
        inputs = tuple(len(steps) - 1 if t is read else t for t in layer.inputs)
        steps.append(Step(layer.op, inputs, None, layer.name))
    steps.append(Step(core.means.op, (len(steps) - 1, value), None, core.means.name))
    steps += end.steps(len(steps) - 1, core.means.outputs[0].shape)
    return steps


def _differs(
    core: _Core, operands: Sequence[Operand], parts: Sequence[Layer], steps: Sequence[Step]
) -> bool:
    """Whether the layers are not what would be put in their place."""
    if any(one.factor != 1 for one in operands) or len(core.scales) > 1:
        return True
    if any(not isinstance(layer.op, Scale) for layer in core.scales):
        return True
    before = [type(layer.op) for layer in parts if not layer.op.view]
    after = [type(step.op) for step in steps if not step.op.view]
    return len(after) < len(before) or after.count(Linear) > before.count(Linear)
