"""Runs of a network with NaNs in its input."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcost.applied import BrokenCondition
from convcost.errors import ConvcostError, quoted
from convcost.execution.forward import execute, seeded, seeded_inputs
from convcost.execution.memory_needed import FLOAT32, elements, most, workspace
from convcost.execution.transform import rebuilt
from convcost.executor.namespace import Plain
from convcost.executor.slabs import slabs
from convcost.ops.op import Reads

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from convcost.analysis.rf.seen import Axis
    from convcost.execution.forward import Done
    from convcost.execution.memory_needed import Moment, Need
    from convcost.execution.probe.room import Room
    from convcost.executor.namespace import Array
    from convcost.network import Network
    from convcost.tensor import Weight

MOST_ELEMENTS = 1 << 25  # in the largest array of one run


class NoRoom(Exception):  # noqa: N818 - it names what is so
    """A run takes more bytes than there are for it."""

    def __init__(self, needed: int) -> None:
        self.needed = needed
        super().__init__(f"a run takes {needed:,} bytes, more than those of the network itself")


class Spot(NamedTuple):
    """Where to look: an output of a layer, and places along some of its axes."""

    layer: int
    output: int
    places: tuple[tuple[int, int], ...]


class NoNumbers(ConvcostError):  # noqa: N818 - it names what happened
    """A layer makes NaNs of all numbers, so that those of a probe are not told from them."""


class _Probing(Plain):
    """Arithmetic that NaNs survive: to NumPy, 1 to any power is 1, and so is anything to none."""

    def power(self, a: Array, exponent: Array | float) -> Array:
        """Powers; NaN wherever there is one."""
        made = np.asarray(super().power(a, exponent))
        for given in (a, exponent):
            np.copyto(made, np.nan, where=np.isnan(given))
        return made


class Runs:
    """A network with arrays of its own, to be run with NaNs again and again.

    Args:
        network: the network.
        seed: of weights and inputs.
        room: the bytes that a run may take.

    Raises:
        NoNumbers: it cannot be probed.
        NoRoom: one run takes more.
    """

    def __init__(self, network: Network, seed: int, room: Room) -> None:
        self.network = network
        self.room = room
        self.seed = seed
        self.together = _samples_stay_apart(network)
        self._weights: dict[str, Array] = {}
        self._fresh = seeded(seed)
        self._clean = False
        allowed = room.one_run
        self._keeps = _needed(network).size <= allowed  # else weights are drawn again by each run
        if not self._keeps and (needs := _needed(network, kept=False).size) > allowed:
            raise NoRoom(needs)
        self._clean = self._made_nans() is not None
        if self._clean and (lost := self._made_nans()) is not None:
            raise NoNumbers(f"{quoted(lost)} makes no numbers, whatever it is given")

    def reached(
        self, axis: Axis, probes: Sequence[Collection[int]], spots: Sequence[Spot]
    ) -> Array:
        """The spots that NaNs at all positions of each probe along an input axis reach:
        ``[probes, spots]``."""
        tensors = (t for layer in self.network.layers for t in (*layer.inputs, *layer.outputs))
        largest = max(prod(tensor.shape) for tensor in tensors) // self.network.batch
        chunk = max(1, min(MOST_ELEMENTS // largest, self._fitting())) if self.together else 1
        found = [np.zeros((0, len(spots)), dtype=bool)]
        for first in range(0, len(probes), chunk):
            found.append(self._reached(axis, probes[first : first + chunk], spots))
        return np.concatenate(found)

    def _fitting(self) -> int:
        """How many samples there is room for at once."""
        shapes = {name: (1, *t.shape[1:]) for name, t in self.network.inputs.items()}
        weights = {w.name: prod(w.shape) for a in self.network.layers for w in a.weights.values()}
        fixed = FLOAT32 * sum(weights.values()) if self._keeps else 0
        each = _needed(rebuilt(self.network, shapes=shapes), kept=self._keeps).size - fixed
        return (self.room.side_by_side(len(self.network.layers)) - fixed) // max(1, each)

    def _reached(
        self, axis: Axis, probes: Sequence[Collection[int]], spots: Sequence[Spot]
    ) -> Array:
        network = self.network
        if self.together:
            shapes = {name: (len(probes), *t.shape[1:]) for name, t in network.inputs.items()}
            network = rebuilt(network, shapes=shapes)
        inputs = seeded_inputs(network, self.seed)
        for sample, positions in enumerate(probes):
            where = (
                sample if self.together else slice(None),
                *[slice(None)] * (axis[1] - 1),
                list(positions),
            )
            inputs[axis[0]][where] = np.nan
        hits = np.zeros((len(probes), len(spots)), dtype=bool)
        by_layer: dict[int, list[int]] = {}
        for number, spot in enumerate(spots):
            by_layer.setdefault(spot.layer, []).append(number)
        numbers = {layer: number for number, layer in enumerate(network.layers)}

        def look(ran: Done) -> None:
            for number in by_layer.get(numbers[ran.layer], ()):
                spot = spots[number]
                hits[:, number] = self._hit(ran.outputs[spot.output], dict(spot.places))

        self._run(network, inputs, look)
        return hits

    def _hit(self, array: Array, places: Mapping[int, int]) -> Array:
        at = tuple(places.get(axis, slice(None)) for axis in range(array.ndim))
        seen = np.isnan(array[at])
        rows = seen.reshape(len(array) if self.together else 1, -1)
        return np.asarray(rows.any(axis=1))

    def _run(self, network: Network, inputs: dict[str, Array], look: object) -> None:
        def done(ran: Done) -> None:
            if callable(look):
                look(ran)
            if self._clean:
                for array in ran.outputs:
                    array[~np.isnan(array)] = 1  # as any number that all functions are defined for

        if self._clean:
            for array in inputs.values():
                array[~np.isnan(array)] = 1
        with np.errstate(all="ignore"):
            execute(network, inputs, self._array, _Probing(), done, undeformed=True)

    def _array(self, weight: Weight) -> Array:
        if not self._keeps:
            return self._fresh(weight)
        if weight.name not in self._weights:
            self._weights[weight.name] = self._fresh(weight)
        return self._weights[weight.name]

    def _made_nans(self) -> str | None:
        """The first layer, if any, that makes NaNs of numbers, such as the logarithm of -1: what it
        is given is then a number of which most make none."""
        made: list[str] = []

        def look(ran: Done) -> None:
            if any(np.isnan(array[at]).any() for array in ran.outputs for at in slabs(array.shape)):
                made.append(ran.layer.name)

        self._run(self.network, seeded_inputs(self.network, self.seed), look)
        return made[0] if made else None


def _needed(network: Network, *, kept: bool = True) -> Need:
    """The memory that one run needs at most; ``kept``: with the weights of all layers at once."""
    return most(network, _takes, kept=kept)


def _takes(moment: Moment) -> int:
    """The elements that a layer makes and holds, and the masks of NaNs. If its data decide which
    elements it reads, it runs on other offsets, or once for each side of a choice."""
    layer = moment.layer
    made = moment.made + moment.made // 2 + workspace(layer)
    if layer.op.choice_input is not None:
        return made + 2 * moment.made + 2 * elements(layer.inputs[layer.op.choice_input])
    if layer.op.offsets_input is not None:
        return made + elements(layer.inputs[layer.op.offsets_input])
    return made


def _samples_stay_apart(network: Network) -> bool:
    """Whether as many samples as one likes go through side by side, along axis 0."""
    fed = {*network.inputs.values()}  # what is made of parameters is not
    for layer in network.layers:
        read = [reads for tensor, reads in layer.reads() if tensor in fed]
        if any(not reads or reads[0] != Reads(0) for reads in read):
            return False
        if read:
            fed.update(layer.outputs)
    try:
        return all(_holds(network, samples) for samples in (1, 2, 3))
    except BrokenCondition:
        return False


def _holds(network: Network, samples: int) -> bool:
    """Whether what is made of so many samples has a place for each."""
    shapes = {name: (samples, *t.shape[1:]) for name, t in network.inputs.items()}
    made = rebuilt(network, shapes=shapes)
    fed = set(made.inputs.values())
    for layer in made.layers:
        if not fed.isdisjoint(layer.inputs):
            fed.update(layer.outputs)
            if any(tensor.shape[:1] != (samples,) for tensor in layer.outputs):
                return False
    return True
