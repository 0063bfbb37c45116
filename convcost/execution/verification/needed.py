"""The memory that a verification takes, known before it starts."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, cast

from convcost.analysis.analyze.figures import op_counts
from convcost.execution.memory_needed import FLOAT32, Need, elements, most, needed, workspace
from convcost.execution.verification.overwriting import tries
from convcost.execution.verification.readings import readings_needed

COMPARING = 1 << 17  # bytes of Python's own objects while figures are compared, however few
TALLY = 72  # bytes of a scalar that counts itself: its place in an array, the object, its float
TRACED = 300  # and of one that remembers: what it was made of, with derivatives, its gradient

if TYPE_CHECKING:
    from convcost.execution.memory_needed import Moment
    from convcost.network import Layer, Network


def verification_needed(network: Network) -> Need:
    """Return the memory that verifying a network needs at most: a forward pass in which each layer
    also runs a second time, on inputs and weights of its own, and is computed in other ways.
    Looking for receptive fields keeps to that, or to what is allowed besides."""
    again = _Again()
    passing = most(network, lambda moment: moment.made + again.needs(moment))
    found = max((passing, *map(readings_needed, network.layers)), key=lambda need: need.size)
    return found._replace(size=found.size + COMPARING)


def scalars_needed(network: Network) -> Need:
    """Return an upper bound of the memory for counting with scalars: an object for each number,
    although numbers that are only moved are shared."""
    size, layer = needed(network)
    return Need(size * TALLY // FLOAT32, layer)


class _Again:
    """Second runs, of each kind of layer one."""

    def __init__(self) -> None:
        self._known: set[object] = set()

    def needs(self, moment: Moment) -> int:
        """Elements that a layer needs besides what is held and what it makes."""
        layer = moment.layer
        return workspace(layer) + max(self._ones(layer), self._overwriting(moment))

    def _first(self, *kind: object) -> bool:
        new = kind not in self._known
        self._known.add(kind)
        return new

    def _ones(self, layer: Layer) -> int:
        """Inputs, weights and outputs of a run on ones."""
        op = layer.op
        if not op.macs(*layer.input_shapes) or op.offsets_input is not None or op.recurs:
            return 0
        weights = tuple((role, weight.shape) for role, weight in layer.weights.items())
        if not self._first("ones", op, layer.input_shapes, weights):
            return 0
        arrays = (*layer.inputs, *layer.outputs)
        return sum(map(elements, arrays)) + sum(prod(shape) for _, shape in weights)

    def _overwriting(self, moment: Moment) -> int:
        """An input written over in part, which parts those are, and what it gives; that once more
        where the first output is not of numbers, which is taken for half of the times."""
        layer = moment.layer
        if not moment.overwritable or not tries(layer):
            return 0
        if not self._first("overwriting", layer.op, layer.input_shapes):
            return 0
        return 11 * elements(layer.outputs[0]) // 4


def step_needed(network: Network) -> Need:
    """Return an upper bound of the memory for a training step on recorded numbers: all of them stay
    until the backward pass has used them."""
    largest = max(network.layers, key=_made, default=None)
    given = TALLY * sum(map(elements, network.inputs.values()))
    return Need(given + TRACED * sum(map(_made, network.layers)), largest)


def _made(layer: Layer) -> int:
    """Numbers that a layer makes, with its weights. A kernel sums products of channels as one
    number for each row of taps or part of a cell, and adds those; where there is but one channel it
    multiplies element by element."""
    op, made = layer.op, elements(layer.outputs[0])
    kept = sum(map(elements, layer.outputs)) + sum(prod(w.shape) for w in layer.weights.values())
    counts = {metric: cast("int", n) for metric, n in op_counts(op, layer.input_shapes).items()}
    macs, taps = counts["macs"], prod(getattr(op, "kernel_size", ()))
    rows = prod(getattr(op, "kernel_size", ())[:-1])
    parts = taps if macs <= taps * made else rows * getattr(op, "gates", 1)
    others = (counts["multiplies"] - macs, counts["adds"] - macs)
    others += tuple(counts[metric] for metric in ("divides", "comparisons", "transcendentals"))
    return kept + min(2 * macs, 2 * parts * made) + sum(max(0, count) for count in others)
