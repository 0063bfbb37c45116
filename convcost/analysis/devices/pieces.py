"""Layers that run as one, and the bytes that come into such a piece and leave it."""

from __future__ import annotations

from functools import lru_cache, partial
from math import prod
from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import work
from convcost.analysis.analyze.memory import same_places
from convcost.dtype import bytes_of
from convcost.number import larger, smaller
from convcost.traced import fixed, is_traced, through_ints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convcost.network import Edges, Layer, Network
    from convcost.ops.op import Reads
    from convcost.tensor import Tensor
    from convcost.window import Step


class Piece(NamedTuple):
    """Layers that run as one.

    Attributes:
        layers: in order; the last gives the piece its place.
        read: bytes of tensors from outside, each once, as far as strides do not leave them out.
        written: bytes of tensors that are needed outside.
        weights: bytes of stored arrays.
    """

    layers: Sequence[Layer]
    read: int
    written: int
    weights: int


def pieces(network: Network, *, fused: bool = False) -> list[Piece]:
    """A network as pieces, in the order of their last layers.

    The core of an attention (product, softmax, product) is always one piece, since libraries have
    one kernel for it. What only looks at its input costs nothing.

    Args:
        network: what runs.
        fused: whether element-wise layers run with the layer that makes their latest input.
    """
    edges = network.edges
    heads: dict[Layer, Layer] = {layer: layer for layer in network.layers}
    for attention in attentions(network):
        heads |= dict.fromkeys(attention, attention[-1])
    if fused:
        _fuse(network, heads)
    groups: dict[Layer, list[Layer]] = {}
    for layer in network.layers:
        if layer not in edges.needed:
            continue
        groups.setdefault(heads[layer], []).append(layer)
    found = [piece_of(group, edges) for group in groups.values()]
    order = {layer: number for number, layer in enumerate(network.layers)}
    return sorted(found, key=lambda piece: order[piece.layers[-1]])


def looks(layer: Layer) -> bool:
    """Whether a layer moves nothing: its output is its input, or a part of it."""
    return not layer.makes_memory or layer.op.strided


def _fuse(network: Network, heads: dict[Layer, Layer]) -> None:
    """Have element-wise layers run with the latest of the layers that they read."""
    makers = network.edges.makers
    order = {layer: number for number, layer in enumerate(network.layers)}
    for layer in network.layers:
        made = [makers[tensor] for tensor in layer.inputs if tensor in makers]
        if heads[layer] is layer and made and (looks(layer) or same_places(layer)):
            heads[layer] = heads[max(made, key=order.__getitem__)]


def attentions(network: Network) -> Iterator[list[Layer]]:
    """The cores of attentions: the layers from a product over a softmax to another."""
    edges = network.edges
    for layer in network.layers:
        if layer.op.attends != "softmax":
            continue
        before = _to_product(layer, lambda one: _maker(one, edges))
        after = _to_product(layer, lambda one: _reader(one, edges))
        if before and after:
            yield [*reversed(before), layer, *after]


def _to_product(layer: Layer, step: Callable[[Layer], Layer | None]) -> list[Layer]:
    """The layers from one to the next product; none where something else lies between."""
    found: list[Layer] = []
    at = step(layer)
    while at is not None:
        found.append(at)
        if at.op.attends == "product":
            return found
        at = step(at) if same_places(at) or looks(at) else None
    return []


def _maker(layer: Layer, edges: Edges) -> Layer | None:
    """The layer that makes the first input, for this layer alone."""
    first = layer.inputs[0] if layer.inputs else None
    return edges.makers.get(first) if first is not None and edges.reads[first] == 1 else None


def _reader(layer: Layer, edges: Edges) -> Layer | None:
    """The only reader of a layer's only output."""
    if len(layer.outputs) != 1 or edges.reads[layer.outputs[0]] != 1:
        return None
    return next(iter(edges.readers(layer.outputs[0])), None)


def piece_of(group: Sequence[Layer], edges: Edges) -> Piece:
    """Return layers that run as one, with what they read and write."""
    moving = [layer for layer in group if not looks(layer)]
    inside = {tensor for layer in group for tensor in layer.outputs}
    wanted: dict[Tensor, int] = {}
    for layer in moving:
        for tensor, count in zip(layer.inputs, fewest_bytes(layer), strict=True):
            wanted[tensor] = cast("int", larger(count, wanted.get(tensor, 0)))
    read: dict[Tensor, int] = {}
    for tensor, count in wanted.items():
        root, least = _root(tensor, count, edges)
        if root not in inside:
            read[root] = cast("int", smaller(root.bytes, read.get(root, 0) + least))
    members = set(group)
    written = sum(
        tensor.bytes
        for layer in moving
        for tensor in layer.outputs
        if tensor in edges.outputs or not members.issuperset(edges.readers(tensor))
    )
    weights = {w.name: w.bytes for layer in moving for w in layer.weights.values()}
    return Piece(group, sum(read.values()), written, sum(weights.values()))


def fewest_bytes(layer: Layer) -> list[int]:
    """The bytes of each input that a layer cannot do without: strides may leave some out."""
    if len(layer.outputs) != 1:
        return [tensor.bytes for tensor in layer.inputs]
    (output,) = layer.outputs
    found: list[int] = []
    every = layer.op.reads(*layer.input_shapes)
    for tensor, reads in zip(layer.inputs, every, strict=True):
        sizes = zip(reads, tensor.shape, strict=True)
        positions = prod(_fewest(how, size, output.shape) for how, size in sizes)
        found.append(bytes_of(positions, tensor.dtype))
    return found


def _fewest(how: Reads, size: int, made: Sequence[int]) -> int:
    """The fewest positions along an axis that all units together read."""
    if how.deformed:
        return 1
    if how.whole or how.parts is not None or how.axis is None:
        return size
    if how.step is None:
        return 1
    units, step = made[how.axis], how.step
    if not (is_traced(size) or is_traced(units)):
        return _positions(step, size, units)
    step = step._replace(period=fixed(step.period), shift=fixed(step.shift))
    key = ("fewest positions", step)
    return cast("int", through_ints(partial(_positions, step), key, size, units))


@lru_cache(maxsize=256)
def _positions(step: Step, size: int, units: int) -> int:
    """At least so many positions are read: those that are a multiple of the stride apart are taken
    of one tap alone, the one that meets most."""
    work(sum(map(len, step.reads)), "reading positions one by one")
    if step.shift <= 0:
        return min(1, size)
    met: dict[int, int] = {}
    for phase, reads in enumerate(step.reads):
        periods = len(range(phase, units, step.period))
        for at in reads:
            first, last = max(0, -(at // step.shift)), (size - 1 - at) // step.shift
            inside = max(0, min(periods - 1, last) - first + 1)
            met[at % step.shift] = max(inside, met.get(at % step.shift, 0))
    return sum(met.values())


def _root(tensor: Tensor, least: int, edges: Edges) -> tuple[Tensor, int]:
    """The tensor that is really read, and the fewest bytes of it on the way there."""
    maker = edges.makers.get(tensor)
    while maker is not None and looks(maker) and maker.inputs:
        tensor = maker.inputs[0]
        least = cast("int", smaller(least, tensor.bytes))
        maker = edges.makers.get(tensor)
    return tensor, least
