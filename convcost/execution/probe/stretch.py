"""Networks on inputs of other lengths, on which a field can be seen better or more quickly."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

from convcost.analysis.rf.receptive_field import views
from convcost.execution.probe.targets import field_along

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.analysis.rf.seen import Axis, View
    from convcost.execution.probe.targets import Target
    from convcost.network import Layer, Network
    from convcost.ops.op import Op
    from convcost.tensor import Tensor

# Positions along axes that are not looked at, where they can be as few.
NARROW = (8, 32, 128, 192, 256)


def common_stride(network: Network) -> int:
    """A multiple of every stride on the way: sizes that differ by it keep the padding of all
    layers as it is."""
    strides = {1}
    for view in views(network).values():
        for seen in view.values():
            strides.update(part.shift for part in seen.field.maps if part.shift)
    return lcm(*strides)


def narrower(network: Network, axis: Axis, length: int) -> Iterator[dict[str, tuple[int, ...]]]:
    """Shapes of the inputs with a length along one axis, and along the others as few positions as
    may be, in the end as many as there are: what is read along one axis does not depend on how many
    lie along others."""
    stride = common_stride(network)
    before = network.inputs[axis[0]].shape[axis[1]]
    widest = max(n for tensor in network.inputs.values() for n in tensor.shape)

    def shape(name: str, least: int, *, alike: bool) -> tuple[int, ...]:
        """``alike``: inputs as long as the one that is looked at become as long as that."""
        sizes = list(network.inputs[name].shape)
        for at in network.spatial_axes(name):
            if (name, at) == axis or (alike and at == axis[1] and sizes[at] == before):
                sizes[at] = length
            else:
                sizes[at] -= max(0, sizes[at] - least) // stride * stride
        return tuple(sizes)

    for alike in (False, True) if len(network.inputs) > 1 else (False,):
        for least in (*NARROW, widest):
            yield {name: shape(name, least, alike=alike) for name in network.inputs}


def same_fields(a: Network, b: Network, each: Sequence[Target]) -> bool:
    """Whether targets have the same fields in two networks of the same layers."""
    before, after = views(a), views(b)

    def field(network: Network, seen: Mapping[Tensor, View], target: Target) -> AxisField:
        tensor = network.layers[target.layer].outputs[target.output]
        return field_along(seen[tensor], target.axis)

    return all(field(a, before, t) == field(b, after, t) for t in each)


def stretched(layer: Layer, inputs: Sequence[Tensor]) -> Op:
    """The op of a layer on a longer or shorter input: crops and slices are so, too."""
    if not inputs:
        return layer.op
    return layer.op.stretched(layer.input_shapes[0], inputs[0].shape)
