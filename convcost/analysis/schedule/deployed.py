"""A network as a converter leaves it for a runtime on a microcontroller.

A norm at inference is folded into the weights of the layer before it, and what only keeps numbers
within a range runs with the layer that makes them. What does nothing at inference is gone. Every
other layer is a kernel that reads tensors and makes new ones: a reshape copies, too.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.schedule.arena import Buffer, aligned
from convcost.analysis.schedule.jobs import Job, Jobs
from convcost.dtype import DTYPES, bytes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Edges, Layer, Network
    from convcost.tensor import Tensor, Weight

BIAS = "bias"
BIAS_OF_BYTES = "int32"
"""Biases of layers whose weights have 8 bits, as TensorFlow Lite's quantization specifies them."""


class Deployed(NamedTuple):
    """Kernels, each the layers that it stands for, the tensors as blocks of memory, and the bytes
    of all that is stored beside the program."""

    kernels: Sequence[Sequence[Layer]]
    jobs: Jobs
    flash: int


def deployed(network: Network) -> Deployed:
    """A network as a runtime gets it.

    Args:
        network: what is converted; layers that no output needs are left out.
    """
    kernels: list[list[Layer]] = []
    edges = network.edges
    at: dict[Tensor, int] = {}  # the kernel that makes a tensor
    alias: dict[Tensor, Tensor] = {}
    for layer in network.layers:
        if layer not in edges.needed:
            continue
        if _does_nothing(layer):
            alias[layer.outputs[0]] = alias.get(layer.inputs[0], layer.inputs[0])
            continue
        before = _host(layer, kernels, at, alias, edges)
        if before is None:
            kernels.append([layer])
        else:
            kernels[before].append(layer)
        at |= dict.fromkeys(layer.outputs, len(kernels) - 1 if before is None else before)
    return Deployed(kernels, _jobs(network, kernels, alias), _flash(kernels))


def buffers(jobs: Jobs, order: Sequence[int]) -> Sequence[Buffer]:
    """The tensors that are placed in an arena, in the order in which they are made.

    Args:
        jobs: kernels.
        order: their numbers, as they run.
    """
    first = dict.fromkeys(sorted(jobs.given), 0)
    last = dict.fromkeys(first, 0)
    for place, number in enumerate(order, 1):
        job = jobs.jobs[number]
        first |= dict.fromkeys(job.makes, place)
        last |= dict.fromkeys((*job.reads, *job.makes), place)
    last |= dict.fromkeys(jobs.kept & first.keys(), len(order))
    found = (Buffer(jobs.sizes[one], first[one], last[one]) for one in first)
    return [one for one in found if one.size]


def _does_nothing(layer: Layer) -> bool:
    """Whether a layer is gone once nobody trains."""
    return layer.op.view and layer.op.rescales and len(layer.inputs) == 1


def _host(
    layer: Layer,
    kernels: Sequence[Sequence[Layer]],
    at: dict[Tensor, int],
    alias: dict[Tensor, Tensor],
    edges: Edges,
) -> int | None:
    """The kernel that a layer is a part of, if it gets none of its own."""
    if len(layer.inputs) != 1:
        return None
    tensor = alias.get(layer.inputs[0], layer.inputs[0])
    before = at.get(tensor)
    alone = before is not None and all(edges.reads[t] == 1 for t in {tensor, layer.inputs[0]})
    if not alone or before is None:
        return None
    head, *rest = kernels[before]
    if any(one.op.clamps for one in rest):
        return None
    if layer.op.clamps:
        op = head.op
        return before if op.weighs_taps or op.sums_inputs or op.slides else None
    return before if _folds(layer) and head.op.weighs_taps else None


def _folds(layer: Layer) -> bool:
    """Whether a layer is a norm by stored statistics."""
    return layer.op.rescales and any(not weight.learned for weight in layer.weights.values())


def _jobs(
    network: Network, kernels: Sequence[Sequence[Layer]], alias: dict[Tensor, Tensor]
) -> Jobs:
    blocks: dict[Tensor, int] = {}
    sizes: list[int] = []

    def block(tensor: Tensor, size: int) -> int:
        blocks[tensor] = len(sizes)
        sizes.append(size)
        return blocks[tensor]

    reads = network.edges.reads
    inputs = [tensor for tensor in network.inputs.values() if reads[tensor]]
    given = frozenset(block(tensor, aligned(tensor.bytes)) for tensor in inputs)
    makers: dict[int, int] = {}
    jobs: list[Job] = []
    needs: list[frozenset[int]] = []
    for number, layers in enumerate(kernels):
        head, last = layers[0], layers[-1]
        read = [blocks[alias.get(tensor, tensor)] for tensor in head.inputs]
        stored = not head.inputs and not head.op.opaque  # a constant is read where it lies
        made = [block(t, 0 if stored else aligned(t.bytes)) for t in last.outputs]
        needs.append(frozenset(makers[one] for one in read if one in makers))
        makers |= dict.fromkeys(made, number)
        jobs.append(Job((*made,), (*dict.fromkeys(read),)))
    outputs = (alias.get(tensor, tensor) for tensor in network.outputs.values())
    kept = frozenset(blocks[tensor] for tensor in outputs if tensor in blocks)
    return Jobs(jobs, sizes, given, kept, needs)


def _flash(kernels: Sequence[Sequence[Layer]]) -> int:
    """Bytes of weights, once each, with the biases that folded norms become."""
    stored: dict[str, int] = {}
    for head, *rest in kernels:
        stored |= {weight.name: _bytes(role, weight) for role, weight in head.weights.items()}
        norm = next((layer for layer in rest if _folds(layer)), None)
        weights = [*head.weights.values()]
        if norm is not None and weights and BIAS not in head.weights:
            channels = norm.inputs[0].shape[norm.op.channels_axis]
            stored[f"{weights[0].name}.{BIAS}"] = _bias_bytes(channels, weights[0].dtype)
    return sum(stored.values())


def _bytes(role: str, weight: Weight) -> int:
    return _bias_bytes(prod(weight.shape), weight.dtype) if role == BIAS else weight.bytes


def _bias_bytes(count: int, dtype: str) -> int:
    return bytes_of(count, BIAS_OF_BYTES if DTYPES[dtype] <= 8 else dtype)
