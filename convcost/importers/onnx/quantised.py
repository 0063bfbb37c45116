"""Quantised layers: products of whole numbers, and the arithmetic that brings values to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.layouts import channels_first, channels_last
from convcost.importers.building.values import Stored
from convcost.importers.onnx.products import convolution, linear, with_weights
from convcost.importers.onnx.quantising import (
    centred,
    multiplied,
    quantised_dtype,
    rounded,
    to_floats,
    to_ints,
    weights_centred,
    zero_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor


def quantize(b: Builder, node: Node) -> None:
    """QuantizeLinear."""
    value = b.value(node, 0)
    if isinstance(value, Stored):
        dtype = quantised_dtype(b, node, 2)
        b.give(node, value._replace(dtype=dtype, known=None))
    else:
        b.give(node, to_ints(b, node, b.tensor(node, 0), 1))


def dequantize(b: Builder, node: Node) -> None:
    """DequantizeLinear: weights stay what is stored of them."""
    value = b.value(node, 0)
    if isinstance(value, Stored):
        b.give(node, value._replace(known=None))
    else:
        b.give(node, to_floats(b, node, b.tensor(node, 0), 1))


def dynamic_quantize(b: Builder, node: Node) -> None:
    """DynamicQuantizeLinear: ``scale = (max(x, 0) - min(x, 0)) / 255``, and the zero point."""
    y, *numbers = dynamically(b, node, b.tensor(node, 0))
    b.give(node, y, *(viewed(b, node, number, ()) for number in numbers))


def dynamically(b: Builder, node: Node, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A tensor quantised by its own largest and smallest value, the scale and the zero point."""
    every = tuple(range(len(x.shape)))
    ends: list[Tensor] = []
    for reduction, low, high in (("amax", 0.0, None), ("amin", None, 0.0)):
        end = then(b, node, reduction, x, dim=every, keepdim=True)
        ends.append(then(b, node, "clip", end, min=low, max=high))
    scale = then(b, node, "scale", then(b, node, "sub", *ends), factor=1 / 255)
    start = then(b, node, "neg", then(b, node, "div", ends[1], scale))
    zero = then(b, node, "clip", then(b, node, "round", start), min=0.0, max=255.0)
    steps = then(b, node, "round", then(b, node, "div", x, scale))
    y = then(b, node, "clip", then(b, node, "add", steps, zero), min=0.0, max=255.0)
    y.dtype = zero.dtype = "uint8"
    return y, scale, zero


def conv_integer(b: Builder, node: Node) -> None:
    """ConvInteger."""
    x = centred(b, node, b.tensor(node, 0), 2)
    weights_centred(b, node, 3)
    made, weights = with_weights(b, node, 1, None)
    op = convolution(node, x, b.shape(node, 1), bias=False, op="conv")
    y = b.add(node, op, (x, *made), weights).outputs[0]
    y.dtype = "int32"
    b.give(node, y)


def qlinear_conv(b: Builder, node: Node) -> None:
    """QLinearConv; that of com.microsoft may have its channels last."""
    x, last = b.tensor(node, 0), bool(node.get("channels_last", 0))
    x = centred(b, node, channels_first(b, node, x) if last else x, 2)
    weights_centred(b, node, 5)
    made, weights = with_weights(b, node, 3, 8)
    op = convolution(node, x, b.shape(node, 3), bias=node.has(8), op="conv")
    y = b.add(node, op, (x, *made), weights).outputs[0]
    y = requantised(b, node, y, (1, 4), 6, axis=1)
    b.give(node, channels_last(b, node, y) if last else y)


def requantised(
    b: Builder,
    node: Node,
    y: Tensor,
    scales: tuple[int, ...],
    scale_at: int,
    *,
    axis: int,
    by: float = 1.0,
) -> Tensor:
    """Sums of products of whole numbers, of some scales, quantised by another."""
    y = multiplied(b, node, y, scales, over=scale_at, axis=axis, by=by)
    dtype = quantised_dtype(b, node, scale_at + 1)
    return rounded(b, node, y, scale_at + 1, zero_of(b, node, scale_at + 1), dtype)


def integer_product(b: Builder, node: Node, x: Tensor, number: int, zero_at: int) -> Tensor:
    """Rows of whole numbers times a matrix of such, which is an input, as is its zero point."""
    right = b.value(node, number)
    if isinstance(right, Stored) and len(right.shape) == 2:
        weights_centred(b, node, zero_at)
        return linear(b, node, x, right)
    other = centred(b, node, b.tensor(node, number), zero_at)
    return then(b, node, "matmul", x, other)


def matmul_integer(b: Builder, node: Node) -> None:
    """MatMulInteger."""
    x = centred(b, node, b.tensor(node, 0), 2)
    y = integer_product(b, node, x, 1, 3)
    y.dtype = "int32"
    b.give(node, y)


def qlinear_matmul(b: Builder, node: Node) -> None:
    """QLinearMatMul."""
    x = centred(b, node, b.tensor(node, 0), 2)
    y = integer_product(b, node, x, 3, 5)
    b.give(node, requantised(b, node, y, (1, 4), 6, axis=-1))


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "QuantizeLinear": quantize,
    "DynamicQuantizeLinear": dynamic_quantize,
    "DequantizeLinear": dequantize,
    "QLinearConv": qlinear_conv,
    "ConvInteger": conv_integer,
    "QLinearMatMul": qlinear_matmul,
    "MatMulInteger": matmul_integer,
}
