"""Quantised operators of the domain com.microsoft."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.layouts import channels_first, channels_last
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored
from convcost.importers.onnx.pools import averaged
from convcost.importers.onnx.products import linear
from convcost.importers.onnx.quantised import (
    dequantize,
    dynamically,
    integer_product,
    qlinear_conv,
    quantize,
    requantised,
)
from convcost.importers.onnx.quantising import (
    centred,
    multiplied,
    to_floats,
    to_ints,
    weights_centred,
)
from convcost.importers.onnx.transformers import attended_together

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor

    Act = Callable[[Builder, Node], None]


def between(name: str, places: tuple[int, ...], scale_at: int) -> Act:
    """An op on quantised inputs (each beside its scale and zero point): brought back, done, and
    quantised again."""

    def act(b: Builder, node: Node) -> None:
        at = places or range(2, len(node.inputs), 3)
        inputs = [to_floats(b, node, b.tensor(node, number), number + 1) for number in at]
        fields: dict[str, Any] = {}
        if name == "concat":
            fields = {"dim": axis_of(node.get("axis", 1), len(inputs[0].shape))}
        elif name == "leaky_relu":
            fields = {"negative_slope": node.get("alpha", 0.01)}
        elif name == "mean":
            rank = len(inputs[0].shape)
            axes = node.get("axes", None) or range(rank)
            dims = tuple(sorted(axis_of(axis, rank) for axis in axes))
            fields = {"dim": dims, "keepdim": bool(node.get("keepdims", 1))}
        y = then(b, node, name, *inputs, **fields)
        b.give(node, to_ints(b, node, y, scale_at))

    return act


def softmax(b: Builder, node: Node) -> None:
    """QLinearSoftmax: over one axis, or over all from it on as files of before opset 13 have it."""
    x = to_floats(b, node, b.tensor(node, 0), 1)
    axis = axis_of(node.get("axis", -1), len(x.shape))
    if node.get("opset", 13) >= 13:
        y = then(b, node, "softmax", x, dim=axis)
    else:
        rows = viewed(b, node, x, (prod(x.shape[:axis]), prod(x.shape[axis:])))
        y = viewed(b, node, then(b, node, "softmax", rows, dim=1), x.shape)
    b.give(node, to_ints(b, node, y, 3))


def where(b: Builder, node: Node) -> None:
    """QLinearWhere."""
    sides = [to_floats(b, node, b.tensor(node, number), number + 1) for number in (1, 4)]
    y = then(b, node, "where", b.tensor(node, 0), *sides)
    b.give(node, to_ints(b, node, y, 7))


def pooled(b: Builder, node: Node) -> None:
    """QLinearAveragePool and QLinearGlobalAveragePool, channels last if they say so."""
    x, last = b.tensor(node, 0), bool(node.get("channels_last", 0))
    x = to_floats(b, node, channels_first(b, node, x) if last else x, 1)
    whole = node.op == "QLinearGlobalAveragePool"
    y = then(b, node, "global_avg_pool", x) if whole else averaged(b, node, x)
    y = to_ints(b, node, y, 3)
    b.give(node, channels_last(b, node, y) if last else y)


def gemm(b: Builder, node: Node) -> None:
    """QGemm: as numbers of 8 bits where it has an output scale, else as floats."""
    x = centred(b, node, b.tensor(node, 0), 2)
    if node.get("transA", 0):
        x = then(b, node, "transpose", x, dims=(1, 0))
    weights_centred(b, node, 5)
    right, bias = b.value(node, 3), b.stored(node, 6) if node.has(6) else None
    if not isinstance(right, Stored) or (node.has(6) and bias is None):
        raise NotUnderstood("its second matrix or its bias is made by the graph")
    y = linear(b, node, x, right, bias, turned=bool(node.get("transB", 0)))
    by = node.get("alpha", 1.0)
    if node.has(7):
        b.give(node, requantised(b, node, y, (1, 4), 7, axis=1, by=by))
        return
    y = multiplied(b, node, y, (1, 4), axis=1, by=by)
    y.dtype = "float32"
    b.give(node, y)


def to_float(b: Builder, node: Node) -> None:
    """MatMulIntegerToFloat: a product of whole numbers as the values that it stands for."""
    x = centred(b, node, b.tensor(node, 0), 4)
    y = multiplied(b, node, integer_product(b, node, x, 1, 5), (2, 3), axis=-1)
    b.give(node, _plus(b, node, y, 6))


def _plus(b: Builder, node: Node, y: Tensor, bias_at: int) -> Tensor:
    y.dtype = "float32"
    return then(b, node, "add", y, b.tensor(node, bias_at)) if node.has(bias_at) else y


def dynamic_matmul(b: Builder, node: Node) -> None:
    """DynamicQuantizeMatMul: the first input quantised by its own values, then a product."""
    x, scale, zero = dynamically(b, node, b.tensor(node, 0))
    y = integer_product(b, node, then(b, node, "sub", x, zero), 1, 3)
    y = then(b, node, "multiply", multiplied(b, node, y, (2,), axis=-1), scale)
    b.give(node, _plus(b, node, y, 4))


def attention(b: Builder, node: Node) -> None:
    """QAttention: attention whose queries, keys and values are a product of whole numbers."""
    x = centred(b, node, b.tensor(node, 0), 6)
    y = multiplied(b, node, integer_product(b, node, x, 1, 7), (3, 4), axis=-1)
    whole = _plus(b, node, y, 2)
    attended_together(b, node, whole, mask_at=5, past_at=8, added_at=len(node.inputs))


ACTS: dict[str, Act] = {
    "QuantizeLinear": quantize,
    "DequantizeLinear": dequantize,
    "QLinearAdd": between("add", (0, 3), 6),
    "QLinearMul": between("multiply", (0, 3), 6),
    "QLinearSigmoid": between("sigmoid", (0,), 3),
    "QLinearLeakyRelu": between("leaky_relu", (0,), 3),
    "QLinearReduceMean": between("mean", (0,), 3),
    "QLinearConcat": between("concat", (), 0),
    "QLinearSoftmax": softmax,
    "QLinearWhere": where,
    "QLinearAveragePool": pooled,
    "QLinearGlobalAveragePool": pooled,
    "QLinearConv": qlinear_conv,
    "QGemm": gemm,
    "MatMulIntegerToFloat": to_float,
    "DynamicQuantizeMatMul": dynamic_matmul,
    "QAttention": attention,
}
