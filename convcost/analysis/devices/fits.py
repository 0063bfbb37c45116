"""Whether a network fits into the memory of a device, and how many samples of it.

Weights stay there while a network runs; beside them are the bytes alive at each layer, and what the
algorithm of that layer leaves from one step for the next. All of these are straight lines in the
number of samples, so the largest batch is worked out, and not searched for.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import answering
from convcost.analysis.analyze.memory import alive_bytes
from convcost.analysis.explain.algorithms import algorithms, kept, workspace
from convcost.applied import BrokenCondition, check
from convcost.dtype import DTYPES, bytes_of
from convcost.further_metrics import MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.explain.algorithms import Step
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

BYTE = 8  # bits


class Fit(NamedTuple):
    """The memory that a network takes.

    Attributes:
        capacity: bytes of the device.
        weights: bytes of stored arrays, and of those that an algorithm makes of them once.
        activations: bytes alive at the layer that needs most.
        workspace: what the algorithm of that layer takes besides.
        layer: the name of that layer; "" in a network without any.
        batch: the most samples that fit, 0 where not even one does; None where that is not known,
            or where all take the same.
        unsure: the name of a layer because of which it is not known: it mixes samples, or takes no
            more of them.
    """

    capacity: int
    weights: int
    activations: int
    workspace: int
    layer: str
    batch: int | None
    unsure: str = ""

    @property
    def bytes(self) -> int:
        """All that is needed at once."""
        return self.weights + self.activations + self.workspace

    @property
    def taken(self) -> Mapping[str, int]:
        """The figures that limits are held against, by the ends of their metrics."""
        return {MEMORY: self.bytes}

    @property
    def fits(self) -> bool:
        """Whether the device has as much."""
        return self.bytes <= self.capacity


@answering
def fit(
    network: Network, capacity: int, *, inplace: bool = False, algorithm: str | None = None
) -> Fit:
    """The memory that a network takes of that of a device.

    Args:
        network: what runs.
        capacity: bytes of the device's memory.
        inplace: element-wise layers write over their input where nothing else needs it.
        algorithm: the key of the algorithm of layers to which it applies; others are direct.
    """
    kept_by = {layer: _steps(layer, algorithm) for layer in network.layers} if algorithm else {}
    needs = _Needs(network, inplace, {layer: steps for layer, steps in kept_by.items() if steps})
    alive, beside = needs.alive(network.batch), needs.beside(network.batch)
    totals = [one + more for one, more in zip(alive, beside, strict=True)]
    most = max(range(len(totals)), key=totals.__getitem__, default=None)
    return Fit(
        capacity=capacity,
        weights=needs.weights(),
        activations=0 if most is None else alive[most],
        workspace=0 if most is None else beside[most],
        layer="" if most is None else network.layers[most].name,
        batch=None if needs.unsure else needs.largest(capacity - needs.weights()),
        unsure=needs.unsure,
    )


def _steps(layer: Layer, algorithm: str) -> Sequence[Step]:
    """The steps of an algorithm; none where it does not apply to a layer."""
    for one in algorithms(layer.op):
        x = layer.inputs[0].shape
        if one.key == algorithm and all(
            isinstance(must.margin, int) and must.margin >= 0
            for must in one.conditions(layer.op, x)
        ):
            return one.steps(layer.op, x)
    return ()


def _growing(network: Network) -> tuple[set[Tensor], str]:
    """The tensors that hold samples of the network's inputs, and the first layer that mixes them so
    that nobody knows where they lie, or that cannot take more of them. What is made of stored
    arrays alone holds none."""
    growing = {tensor for tensor in network.inputs.values() if tensor.samples}
    unsure = ""
    for layer in network.layers:
        if growing.isdisjoint(layer.inputs):
            continue
        growing.update(layer.outputs)
        if any(tensor.samples is None for tensor in layer.outputs) or not _takes_more(
            layer, growing, 2 * network.batch
        ):
            unsure = unsure or layer.name
    return growing, unsure


def _takes_more(layer: Layer, growing: set[Tensor], batch: int) -> bool:
    """Whether a layer that also reads what holds no samples can be applied to more of them."""
    if growing.issuperset(layer.inputs):
        return True
    shapes = [
        tensor.samples.with_count(tensor.shape, batch)
        if tensor in growing and tensor.samples
        else tensor.shape
        for tensor in layer.inputs
    ]
    try:
        check(layer.op, (*shapes,))
    except BrokenCondition:
        return False
    return True


class _Needs:
    """The memory that a network needs, for any batch size. ``steps`` are those of its
    algorithms."""

    def __init__(
        self, network: Network, inplace: bool, steps: Mapping[Layer, Sequence[Step]]
    ) -> None:
        self.network = network
        self.inplace = inplace
        self.steps = steps
        self.growing, self.unsure = _growing(network)

    def weights(self) -> int:
        """Bytes of stored arrays, and of what is made of them once."""
        every = (w for layer in self.network.layers for w in layer.weights.values())
        stored = {weight.name: weight.bytes for weight in every}
        made = (
            bytes_of(cast("int", kept(steps)), layer.outputs[0].dtype)
            for layer, steps in self.steps.items()
        )
        return sum(stored.values()) + sum(made)

    def alive(self, batch: int) -> Sequence[int]:
        """The bytes alive at each layer."""

        def size(tensor: Tensor) -> int:
            return bytes_of(self._share(prod(tensor.shape), tensor, batch), tensor.dtype)

        return alive_bytes(self.network, inplace=self.inplace, size=size)

    def beside(self, batch: int) -> Sequence[int]:
        """The bytes of each layer's workspace."""
        return [
            bytes_of(
                self._share(self._left(layer), layer.outputs[0], batch), layer.outputs[0].dtype
            )
            for layer in self.network.layers
        ]

    def largest(self, room: int) -> int | None:
        """The most samples for which no layer needs more bytes than there are; None where all take
        the same."""
        lines = [*self._lines()]
        if any(fixed > BYTE * room for fixed, _ in lines):
            return 0
        most = min(((BYTE * room - fixed) // each for fixed, each in lines if each), default=None)
        while most and self._most(most) > room:
            most -= 1  # numbers shorter than a byte fill the last one
        return most

    def _most(self, batch: int) -> int:
        pairs = zip(self.alive(batch), self.beside(batch), strict=True)
        return max((one + more for one, more in pairs), default=0)

    def _lines(self) -> Iterator[tuple[int, int]]:
        """Of each layer the bits for no sample, and for each."""

        def none(tensor: Tensor) -> int:
            return 0 if tensor in self.growing else prod(tensor.shape) * DTYPES[tensor.dtype]

        def each(tensor: Tensor) -> int:
            every = prod(tensor.shape) * DTYPES[tensor.dtype]
            return every // self.network.batch if tensor in self.growing else 0

        fixed = alive_bytes(self.network, inplace=self.inplace, size=none)
        growing = alive_bytes(self.network, inplace=self.inplace, size=each)
        for layer, less, more in zip(self.network.layers, fixed, growing, strict=True):
            output = layer.outputs[0]
            beside = self._left(layer) * DTYPES[output.dtype]
            grows = output in self.growing
            yield (
                less + (0 if grows else beside),
                more + (beside // self.network.batch if grows else 0),
            )

    def _left(self, layer: Layer) -> int:
        """The elements that a layer's steps leave for later ones."""
        return cast("int", workspace(self.steps[layer])) if layer in self.steps else 0

    def _share(self, elements: int, tensor: Tensor, batch: int) -> int:
        """So many elements of a tensor, had it another number of samples."""
        grows = tensor in self.growing
        return elements // self.network.batch * batch if grows else elements
