"""Matrix products and convolutions."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from convcost.allowance import work
from convcost.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convcost.exporters.onnx.graph import Act, Array, Graph
    from convcost.network import Layer


def pads(windows: Iterable[Window]) -> list[int]:
    """Borders as ONNX writes them: those before all axes, then those after."""
    pairs = [(window.before, window.after) for window in windows]
    return [int(number) for side in zip(*pairs, strict=True) for number in side]


def window_attributes(windows: Sequence[Window]) -> Mapping[str, Any]:
    """The attributes of operators that have windows."""
    return {
        "kernel_shape": [window.kernel for window in windows],
        "strides": [window.stride for window in windows],
        "dilations": [window.dilation for window in windows],
        "pads": pads(windows),
    }


def arrays(g: Graph, layer: Layer, *roles: str) -> list[str]:
    """Stored arrays by their roles, those that there are."""
    return [g.weight(layer.weights[role]) for role in roles if role in layer.weights]


def conv(g: Graph, layer: Layer) -> str:
    """Conv."""
    op: Any = layer.op
    windows = op.windows(layer.input_shapes[0])
    inputs = (*g.numbers(layer), *arrays(g, layer, "weight", "bias"))
    return g.node("Conv", *inputs, group=op.groups, **window_attributes(windows))


def conv_transpose(g: Graph, layer: Layer) -> str:
    """ConvTranspose."""
    op: Any = layer.op
    inputs = (*g.numbers(layer), *arrays(g, layer, "weight", "bias"))
    extra, windows = list(op.output_padding), list(op.windows)
    for axis, window in enumerate(windows):
        if extra[axis] >= window.stride:  # which onnxruntime refuses: less is cropped then
            less = min(extra[axis], window.after)
            extra[axis] -= less
            windows[axis] = window._replace(after=window.after - less)
    given = dict(window_attributes(windows))
    if any(extra):
        given["output_padding"] = extra
    return g.node("ConvTranspose", *inputs, group=op.groups, **given)


def deform_conv(g: Graph, layer: Layer) -> str:
    """DeformConv."""
    op: Any = layer.op
    x, offsets, *mask = g.numbers(layer)
    weight, *bias = arrays(g, layer, "weight", "bias")
    return g.node(
        "DeformConv",
        *(x, weight, offsets, *(bias or [""]), *mask),
        group=op.groups,
        offset_group=op.offset_groups,
        **window_attributes(op.windows(layer.input_shapes[0])),
    )


def deform_sample(g: Graph, layer: Layer) -> str:
    """A DeformConv of one tap, which is 1, each channel being a group and moved apart."""
    x, offsets = g.numbers(layer)
    channels, *size = layer.input_shapes[0][1:]
    ones = g.filled((channels, 1, *(1 for _ in size)), 1.0, g.dtypes[x])
    inputs = (x, ones, offsets)
    return g.node("DeformConv", *inputs, group=channels, offset_group=channels)


def linear(g: Graph, layer: Layer) -> str:
    """Gemm for rows of one axis, else MatMul and Add."""
    (x,) = g.numbers(layer)
    weight, *bias = arrays(g, layer, "weight", "bias")
    if len(layer.input_shapes[0]) == 2:
        return g.node("Gemm", x, weight, *bias, transB=1)
    y = g.node("MatMul", x, g.node("Transpose", weight, perm=[1, 0]))
    return g.node("Add", y, *bias) if bias else y


def matmul(g: Graph, layer: Layer) -> str:
    """MatMul."""
    return g.node("MatMul", *g.numbers(layer))


def einsum(g: Graph, layer: Layer) -> str:
    """Einsum."""
    op: Any = layer.op
    return g.node("Einsum", *g.numbers(layer), equation=op.equation)


# Windows as columns


def columns(g: Graph, x: str, shape: Sequence[int], windows: Sequence[Window]) -> str:
    """``[batch, channels, taps, positions]``: what each window holds, picked of the padded map."""
    borders = pads(windows)
    rank = len(windows)
    size = [n + borders[a] + borders[a + rank] for a, n in enumerate(shape[2:])]
    if any(borders):
        around = g.positions(0, 0, *borders[:rank], 0, 0, *borders[rank:])
        x = g.node("Pad", x, around, g.constant(0, g.dtypes[x]))
    taps = prod(cast("int", window.kernel) for window in windows)
    work(taps * prod(size), "writing the positions of each window")
    flat = g.reshaped(x, (*shape[:2], prod(size)))
    places = _places(size, windows)
    picked = g.node("Gather", flat, g.positions(*places.reshape(-1).tolist()), axis=2)
    return g.reshaped(picked, (*shape[:2], *places.shape))


def _places(size: Sequence[int], windows: Sequence[Window]) -> Array:
    """``[taps, positions]``: where each tap of each window lies in a map of some size."""
    found: Array = np.zeros((1, 1), np.int64)
    for n, window in zip(size, windows, strict=True):
        kernel, stride, _, _, dilation = cast("tuple[int, ...]", window)
        count = (n - dilation * (kernel - 1) - 1) // stride + 1
        along = np.arange(kernel)[:, None] * dilation + np.arange(count) * stride
        found = (found[:, None, :, None] * n + along[None, :, None, :]).reshape(
            len(found) * len(along), -1
        )
    return found


def unfold(g: Graph, layer: Layer) -> str:
    """Positions picked, in the order of columns."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    made = columns(g, x, layer.input_shapes[0], op.windows)
    return g.reshaped(made, layer.outputs[0].shape)


