"""Whether there is room for a run, known before it starts."""

from __future__ import annotations

import os
from math import prod
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError
from convcost.execution.forward import op_fields
from convcost.executor.kernels import WORKSPACE
from convcost.executor.workspace import of_one_more
from convcost.ops import op_name

if TYPE_CHECKING:
    from convcost.network import Layer, Network, Tensor


def refuse_too_large(network: Network, advice: str, *, verifying: bool = False) -> None:
    """Raise ConvcostError, which ends with advice, where a network would not fit into memory;
    ``verifying``: where it would not with what a verification needs."""
    needed = bytes_needed(network, verifying=verifying)
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not told on this system
        return
    if needed > free:
        raise ConvcostError(
            f"running '{network.name}' would need about {needed:,} bytes, and {free:,} are free: "
            f"{advice}"
        )


def bytes_needed(network: Network, *, verifying: bool = False) -> int:
    """The most memory that a run takes, in bytes of float32: what a layer reads, makes, and holds
    in between, beside what later layers still need.

    A verification runs layers once more, on inputs and weights of their own, while what they made
    is still there.
    """
    last: dict[Tensor, int] = {}
    for index, layer in enumerate(network.layers):
        last |= dict.fromkeys(layer.inputs, index)
    alive = {tensor: prod(tensor.shape) for tensor in network.inputs.values()}
    held, most = sum(alive.values()), 0
    for index, layer in enumerate(network.layers):
        inputs = sum(prod(tensor.shape) for tensor in layer.inputs)
        outputs = sum(prod(tensor.shape) for tensor in layer.outputs)
        weights = sum(prod(weight.shape) for weight in layer.weights.values())
        again = _again(layer, inputs, outputs, weights) if verifying else 0
        most = max(most, held + outputs + weights + _workspace(layer) + again)
        alive |= {tensor: prod(tensor.shape) for tensor in layer.outputs}
        held += outputs
        for tensor in {tensor for tensor in layer.inputs if last[tensor] == index}:
            held -= alive.pop(tensor, 0)
    return 4 * most


def _again(layer: Layer, inputs: int, outputs: int, weights: int) -> int:
    """Elements of the arrays of a second run: on ones; or on a first input that is written over in
    part, if it could be, beside which parts those are."""
    if layer.op.macs(*layer.input_shapes):
        return inputs + weights + outputs
    tried = bool(layer.inputs) and layer.inputs[0].shape == layer.outputs[0].shape
    return 3 * outputs + outputs // 4 if tried else 0


def _workspace(layer: Layer) -> int:
    bound = WORKSPACE.get(op_name(type(layer.op)), of_one_more)
    shapes = (*layer.input_shapes, layer.outputs[0].shape)
    return bound(*shapes, **op_fields(layer, bound))
