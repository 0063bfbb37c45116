"""Files that take any number of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.applied import BrokenCondition
from convcost.errors import ConvcostError
from convcost.execution.transform import rebuilt
from convcost.exporters.onnx.model import graph_of

if TYPE_CHECKING:
    from convcost.exporters.onnx.graph import Graph
    from convcost.exporters.onnx.model import Sizes
    from convcost.network import Network

BATCH = "batch"
OTHER = 3  # samples, for which the graph is written once more


def open_sizes(network: Network, graph: Graph) -> Sizes:
    """The shapes of tensors for any number of samples; nothing where the graph is of one alone.

    A network of one sample takes any number if it is written alike for another one.
    """
    many = _with_samples(network)
    if many is None:
        return {}
    try:
        other = graph_of(many, None)
    except ConvcostError:
        return {}
    if (graph.nodes, graph.initializers) != (other.nodes, other.initializers):
        return {}
    pairs = zip(network.inputs.values(), many.inputs.values(), strict=True)
    made = zip(network.layers, many.layers, strict=True)
    outputs = (zip(one.outputs, its.outputs, strict=True) for one, its in made)
    every = [*pairs, *(pair for each in outputs for pair in each)]
    return {one: tuple(map(_size, one.shape, its.shape)) for one, its in every}


def _size(one: int, other: int) -> int | str | None:
    if one == other:
        return one
    return BATCH if (one, other) == (1, OTHER) else None


def _with_samples(network: Network) -> Network | None:
    """The network of another number of samples; None where it is not of one, or has no such."""
    inputs = network.inputs
    if any(tensor.batch_axis != 0 or tensor.shape[0] != 1 for tensor in inputs.values()):
        return None
    try:
        shapes = {name: (OTHER, *tensor.shape[1:]) for name, tensor in inputs.items()}
        many = rebuilt(network, shapes=shapes)
    except (BrokenCondition, ConvcostError):
        return None
    for layer, own in zip(many.layers, network.layers, strict=True):
        if [w.shape for w in layer.weights.values()] != [w.shape for w in own.weights.values()]:
            return None
        layer.weights = own.weights
    return many
