"""A network of traced numbers as one of ints, but for the numbers that are to stay traced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.network import Layer, Network
from convcost.tensor import Tensor
from convcost.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from convcost.ops.op import Op


def leaves(network: Network) -> Iterator[Traced]:
    """The traced numbers in the sizes of tensors and the fields of ops."""
    for tensor in _tensors(network):
        yield from inside(tensor.shape)
    for layer in network.layers:
        yield from inside((*layer.op.values().values(),))


def along_axes(network: Network) -> Iterator[Traced]:
    """The traced numbers on which units and windows usually depend: sizes after the channels, and
    fields that have a number for each axis."""
    for tensor in _tensors(network):
        yield from inside(tensor.shape[2:])
    for layer in network.layers:
        for field in layer.op.values().values():
            if isinstance(field, tuple):
                yield from inside(cast("object", field))


def inside(value: object) -> Iterator[Traced]:
    """The traced numbers in a value; in tuples through and through."""
    if type(value) is Traced:
        yield value
    elif type(value) is tuple:
        for one in cast("tuple[object, ...]", value):
            yield from inside(one)


def settled(network: Network, nodes: Collection[int]) -> Network:
    """The network of the candidate that is traced, as far as receptive fields ask.

    Args:
        network: of traced numbers.
        nodes: those whose numbers become ints.
    """
    made = Network(network.name, network.source)
    tensors = {
        tensor: Tensor(tensor.name, _plain(tensor.shape, nodes), tensor.samples, tensor.dtype)
        for tensor in _tensors(network)
    }
    made.inputs = {name: tensors[tensor] for name, tensor in network.inputs.items()}
    made.outputs = {name: tensors[tensor] for name, tensor in network.outputs.items()}
    made.held = {tensors[tensor] for tensor in network.held}
    made.spatial = network.spatial
    ops: dict[int, Op] = {}
    made.layers = [_layer(layer, tensors, ops, nodes) for layer in network.layers]
    return made


def _layer(
    layer: Layer, tensors: Mapping[Tensor, Tensor], ops: dict[int, Op], nodes: Collection[int]
) -> Layer:
    op = ops.get(id(layer.op))
    if op is None:
        fields = layer.op.values()
        changed = {name: _plain(field, nodes) for name, field in fields.items()}
        same = all(changed[name] is field for name, field in fields.items())
        op = ops[id(layer.op)] = layer.op if same else layer.op.replaced(**changed)
    inputs = tuple(tensors[tensor] for tensor in layer.inputs)
    outputs = tuple(tensors[tensor] for tensor in layer.outputs)
    return Layer(layer.name, op, inputs, outputs, layer.weights, layer.source)


def _plain(value: Any, nodes: Collection[int]) -> Any:
    """A value whose numbers of some nodes are ints; itself where it has none of them."""
    if not any(number.number in nodes for number in inside(value)):
        return value
    if type(value) is Traced:
        return value.value
    return tuple(_plain(one, nodes) for one in value)


def _tensors(network: Network) -> Iterator[Tensor]:
    yield from network.inputs.values()
    for layer in network.layers:
        yield from layer.outputs
