"""Networks made from networks: other input shapes, fewer channels, only what one layer needs."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any, cast

from convcost.applied import BrokenCondition
from convcost.gc_pause import paused
from convcost.network import Network
from convcost.tensor import Tensor as _Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.network import Layer
    from convcost.ops.op import Op
    from convcost.tensor import Tensor, Weight


@paused()
def rebuilt(
    network: Network,
    *,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    layers: Sequence[Layer] | None = None,
    op: Callable[[Layer, Sequence[Tensor]], Op] = lambda layer, _: layer.op,
) -> Network:
    """The same graph with other input shapes, fewer layers or changed ops.

    Args:
        network: the graph.
        shapes: full shapes of inputs, by name, in place of their own.
        layers: those to keep, in order; all unless given. The outputs are then those of the last.
        op: the op that a layer of the graph shall have on its new inputs.

    Raises:
        BrokenCondition: an op cannot be applied to the shapes that come about.
    """
    result = Network(network.name, network.source)
    result.unknown, result.assumes = network.unknown, network.assumes
    result.spatial = network.spatial
    tensors: dict[Tensor, Tensor] = {}
    for name, tensor in network.inputs.items():
        shape = (shapes or {}).get(name, tensor.shape)
        result.inputs[name] = tensors[tensor] = _Tensor(name, shape, tensor.samples, tensor.dtype)
    owners: dict[Weight, Mapping[str, Weight]] = {}
    for layer in network.layers if layers is None else layers:
        inputs = [tensors[tensor] for tensor in layer.inputs]
        first = next(iter(layer.weights.values()), None)
        shared = owners.get(first) if first is not None else None
        added = result.add(
            layer.name, op(layer, inputs), inputs, layer.source, shared, layer.outputs[0].dtype
        )
        if first is not None:
            owners[first] = added.weights
        tensors.update(zip(layer.outputs, added.outputs, strict=True))
    outputs = network.outputs
    if layers is not None:
        outputs = {tensor.name: tensor for tensor in layers[-1].outputs}
    result.held = {tensors[tensor] for tensor in network.held if tensor in tensors}
    result.outputs = {name: tensors[tensor] for name, tensor in outputs.items()}
    return result


def thinned(network: Network, most: int) -> tuple[Network, int]:
    """The network with its channels divided by a number, and that number: a power of two up to
    ``most``, the one that leaves fewest macs; 1 leaves the network as it is.

    Channels that the number does not divide stay, so that sums and halves of channels still meet.
    Depthwise layers stay depthwise, and channels are dealt to as many groups as can still be.
    """
    best, factor = network, 1
    places = _channels_of_parameters(network)
    by = 2
    while by <= most:
        try:
            thin = rebuilt(network, op=lambda layer, new, by=by: _thinner(layer, new, by, places))
        except BrokenCondition:
            thin = network
        if _macs(thin) < _macs(best):
            best, factor = thin, by
        by *= 2
    return best, factor


def alone(layer: Layer, by: int = 1) -> Network:
    """A network of one convolution, transposed or not, its channels divided by a number (rounded
    down, at least one); its weights are its own, even if other layers make them."""
    op: Any = layer.op
    batch, channels, *size = layer.inputs[0].shape
    thin, filters = max(1, channels // by), max(1, op.out_channels // by)
    groups = gcd(op.groups, thin, filters)  # depthwise stays depthwise
    result = Network(layer.name)
    x = result.inputs["x"] = _Tensor("x", (batch, thin, *size), dtype=layer.outputs[0].dtype)
    op = op.replaced(out_channels=filters, groups=groups)
    added = result.add(layer.name, op, [x], dtype=layer.outputs[0].dtype)
    result.outputs[layer.name] = added.outputs[0]
    return result


def _macs(network: Network) -> int:
    return sum(cast("int", layer.op.macs(*layer.input_shapes)) for layer in network.layers)


def _channels_of_parameters(network: Network) -> dict[Tensor, int]:
    """The axes of parameters that lie along the channels of a map which they are used with."""
    places: dict[Tensor, int] = {}
    open_ = {layer.outputs[0] for layer in network.layers if not layer.inputs}
    for layer in network.layers:
        if open_.isdisjoint(layer.inputs) or len(layer.outputs[0].shape) < 3:
            continue
        for tensor, reads in zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True):
            along = [axis for axis, how in enumerate(reads) if how.axis == 1]
            if tensor in open_ and along:
                places.setdefault(tensor, along[0])
    return places


def _thinner(layer: Layer, inputs: Sequence[Tensor], by: int, places: Mapping[Tensor, int]) -> Op:
    op: Any = layer.op
    if op.opaque:  # what it makes is stated, whatever it reads
        return op
    changes: dict[str, Any] = {}
    alone = ("hidden_size", "proj_size") if len(layer.inputs) == 1 else ()  # with no states
    for field in ("out_channels", "out_features", *alone):
        if hasattr(op, field):
            changes[field] = _part(getattr(op, field), by)
    if op.opaque:  # it makes what is stated
        return op
    if not layer.inputs:
        usual = 0 if len(op.shape) > 2 else len(op.shape) - 1  # of the channels
        place = places.get(layer.outputs[0], usual + op.batch) - op.batch
        sizes = enumerate(op.shape)
        return op.replaced(shape=tuple(_part(n, by) if a == place else n for a, n in sizes))
    op = op.thinned(layer.inputs[0].shape, inputs[0].shape)
    channels = (*layer.inputs[0].shape, 1, 1)[1]  # a vector may have none
    if getattr(op, "groups", 1) == channels > 1:
        changes["groups"] = _part(channels, by)
    if getattr(op, "num_parameters", 1) == channels > 1:
        changes["num_parameters"] = _part(channels, by)
    if hasattr(op, "num_groups"):
        changes["num_groups"] = gcd(op.num_groups, _part(channels, by))
    if getattr(op, "sizes", None) is not None and op.dim == 1:
        changes["sizes"] = tuple(_part(size, by) for size in op.sizes)
    return op.replaced(**changes) if changes else op


def _part(count: int, by: int) -> int:
    return count if count % by else count // by
