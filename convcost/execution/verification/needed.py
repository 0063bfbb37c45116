"""The memory that a verification takes, known before it starts."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.execution.memory_needed import FLOAT32, Need, elements, most, needed, workspace
from convcost.execution.verification.overwriting import tries
from convcost.execution.verification.readings import readings_needed

TALLY = 72  # bytes of a scalar that counts itself: its place in an array, the object, its float

if TYPE_CHECKING:
    from convcost.execution.memory_needed import Moment
    from convcost.network import Layer, Network


def verification_needed(network: Network) -> Need:
    """What verifying a network takes at most: a forward pass in which layers run once more on
    inputs and weights of their own, and what is worked out in other ways. Receptive fields are
    then looked for in no more."""
    again = _Again()
    passing = most(network, lambda moment: moment.made + again.needs(moment))
    return max((passing, *map(readings_needed, network.layers)), key=lambda need: need.size)


def scalars_needed(network: Network) -> Need:
    """What counting by scalars may take: an object for each number, though those that are only
    moved are shared. So this is no more than a bound."""
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
