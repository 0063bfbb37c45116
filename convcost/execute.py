"""A Network handed to the executor: which kernel, which arrays, in which order.

The only place where the two sides meet. It passes fields and arrays on and knows no cost.
"""

from __future__ import annotations

from functools import cache
from inspect import signature
from math import prod, sqrt
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from convcost.executor.kernels import KERNELS
from convcost.ops import op_name
from convcost.ops.fields import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.executor.namespace import Array, Plain
    from convcost.network import Layer, Network, Weight


def seeded(seed: int, dtype: type[Any] = np.float32) -> Callable[[Weight], Array]:
    """Arrays for weights: the same for the same seed and name, of a size that keeps the values of
    deep networks in range."""

    def array(weight: Weight) -> Array:
        rng = np.random.default_rng([seed, crc32(weight.name.encode())])
        values = rng.random(weight.shape, dtype=np.float32)
        if weight.name.endswith("running_var"):
            return (values + np.float32(0.5)).astype(dtype, copy=False)
        values -= np.float32(0.5)
        if len(weight.shape) > 1:
            values *= np.float32(2 * sqrt(3 / prod(weight.shape[1:])))
        return values.astype(dtype, copy=False)

    return array


def seeded_inputs(network: Network, seed: int) -> dict[str, Array]:
    """An array for each input, by name: the same for the same seed."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.standard_normal(tensor.shape, dtype=np.float32)
        for name, tensor in network.inputs.items()
    }


@cache
def _takes(op: str) -> frozenset[str]:
    return frozenset(signature(KERNELS[op]).parameters)


def kernel_fields(layer: Layer) -> dict[str, Any]:
    """The fields of a layer's op that its kernel takes."""
    takes = _takes(op_name(type(layer.op)))
    fields = declared(type(layer.op))
    # A kernel's `bias` is the array; the field of that name only says whether there is one.
    return {name: getattr(layer.op, name) for name in fields if name in takes and name != "bias"}


def execute(
    network: Network,
    inputs: Mapping[str, Array],
    arrays: Callable[[Weight], Array],
    xp: Plain,
    done: Callable[[Layer, tuple[Array, ...], dict[str, Array]], None] | None = None,
    *,
    undeformed: bool = False,
) -> dict[str, Array]:
    """Run a network; what no later layer reads is let go.

    Args:
        network: what to run.
        inputs: an array for each input, batch first, by name.
        arrays: makes the array of a weight, once for each.
        xp: the arithmetic.
        done: told of each layer after it ran, with its outputs and its weights by role.
        undeformed: whether offsets are taken times 0, so that nothing is moved; NaNs among them
            stay.

    Returns:
        An array for each output, by name.
    """
    left = _readers(network)
    alive = {id(tensor): inputs[name] for name, tensor in network.inputs.items()}
    shared: dict[int, Array] = {}
    users = _users(network)
    for layer in network.layers:
        weights: dict[str, Array] = {}
        for role, weight in layer.weights.items():
            weights[role] = shared[id(weight)] if id(weight) in shared else arrays(weight)
            if users[id(weight)] > 1:
                shared[id(weight)] = weights[role]
        kernel = KERNELS[op_name(type(layer.op))]
        sources = [alive[id(tensor)] for tensor in layer.inputs]
        if undeformed and (steering := layer.op.offsets_input) is not None:
            sources[steering] = sources[steering] * 0
        result = kernel(xp, *sources, **weights, **kernel_fields(layer))
        outputs = result if isinstance(result, tuple) else (result,)
        if done is not None:
            done(layer, outputs, weights)
        alive |= {id(t): a for t, a in zip(layer.outputs, outputs, strict=True) if left[id(t)]}
        for tensor in layer.inputs:
            left[id(tensor)] -= 1
            if not left[id(tensor)]:
                del alive[id(tensor)]
        del sources, result, outputs, weights
    return {name: alive[id(tensor)] for name, tensor in network.outputs.items()}


def _readers(network: Network) -> dict[int, int]:
    """How often each tensor is read, being an output of the network included."""
    left = {id(tensor): 0 for tensor in network.inputs.values()}
    for layer in network.layers:
        left |= {id(tensor): 0 for tensor in layer.outputs}
        for tensor in layer.inputs:
            left[id(tensor)] += 1
    for tensor in network.outputs.values():
        left[id(tensor)] += 1
    return left


def _users(network: Network) -> dict[int, int]:
    """How many layers use each weight."""
    users: dict[int, int] = {}
    for layer in network.layers:
        for weight in layer.weights.values():
            users[id(weight)] = users.get(id(weight), 0) + 1
    return users
