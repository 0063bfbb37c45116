"""The arrays that are really there after each layer: their shapes, sizes and memory."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from convcost.analysis.analyze.memory import alive_bytes, same_places
from convcost.execution.verification.check import Check
from convcost.execution.verification.memory import Memory, packed
from convcost.metrics import PEAK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.execution.forward import Done
    from convcost.execution.verification.running import Made
    from convcost.network import Network
    from convcost.samples import Samples
    from convcost.tensor import Tensor, Weight

IN_PLACE = f"{PEAK} --inplace"


class Arrays:
    """Looks at the arrays that a run makes, layer by layer in order.

    Args:
        network: what runs.
        overwriting: whether to try which layers can write over their first input.
    """

    def __init__(self, network: Network, *, overwriting: bool = True) -> None:
        tensors = (*network.inputs.values(), *(t for a in network.layers for t in a.outputs))
        self._dtypes = {tensor: tensor.dtype for tensor in tensors}
        self._memory = Memory(network, self._dtypes)
        over = alive_bytes(network, inplace=True) if overwriting else ()
        self._over = dict(zip(network.layers, over, strict=False))
        self._counts = {1, network.batch}  # of samples
        self._seen: set[str] = set()  # weights, by name

    def checks(
        self,
        cost: LayerCost,
        ran: Done,
        made: Made,
        *,
        element_wise: bool,
    ) -> Iterator[Check]:
        """The comparisons of a layer.

        Args:
            cost: as the formulas have it.
            ran: the layer and its arrays.
            made: the shapes that its kernel really made.
            element_wise: whether it does arithmetic that is not sums of products.
        """
        name, layer, stored = cost.name, ran.layer, ran.stored
        if made.failure is not None:
            yield Check(name, "runs", "yes", made.failure)
        yield from self._shapes(name, layer.outputs, made.shapes)
        formula, executed = shapes_of(layer.weights), shapes_of(stored)
        if formula or executed:
            yield Check(name, "weights", formula, executed)
        for metric, size in self._stored(stored).items():
            yield Check(name, metric, cost.counts[metric], size)
        read = sum(self._bytes(tensor, ran) for tensor in {*layer.inputs})
        read += sum(_bytes(weight) for weight in stored.values())
        sound = made.shapes == tuple(tensor.shape for tensor in layer.outputs)
        tried = bool(self._over) and sound and (element_wise or same_places(layer))
        new = self._memory.made(ran, tried=tried)
        moved = {
            "activation_bytes": new,
            "traffic_bytes": read + new if new else 0,
            PEAK: self._memory.apart,
        }
        for metric, size in moved.items():
            yield Check(name, metric, cost.counts[metric], size)
        if self._over:
            yield Check(name, IN_PLACE, self._over[layer], self._memory.over)
        self._memory.let_go(ran)

    def _shapes(
        self, name: str, tensors: Sequence[Tensor], made: Sequence[tuple[int, ...]]
    ) -> Iterator[Check]:
        """As printed, without the batch, and with it."""
        for tensor, shape in zip_longest(tensors, made):
            stated = None if tensor is None else tensor.sample_shape
            samples = None if tensor is None else tensor.samples
            yield Check(name, "output_shape", stated, self._without_batch(shape, samples))
            yield Check(name, "full_shape", None if tensor is None else tensor.shape, shape)

    def _without_batch(
        self, shape: tuple[int, ...] | None, samples: Samples | None
    ) -> tuple[int, ...] | None:
        """A shape without its samples, if an axis holds them, or one array for all of them."""
        if shape is None or samples is None or len(shape) <= samples.axis:
            return shape
        one = samples.before * samples.after
        count, odd = divmod(shape[samples.axis], one)
        if odd or count not in self._counts:
            return shape
        rest = () if one == 1 else (one,)
        return (*shape[: samples.axis], *rest, *shape[samples.axis + 1 :])

    def _stored(self, stored: Mapping[str, Weight]) -> dict[str, int]:
        """Sizes of the arrays that no layer before had."""
        sizes = {"params": 0, "buffers": 0, "weight_bytes": 0}
        for weight in stored.values():
            if weight.name not in self._seen:
                self._seen.add(weight.name)
                sizes["params" if weight.learned else "buffers"] += _size(weight)
                sizes["weight_bytes"] += _bytes(weight)
        return sizes

    def _bytes(self, tensor: Tensor, ran: Done) -> int:
        return packed(ran.alive[tensor].size, self._dtypes[tensor])


def shapes_of(weights: Mapping[str, Weight]) -> str:
    """Weights as a person reads them: ``weight 8x3x3x3, bias 8``; which are not learned is said."""
    return ", ".join(
        f"{role} {'x'.join(map(str, weight.shape)) or 'a number'}"
        + ("" if weight.learned else " (buffer)")
        for role, weight in sorted(weights.items())
    )


def _size(weight: Weight) -> int:
    return int(np.prod(weight.shape, dtype=np.int64))


def _bytes(weight: Weight) -> int:
    return packed(_size(weight), weight.dtype) + weight.beside
