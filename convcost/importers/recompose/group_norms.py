"""Group norms, written as a norm of the channels of each group laid end to end.

That is how PyTorch's exporter writes them where ONNX has no operator for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.recompose.graph import along, learned
from convcost.importers.recompose.rewrite import Match, one
from convcost.ops.dims import named
from convcost.ops.join import Add, Multiply
from convcost.ops.layer_norm import GroupNorm, InstanceNorm, LayerNorm
from convcost.ops.reshape import Reshaping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer
    from convcost.tensor import Weight


def group_norms(graph: Graph) -> list[Match]:
    """The layers of a network that are a group norm each."""
    found = (_norm(graph, layer) for layer in graph.layers)
    return [match for match in found if match is not None]


def _norm(graph: Graph, layer: Layer) -> Match | None:
    eps = _whole_maps(layer)
    if eps is None:
        return None
    first, last = graph.before(layer.inputs[0]), graph.after(layer)
    if first is None or last is None:
        return None
    if not (isinstance(first.op, Reshaping) and isinstance(last.op, Reshaping)):
        return None
    x, grouped = first.inputs[0].shape, layer.inputs[0].shape
    if last.outputs[0].shape != x or len(x) < 2 or grouped[0] != x[0] or x[1] % grouped[1]:
        return None
    parts = (first, layer, last)
    scaled = _scaled(graph, last, x)
    if scaled is None:
        op = GroupNorm(num_groups=grouped[1], eps=eps, affine=False)
        return one(parts, op, first.inputs, {})
    op = GroupNorm(num_groups=grouped[1], eps=eps, affine=True)
    return one((*parts, *scaled.parts), op, first.inputs, scaled.weights)


def _whole_maps(layer: Layer) -> float | None:
    """The eps of a norm of all that lies beyond axis 1, without weights; None for another layer."""
    op = layer.op
    if isinstance(op, InstanceNorm):
        return None if op.affine else op.eps
    if isinstance(op, LayerNorm) and not op.elementwise_affine:
        x = layer.inputs[0].shape
        return op.eps if named(op.dim, x) == tuple(range(2, len(x))) else None
    return None


class _Scaled(NamedTuple):
    """The layers that scale and shift channels, and the arrays they do it by."""

    parts: tuple[Layer, Layer]
    weights: Mapping[str, Weight]


def _scaled(graph: Graph, last: Layer, x: tuple[int, ...]) -> _Scaled | None:
    """The scale and the shift of channels that come next."""
    scale = graph.after(last)
    shift = None if scale is None else graph.after(scale)
    if scale is None or shift is None:
        return None
    weight = of_channels(graph, last, scale, x) if isinstance(scale.op, Multiply) else None
    bias = of_channels(graph, scale, shift, x) if isinstance(shift.op, Add) else None
    if weight is None or bias is None:
        return None
    return _Scaled((scale, shift), {"weight": weight, "bias": bias})


def of_channels(
    graph: Graph, before: Layer, layer: Layer, x: tuple[int, ...], axis: int = 1
) -> Weight | None:
    """The stored array, with a number for each place along an axis, that a layer joins with what
    one before it made; None where it joins something else."""
    others = [tensor for tensor in layer.inputs if tensor is not before.outputs[0]]
    if len(others) != 1 or len(layer.inputs) != 2:
        return None
    weight = graph.weight(others[0])
    if weight is None or layer.outputs[0].shape != x:
        return None
    met = along(others[0].shape, x)
    return learned(weight, (x[axis],)) if met == ((axis,) if x[axis] > 1 else ()) else None
