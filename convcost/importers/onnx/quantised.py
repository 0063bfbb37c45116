"""Quantised layers: products of whole numbers, and the arithmetic that brings values to them.

A value is quantised by a multiply, an add, a rounding and two comparisons, and brought back by an
add and a multiply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx.builder import make
from convcost.importers.onnx.node import Node, NotUnderstood
from convcost.importers.onnx.products import convolution
from convcost.importers.onnx.values import Stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.network import Tensor


def _to_ints(b: Builder, node: Node, x: Tensor) -> Tensor:
    for name, fields in (
        ("scale", {"factor": 1.0}),
        ("round", {}),
        ("shift", {"amount": 0.0}),
        ("clip", {"min": -128.0, "max": 127.0}),
    ):
        x = b.add(node, make(name, 2, **fields), (x,)).outputs[0]
    x.dtype = "int8"
    return x


def quantize(b: Builder, node: Node) -> None:
    """QuantizeLinear and DynamicQuantizeLinear (without its search for the range)."""
    value = b.value(node, 0)
    if isinstance(value, Stored):
        b.give(node, value._replace(dtype="int8", known=None))
        return
    x = b.tensor(node, 0)
    if node.op == "DynamicQuantizeLinear":  # which looks for the range first
        for name in ("amax", "amin"):
            b.add(node, make(name, dim=tuple(range(len(x.shape))), keepdim=True), (x,))
    y = _to_ints(b, node, x)
    if node.op == "DynamicQuantizeLinear":
        extra = Stored(f"{node.outputs[1]}", (), "float32", learned=False)
        b.give(node, y, extra, extra)
    else:
        b.give(node, y)


def dequantize(b: Builder, node: Node) -> None:
    """DequantizeLinear: weights stay what is stored of them."""
    value = b.value(node, 0)
    if isinstance(value, Stored):
        b.give(node, value._replace(known=None))
        return
    x = b.add(node, make("shift", amount=0.0), (b.tensor(node, 0),)).outputs[0]
    y = b.add(node, make("scale", factor=1.0), (x,)).outputs[0]
    x.dtype = y.dtype = "float32"
    b.give(node, y)


def integer_conv(weight_at: int, bias_at: int | None) -> Callable[[Builder, Node], None]:
    """QLinearConv and ConvInteger."""

    def act(b: Builder, node: Node) -> None:
        x, weight = b.tensor(node, 0), b.value(node, weight_at)
        if not isinstance(weight, Stored):
            raise NotUnderstood("its weight is made by the graph")
        weights = {"weight": b.weight(weight, learned=True)}
        if bias_at is not None and node.has(bias_at):
            bias = b.stored(node, bias_at)
            if bias is not None:
                weights["bias"] = b.weight(bias, learned=True)
        op = convolution(node, x, weight.shape, "bias" in weights)
        y = b.add(node, op, (x,), weights).outputs[0]
        b.give(node, y if bias_at is None else _to_ints(b, node, y))

    return act


def integer_product(weight_at: int, requantised: bool) -> Callable[[Builder, Node], None]:
    """QLinearMatMul and MatMulInteger."""

    def act(b: Builder, node: Node) -> None:
        x, right = b.tensor(node, 0), b.value(node, weight_at)
        if isinstance(right, Stored) and len(right.shape) == 2:
            rows, columns = right.shape
            weights = {"weight": b.weight(right, (columns, rows), learned=True)}
            op = make("linear", out_features=columns, bias=False)
            y = b.add(node, op, (x,), weights).outputs[0]
        else:
            y = b.add(node, make("matmul"), (x, b.tensor(node, weight_at))).outputs[0]
        b.give(node, _to_ints(b, node, y) if requantised else y)

    return act


def requantised(name: str, *places: int) -> Callable[[Builder, Node], None]:
    """An op on quantised inputs: brought back, then quantised again."""

    def act(b: Builder, node: Node) -> None:
        at = places or range(2, len(node.inputs), 3)
        inputs: list[Tensor] = []
        for number in at:
            x = b.add(node, make("shift", amount=0.0), (b.tensor(node, number),)).outputs[0]
            inputs.append(b.add(node, make("scale", factor=1.0), (x,)).outputs[0])
        fields = {"dim": node.get("axis", 1)} if name == "concat" else {}
        y = b.add(node, make(name, **fields), inputs).outputs[0]
        b.give(node, _to_ints(b, node, y))

    return act


def quantised_gemm(b: Builder, node: Node) -> None:
    """QGemm."""
    x, right = b.tensor(node, 0), b.value(node, 3)
    if not isinstance(right, Stored):
        raise NotUnderstood("its weight is made by the graph")
    out, features = right.shape if node.get("transB", 0) else right.shape[::-1]
    weights = {"weight": b.weight(right, (out, features), learned=True)}
    if node.has(6) and (bias := b.stored(node, 6)) is not None:
        weights["bias"] = b.weight(bias, (out,), learned=True)
    op = make("linear", out_features=out, bias="bias" in weights)
    y = b.add(node, op, (x,), weights).outputs[0]
    b.give(node, _to_ints(b, node, y))


ACTS: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    ("", "QuantizeLinear"): quantize,
    ("", "DynamicQuantizeLinear"): quantize,
    ("", "DequantizeLinear"): dequantize,
    ("", "QLinearConv"): integer_conv(3, 8),
    ("", "ConvInteger"): integer_conv(1, None),
    ("", "QLinearMatMul"): integer_product(3, True),
    ("", "MatMulInteger"): integer_product(1, False),
    ("com.microsoft", "QLinearAdd"): requantised("add", 0, 3),
    ("com.microsoft", "QLinearMul"): requantised("multiply", 0, 3),
    ("com.microsoft", "QLinearSigmoid"): requantised("sigmoid", 0),
    ("com.microsoft", "QLinearLeakyRelu"): requantised("leaky_relu", 0),
    ("com.microsoft", "QLinearGlobalAveragePool"): requantised("global_avg_pool", 0),
    ("com.microsoft", "QLinearConcat"): requantised("concat"),
    ("com.microsoft", "QGemm"): quantised_gemm,
}
