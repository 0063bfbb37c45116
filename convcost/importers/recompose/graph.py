"""A network as patterns look at it: which layer makes a tensor, and what is stored."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from convcost.ops import op_name
from convcost.ops.parameter import Parameter
from convcost.ops.reshape import Reshaping
from convcost.tensor import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor


class Graph:
    """Questions that patterns ask of a network; the answers stay those of when it was made."""

    def __init__(self, network: Network) -> None:
        edges = network.edges
        self.network = network
        self.layers = edges.layers
        self.reads = edges.reads
        self.makers = edges.makers
        self.outputs = edges.outputs | edges.held  # read by others than layers
        self.readers = edges.readers

    @cached_property
    def places(self) -> Mapping[Layer, int]:
        """The number of each layer in the order of the network."""
        return {layer: place for place, layer in enumerate(self.layers)}

    @cached_property
    def ops(self) -> frozenset[str]:
        """The names of the ops that there are."""
        return frozenset(op_name(op) for op in {type(layer.op) for layer in self.layers})

    def is_read_once(self, tensor: Tensor) -> bool:
        """Whether one layer reads a tensor, once, and nothing else does."""
        return self.reads[tensor] == 1 and tensor not in self.outputs

    def before(self, tensor: Tensor) -> Layer | None:
        """The layer that makes a tensor, where that is its only output and is read only once."""
        layer = self.makers.get(tensor)
        if layer is None or len(layer.outputs) != 1 or not self.is_read_once(tensor):
            return None
        return layer

    def after(self, layer: Layer) -> Layer | None:
        """The layer that reads what a layer makes, where nothing else does."""
        if len(layer.outputs) != 1 or not self.is_read_once(layer.outputs[0]):
            return None
        return next(iter(self.readers(layer.outputs[0])), None)

    def leaf(self, tensor: Tensor) -> Layer | None:
        """The layer that passes on the stored array that a tensor is, whatever its shape."""
        layer = self.makers.get(tensor)
        while layer is not None and isinstance(layer.op, Reshaping):
            layer = self.makers.get(layer.inputs[0])
        return layer if layer is not None and isinstance(layer.op, Parameter) else None

    def weight(self, tensor: Tensor) -> Weight | None:
        """The stored array that a tensor is; None for what is worked out."""
        leaf = self.leaf(tensor)
        return None if leaf is None else leaf.weights["value"]

    def number(self, tensor: Tensor) -> float | None:
        """The number that a tensor is, where it is stored and known, and the only one."""
        weight = self.weight(tensor)
        if weight is None or prod(weight.shape) != 1:
            return None
        value = weight.values
        while isinstance(value, tuple) and value:
            value = value[0]
        return float(value) if isinstance(value, (int, Fraction)) else None

    def split(self, layer: Layer) -> tuple[list[Tensor], list[Tensor]]:
        """The inputs of a layer that are worked out, and those that are stored arrays."""
        stored = [tensor for tensor in layer.inputs if self.leaf(tensor) is not None]
        return [tensor for tensor in layer.inputs if tensor not in stored], stored

    def leaves(self, layers: list[Layer]) -> Iterator[Layer]:
        """The layers that pass stored arrays on to some layers."""
        for layer in layers:
            for tensor in layer.inputs:
                if self.leaf(tensor) is None:
                    continue
                made = self.makers[tensor]
                while made.inputs:
                    yield made
                    made = self.makers[made.inputs[0]]
                yield made


def along(weight: tuple[int, ...], x: tuple[int, ...]) -> tuple[int, ...] | None:
    """The axes of ``x`` along which an array varies that is repeated along the others; None where
    it does not fit."""
    if len(weight) > len(x):
        return (
            None
            if prod(weight[: len(weight) - len(x)]) != 1
            else along(weight[len(weight) - len(x) :], x)
        )
    head = len(x) - len(weight)
    pairs = [(axis, size) for axis, size in enumerate(weight, start=head) if size != 1]
    return tuple(a for a, _ in pairs) if all(x[a] == size for a, size in pairs) else None


def learned(weight: Weight, shape: tuple[int, ...]) -> Weight:
    """The same stored array as a weight, in the shape that an op wants: what scales, shifts or is
    added as a bias is learned, even where an exporter has made a constant of it."""
    if (weight.shape, weight.learned) == (shape, True):
        return weight
    other = Weight(weight.name, shape, True, weight.dtype)
    if prod(weight.shape) == 1:
        other.values = weight.values
    return other
