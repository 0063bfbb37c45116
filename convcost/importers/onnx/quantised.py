"""Quantised layers: products of whole numbers, and the arithmetic that brings values to them.

A value is quantised by a multiply, a rounding, an add and two comparisons, and brought back by an
add and a multiply. Scales and zero points are single numbers; weights may have one a channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx.make import make
from convcost.importers.onnx.node import Node, NotUnderstood, axis_of
from convcost.importers.onnx.products import convolution
from convcost.importers.onnx.values import Stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.network import Tensor

BOUNDS = {"int8": (-128.0, 127.0), "uint8": (0.0, 255.0)}


def _number(b: Builder, node: Node, number: int, unless: float) -> float:
    """A scale or a zero point, ``unless`` it is not given."""
    if not node.has(number):
        return unless
    found = b.number(node, number)
    if found is None:
        raise NotUnderstood(f"its input {number} is not one number that is known")
    return found


def _apply(b: Builder, node: Node, x: Tensor, *steps: tuple[str, dict[str, float]]) -> Tensor:
    for name, fields in steps:
        x = b.add(node, make(name, 2, **fields), (x,)).outputs[0]
    return x


def _to_ints(b: Builder, node: Node, x: Tensor, scale_at: int) -> Tensor:
    """A tensor quantised by the scale and the zero point from an input on."""
    scale, zero = _number(b, node, scale_at, 1.0), _number(b, node, scale_at + 1, 0.0)
    stored = b.stored(node, scale_at + 1) if node.has(scale_at + 1) else None
    dtype = stored.dtype if stored is not None and stored.dtype in BOUNDS else "uint8"
    low, high = BOUNDS[dtype]
    if not scale:
        raise NotUnderstood("its scale is 0")
    y = _apply(
        b,
        node,
        x,
        ("scale", {"factor": 1 / scale}),
        ("round", {}),
        ("shift", {"amount": zero}),
        ("clip", {"min": low, "max": high}),
    )
    y.dtype = dtype
    return y


def _to_floats(b: Builder, node: Node, x: Tensor, scale_at: int) -> Tensor:
    scale, zero = _number(b, node, scale_at, 1.0), _number(b, node, scale_at + 1, 0.0)
    centred = _apply(b, node, x, ("shift", {"amount": -zero}))
    y = _apply(b, node, centred, ("scale", {"factor": scale}))
    centred.dtype = y.dtype = "float32"
    return y


def quantize(b: Builder, node: Node) -> None:
    """QuantizeLinear."""
    value = b.value(node, 0)
    if isinstance(value, Stored):
        b.give(node, value._replace(dtype="int8", known=None))
    else:
        b.give(node, _to_ints(b, node, b.tensor(node, 0), 1))


def dynamic_quantize(b: Builder, node: Node) -> None:
    """DynamicQuantizeLinear: ``scale = (max(x, 0) - min(x, 0)) / 255``, and the zero point."""
    x = b.tensor(node, 0)
    every = tuple(range(len(x.shape)))

    def then(name: str, *inputs: Tensor, **fields: float) -> Tensor:
        return b.add(node, make(name, 2, **fields), inputs).outputs[0]

    ends: list[Tensor] = []
    for reduction, low, high in (("amax", 0.0, None), ("amin", None, 0.0)):
        end = b.add(node, make(reduction, dim=every, keepdim=True), (x,)).outputs[0]
        ends.append(b.add(node, make("clip", min=low, max=high), (end,)).outputs[0])
    scale = then("scale", then("sub", *ends), factor=1 / 255)
    zero = then("clip", then("round", then("neg", then("div", ends[1], scale))), min=0.0, max=255.0)
    y = then("clip", then("add", then("round", then("div", x, scale)), zero), min=0.0, max=255.0)
    y.dtype = zero.dtype = "uint8"
    b.give(node, y, scale, zero)


def dequantize(b: Builder, node: Node) -> None:
    """DequantizeLinear: weights stay what is stored of them."""
    value = b.value(node, 0)
    if isinstance(value, Stored):
        b.give(node, value._replace(known=None))
    else:
        b.give(node, _to_floats(b, node, b.tensor(node, 0), 1))


def integer_conv(
    weight_at: int, scale_at: int | None, bias_at: int | None
) -> Callable[[Builder, Node], None]:
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
        b.give(node, y if scale_at is None else _to_ints(b, node, y, scale_at))

    return act


def integer_product(weight_at: int, scale_at: int | None) -> Callable[[Builder, Node], None]:
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
        b.give(node, y if scale_at is None else _to_ints(b, node, y, scale_at))

    return act


def requantised(name: str, places: tuple[int, ...], scale_at: int) -> Callable[..., None]:
    """An op on quantised inputs (each beside its scale and zero point): brought back, done, and
    quantised again."""

    def act(b: Builder, node: Node) -> None:
        at = places or range(2, len(node.inputs), 3)
        inputs = [_to_floats(b, node, b.tensor(node, number), number + 1) for number in at]
        fields: dict[str, float] = {}
        if name == "concat":
            fields = {"dim": axis_of(node.get("axis", 1), len(inputs[0].shape))}
        elif name == "leaky_relu":
            fields = {"negative_slope": node.get("alpha", 0.01)}
        y = b.add(node, make(name, 2, **fields), inputs).outputs[0]
        b.give(node, _to_ints(b, node, y, scale_at))

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
    b.give(node, _to_ints(b, node, y, 7))


ACTS: dict[tuple[str, str], Callable[[Builder, Node], None]] = {
    ("", "QuantizeLinear"): quantize,
    ("", "DynamicQuantizeLinear"): dynamic_quantize,
    ("", "DequantizeLinear"): dequantize,
    ("", "QLinearConv"): integer_conv(3, 6, 8),
    ("", "ConvInteger"): integer_conv(1, None, None),
    ("", "QLinearMatMul"): integer_product(3, 6),
    ("", "MatMulInteger"): integer_product(1, None),
    ("com.microsoft", "QLinearAdd"): requantised("add", (0, 3), 6),
    ("com.microsoft", "QLinearMul"): requantised("multiply", (0, 3), 6),
    ("com.microsoft", "QLinearSigmoid"): requantised("sigmoid", (0,), 3),
    ("com.microsoft", "QLinearLeakyRelu"): requantised("leaky_relu", (0,), 3),
    ("com.microsoft", "QLinearGlobalAveragePool"): requantised("global_avg_pool", (0,), 3),
    ("com.microsoft", "QLinearConcat"): requantised("concat", (), 0),
    ("com.microsoft", "QGemm"): quantised_gemm,
}
