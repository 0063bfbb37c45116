"""Normalisation."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.exporters.onnx.products import arrays
from convcost.exporters.refused import CannotSay
from convcost.ops.dims import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.exporters.onnx.graph import Act, Graph
    from convcost.network import Layer


MAP_AXES = 4


def _scaling(g: Graph, layer: Layer, x: str) -> list[str]:
    """Scale and shift of each channel; where none are learned, ones and zeros."""
    if "weight" in layer.weights:
        return arrays(g, layer, "weight", "bias")
    channels = layer.input_shapes[0][1]
    return [g.filled((channels,), number, g.dtypes[x]) for number in (1.0, 0.0)]


def batch_norm(g: Graph, layer: Layer) -> str:
    """BatchNormalization."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    statistics = arrays(g, layer, "running_mean", "running_var")
    inputs = (x, *_scaling(g, layer, x), *statistics)
    return g.node("BatchNormalization", *inputs, epsilon=op.eps)


def instance_norm(g: Graph, layer: Layer) -> str:
    """InstanceNormalization."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    return g.node("InstanceNormalization", x, *_scaling(g, layer, x), epsilon=op.eps)


def group_norm(g: Graph, layer: Layer) -> str:
    """GroupNormalization."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    given = {"num_groups": op.num_groups, "epsilon": op.eps}
    return g.node("GroupNormalization", x, *_scaling(g, layer, x), **given)


def layer_norm(g: Graph, layer: Layer) -> str:
    """LayerNormalization over the last axes; others are moved there and back."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    shape = layer.input_shapes[0]
    axes = named(op.dim, shape)
    order = [*(axis for axis in range(len(shape)) if axis not in axes), *axes]
    x = g.moved(x, shape, order)
    moved = [shape[axis] for axis in order]
    scaling = arrays(g, layer, "weight", "bias")
    if not scaling:
        scaling = [g.filled(tuple(shape[axis] for axis in axes), 1.0, g.dtypes[x])]
    first = len(shape) - len(axes)
    y = g.node("LayerNormalization", x, *scaling, axis=first, epsilon=op.eps)
    return g.moved(y, moved, [order.index(axis) for axis in range(len(shape))])


def rms_norm(g: Graph, layer: Layer) -> str:
    """Squares, their mean, eps, a root and a quotient; then the scale."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    shape = layer.input_shapes[0]
    axes = named(op.dim, shape)
    mean = g.node("ReduceMean", g.node("Mul", x, x), g.positions(*axes), keepdims=1)
    root = g.node("Sqrt", g.node("Add", mean, g.constant(op.eps, g.dtypes[x])))
    y = g.node("Div", x, root)
    if "weight" not in layer.weights:
        return y
    sizes = [n if axis in axes else 1 for axis, n in enumerate(shape)]
    return g.node("Mul", y, g.weight(layer.weights["weight"], tuple(sizes[axes[0] :])))


def lp_norm(g: Graph, layer: Layer) -> str:
    """LpNormalization over one axis; over several a norm and a quotient, 0 where that is 0."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    axes = named(op.dim, layer.input_shapes[0])
    if len(axes) == 1:
        return g.node("LpNormalization", x, axis=axes[0], p=op.p)
    norm = g.node(f"ReduceL{op.p}", x, g.positions(*axes), keepdims=1)
    dtype = g.dtypes[x]
    nothing = g.node("Equal", norm, g.constant(0, dtype), makes="bool")
    return g.node("Div", x, g.node("Where", nothing, g.constant(1, dtype), norm, makes=dtype))


def local_response_norm(g: Graph, layer: Layer) -> str:
    """LRN, which onnxruntime has for maps of two axes: others are looked at as such, since channels
    alone meet."""
    op: Any = layer.op
    if op.size % 2 == 0:
        raise CannotSay("its size is even, and onnxruntime has as many channels on both sides")
    (x,) = g.numbers(layer)
    shape = layer.input_shapes[0]
    if len(shape) != MAP_AXES:
        x = g.reshaped(x, (*shape[:2], 1, prod(shape[2:])))
    y = g.node("LRN", x, size=op.size, alpha=op.alpha, beta=op.beta, bias=op.k)
    return y if len(shape) == MAP_AXES else g.reshaped(y, shape)


ACTS: Mapping[str, Act] = {
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "group_norm": group_norm,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "lp_norm": lp_norm,
    "local_response_norm": local_response_norm,
}
