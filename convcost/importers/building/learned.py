"""Constants that are weights, told by how they are used.

Some exporters write weights as constants of the graph. One that products are summed with is a
weight, whatever moved it on the way; one that is only added or multiplied with is what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.metrics import OF_OPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.network import Edges, Layer, Network
    from convcost.tensor import Tensor


def learn_used(network: Network) -> None:
    """Make constants that products are summed with learned."""
    constants = [
        layer
        for layer in network.layers
        if not layer.inputs and any(not weight.learned for weight in layer.weights.values())
    ]
    edges = network.edges if constants else None
    for layer in constants:
        (weight,) = layer.weights.values()
        if edges is not None and weight.dtype.startswith("float") and _is_weight(layer, edges):
            layer.op = cast("Any", layer.op).replaced(learned=True)
            weight.learned = True


def _is_weight(layer: Layer, edges: Edges) -> bool:
    """Whether products are summed with what a layer makes, moved or not."""
    left = [*layer.outputs]
    for tensor in left:  # grows as it goes
        for reader in edges.readers(tensor):
            if reader.op.macs(*reader.input_shapes):
                if tensor in _weights_read(reader):
                    return True
            elif not any(getattr(reader.op, metric)(*reader.input_shapes) for metric in OF_OPS):
                made = (one for one in reader.outputs if one.samples is None and one not in left)
                left.extend(made)
    return False


def _weights_read(layer: Layer) -> Iterator[Tensor]:
    """The inputs of a layer that may be weights: no samples lie in them, and they are no states."""
    first = 1
    if layer.op.recurs:
        op = cast("Any", layer.op)
        arrays = 2 + op.bias + getattr(op, "peephole", False)
        first = len(layer.inputs) - (arrays if op.made_weights else 0)
    yield from (tensor for tensor in layer.inputs[first:] if tensor.samples is None)