def fold(g: Graph, layer: Layer) -> str:
    """Col2Im. A map of one axis is one of two for it: onnxruntime 1.26 leaves numbers of the other
    unset."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    size, windows = [*op.output_size], [*op.windows]
    if len(size) == 1:
        size, windows = [1, *size], [Window(1), *windows]
    given = window_attributes(windows)
    sizes = g.positions(*size), g.positions(*given["kernel_shape"])
    attributes = {name: given[name] for name in ("strides", "dilations", "pads")}
    y = g.node("Col2Im", x, *sizes, **attributes)
    return y if len(op.output_size) > 1 else g.reshaped(y, layer.outputs[0].shape)


def involution(g: Graph, layer: Layer) -> str:
    """Columns times the weights of their group and position, added up."""
    op: Any = layer.op
    x, weights = g.numbers(layer)
    shape, out = layer.input_shapes[0], layer.outputs[0].shape
    taps, positions = prod(op.kernel_size), prod(out[2:])
    windows = op.windows(shape)
    each = (shape[0], op.groups, shape[1] // op.groups, taps, positions)
    made = g.reshaped(columns(g, x, shape, windows), each)
    weights = g.reshaped(weights, (shape[0], op.groups, taps, positions))
    y = g.node("Einsum", made, weights, equation="bgctp,bgtp->bgcp")
    return g.reshaped(y, out)


def locally_connected(g: Graph, layer: Layer) -> str:
    """Columns times the filters of their position, added up."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    shape, out = layer.input_shapes[0], layer.outputs[0].shape
    taps, positions = prod(op.kernel_size), prod(out[2:])
    inner = shape[1] // op.groups
    each = (shape[0], op.groups, inner, taps, positions)
    made = g.reshaped(columns(g, x, shape, op.windows(shape)), each)
    filters = (op.groups, op.out_channels // op.groups, inner, positions, taps)
    weight = g.weight(layer.weights["weight"], filters)
    y = g.reshaped(g.node("Einsum", made, weight, equation="bgctp,gocpt->bgop"), out)
    return g.node("Add", y, *arrays(g, layer, "bias")) if op.bias else y


ACTS: Mapping[str, Act] = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "deform_conv": deform_conv,
    "deform_sample": deform_sample,
    "linear": linear,
    "matmul": matmul,
    "einsum": einsum,
    "unfold": unfold,
    "fold": fold,
    "involution": involution,
    "locally_connected": locally_connected,
}
