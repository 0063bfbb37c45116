"""Bytes alive while a network runs.

Layers run in their order. While one runs, its inputs, its outputs and every tensor that a later
layer or the caller still needs are alive. A view is the memory of its input. What a kernel needs
besides is its own affair and not counted, nor are weights.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from convcost.window import SAME

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor


def _stored(tensor: Tensor) -> int:
    return tensor.bytes


class Held(NamedTuple):
    """Memory that is alive while a layer runs: the tensors that lie in it, and its bytes."""

    tensors: Sequence[Tensor]
    bytes: int


def alive_bytes(
    network: Network, *, inplace: bool = False, size: Callable[[Tensor], int] = _stored
) -> Sequence[int]:
    """The bytes alive while each layer runs, in order.

    Args:
        network: what runs.
        inplace: an element-wise layer writes over its first input where nothing else needs that.
        size: what a tensor takes, if not the bytes of its elements.
    """
    return [alive for alive, _ in _running(network, inplace, size)]


def alive_at(network: Network, number: int, *, inplace: bool = False) -> Sequence[Held]:
    """The memory alive while one layer runs, in the order in which it was made.

    Args:
        network: what runs.
        number: of the layer.
        inplace: as for :func:`alive_bytes`.
    """
    _, stores = next(islice(_running(network, inplace, _stored), number, None))
    now = network.layers[number]
    own = {stores[tensor] for tensor in (*now.inputs, *now.outputs)}
    held: dict[_Store, list[Tensor]] = {}
    for tensor, store in stores.items():
        if store.bytes and (store.left or store in own):
            held.setdefault(store, []).append(tensor)
    return [Held(tensors, store.bytes) for store, tensors in held.items()]


def written_over(network: Network) -> Collection[Layer]:
    """The element-wise layers that can write over their first input, since nothing else needs
    it."""
    running = zip(network.layers, _running(network, True, _stored), strict=True)
    return {
        layer
        for layer, (_, stores) in running
        if layer.makes_memory
        and layer.inputs
        and any(stores[made] is stores[layer.inputs[0]] for made in layer.outputs)
    }


def _running(
    network: Network, inplace: bool, size: Callable[[Tensor], int]
) -> Iterator[tuple[int, dict[Tensor, _Store]]]:
    """The bytes alive while each layer runs, and the memory of each tensor so far."""
    reads = network.edges.reads
    stores: dict[Tensor, _Store] = {}
    alive = 0
    for tensor in network.inputs.values():
        store = stores[tensor] = _Store(size(tensor))
        store.left = reads[tensor]
        alive += store.bytes if store.left else 0
    for layer in network.layers:
        first = stores[layer.inputs[0]] if layer.inputs else _Store(0, learned=True)
        over = inplace and layer.makes_memory and first.left == 1 and same_places(layer)
        over = over and not first.learned
        for tensor in layer.outputs:
            new = layer.makes_memory and not over
            stores[tensor] = _Store(size(tensor)) if new else first
            stores[tensor].left += reads[tensor]
            alive += size(tensor) if new else 0
        yield alive, stores
        for tensor in layer.inputs:
            stores[tensor].left -= 1
        ended = {stores[tensor] for tensor in (*layer.inputs, *layer.outputs)}
        alive -= sum(store.bytes for store in ended if not store.left)


class _Store:
    """Memory, and how often it will still be read; ``learned``: that of a weight."""

    __slots__ = ("bytes", "learned", "left")

    def __init__(self, size: int, *, learned: bool = False) -> None:
        self.bytes = size
        self.learned = learned
        self.left = 0


def same_places(layer: Layer) -> bool:
    """Whether each element of the output needs the one in its place, of the same type, and no other
    of the first input."""
    if not layer.inputs or len(layer.outputs) != 1 or layer.op.opaque:
        return False
    first, output = layer.inputs[0], layer.outputs[0]
    if (first.shape, first.dtype) != (output.shape, output.dtype):
        return False
    reads = layer.op.reads(*layer.input_shapes)[0]
    return all(
        (how.axis == axis and how.step == SAME and not (how.deformed or how.gate)) or size == 1
        for axis, (how, size) in enumerate(zip(reads, first.shape, strict=True))
    )
