"""Operators of the domain com.microsoft that onnxruntime writes where it fuses others: each becomes
the layers that were fused."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, transposed, viewed
from convcost.importers.building.layouts import channels_first, channels_last
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored
from convcost.importers.onnx.pools import pooled
from convcost.importers.onnx.products import convolved, general_product, linear, product
from convcost.importers.onnx.rotary import rotary

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor

PLAIN = {
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "HardSwish": "hard_swish",
    "Softplus": "softplus",
    "Gelu": "gelu",
    "Swish": "silu",
    "Silu": "silu",
}


def activated(b: Builder, node: Node, y: Tensor) -> Tensor:
    """The activation that a node ends with, if it names one."""
    word = node.get("activation", "")
    if not word:
        return y
    if word in PLAIN:
        return then(b, node, PLAIN[word], y)
    first, second = _parameters(node)
    if word == "LeakyRelu":
        return then(b, node, "leaky_relu", y, negative_slope=first)
    if word == "Clip":
        if (first, second) == (0.0, 6.0):
            return then(b, node, "relu6", y)
        return then(b, node, "clip", y, min=first, max=second)
    if word == "HardSigmoid":
        y = then(b, node, "shift", then(b, node, "scale", y, factor=first), amount=second)
        return then(b, node, "clip", y, min=0.0, max=1.0)
    raise NotUnderstood(f"it ends with {word}, which convcost does not know here")


def _parameters(node: Node) -> tuple[float, float]:
    given = node.get("activation_params", None)
    if given is None:
        given = [node.get("activation_alpha", 0.01), node.get("activation_beta", 0.0)]
    first, second, *_ = (*given, 0.0, 0.0)
    return float(first), float(second)


def fused_conv(b: Builder, node: Node) -> None:
    """FusedConv: a convolution, what is added to it, and an activation."""
    y = convolved(b, node, b.tensor(node, 0))
    if node.has(3):
        y = then(b, node, "add", y, b.tensor(node, 3))
    b.give(node, activated(b, node, y))


def nhwc_conv(b: Builder, node: Node) -> None:
    """NhwcConv and NhwcFusedConv: a convolution whose channels come last."""
    y = convolved(b, node, channels_first(b, node, b.tensor(node, 0)))
    if node.has(3):
        y = then(b, node, "add", y, channels_first(b, node, b.tensor(node, 3)))
    b.give(node, channels_last(b, node, activated(b, node, y)))


def fused_matmul(b: Builder, node: Node) -> None:
    """FusedMatMul and TransposeMatMul: a product of matrices, turned and scaled, and an
    activation."""
    right = b.value(node, 1)
    x = _turned(b, node, b.tensor(node, 0), "A")
    turned = bool(node.get("transB", 0))
    if isinstance(right, Stored) and len(right.shape) == 2:
        y = linear(b, node, x, right, turned=turned)
    else:
        y = product(b, node, x, _turned(b, node, b.tensor(node, 1), "B"))
    if node.get("alpha", 1.0) != 1:
        y = then(b, node, "scale", y, factor=node.fields["alpha"])
    b.give(node, activated(b, node, y))


def _turned(b: Builder, node: Node, x: Tensor, side: str) -> Tensor:
    """A matrix of each sample as it is multiplied: ``transBatch`` says that its rows come before
    the samples, ``trans`` that rows and columns are exchanged."""
    order = list(range(len(x.shape)))
    if node.get(f"transBatch{side}", 0):
        order = [*order[1:-1], 0, order[-1]]
    if node.get(f"trans{side}", 0) and len(order) > 1:
        order[-2:] = order[:-3:-1]
    return x if order == sorted(order) else transposed(b, node, x, *order)


def fused_gemm(b: Builder, node: Node) -> None:
    """FusedGemm: a Gemm and an activation."""
    b.give(node, activated(b, node, general_product(b, node)))


def gelu(approximate: str = "none") -> Callable[[Builder, Node], None]:
    """The GELU of the first input, plus the second if there is one."""

    def act(b: Builder, node: Node) -> None:
        x = b.tensor(node, 0)
        if node.has(1):
            x = then(b, node, "add", x, b.tensor(node, 1))
        b.give(node, then(b, node, "gelu", x, approximate=approximate))

    return act


def quick_gelu(b: Builder, node: Node) -> None:
    """QuickGelu: ``x sigmoid(alpha x)``."""
    x, alpha = b.tensor(node, 0), node.get("alpha", 1.702)
    if alpha == 1:
        b.give(node, then(b, node, "silu", x))
        return
    gate = then(b, node, "sigmoid", then(b, node, "scale", x, factor=alpha))
    b.give(node, then(b, node, "multiply", x, gate))


def bias_split_gelu(b: Builder, node: Node) -> None:
    """BiasSplitGelu: one half of the features times the GELU of the other."""
    x = then(b, node, "add", b.tensor(node, 0), b.tensor(node, 1))
    last = len(x.shape) - 1
    half = x.shape[last] // 2
    sides = [
        then(b, node, "slice", x, dims=(last,), starts=(n,), ends=(n + half,)) for n in (0, half)
    ]
    b.give(node, then(b, node, "multiply", sides[0], then(b, node, "gelu", sides[1])))


def summed(b: Builder, node: Node) -> None:
    """BiasAdd and BiasDropout: all of the first three inputs that there are, added up."""
    y = b.tensor(node, 0)
    for number in (1, 2):
        if node.has(number):
            y = then(b, node, "add", y, b.tensor(node, number))
    b.give(node, y)


def bias_softmax(b: Builder, node: Node) -> None:
    """BiasSoftmax: a sum, and its softmax over all axes from ``axis`` on as one."""
    x, bias = b.tensor(node, 0), b.tensor(node, 1)
    axis = axis_of(node.get("axis", 1), len(x.shape))
    missing = len(x.shape) - len(bias.shape)
    if missing and not node.get("is_inner_broadcast", 1):
        bias = viewed(b, node, bias, (*bias.shape[:axis], *(1,) * missing, *bias.shape[axis:]))
    y = then(b, node, "add", x, bias)
    rows = viewed(b, node, y, (prod(x.shape[:axis]), prod(x.shape[axis:])))
    b.give(node, viewed(b, node, then(b, node, "softmax", rows, dim=1), x.shape))


def group_norm(b: Builder, node: Node) -> None:
    """GroupNorm and SkipGroupNorm: channels last unless said otherwise, with an activation that is
    0 for none and 1 for SiLU."""
    total = b.tensor(node, 0)
    if node.op == "SkipGroupNorm":
        skip = b.tensor(node, 3)
        if len(skip.shape) == 2:
            skip = viewed(b, node, skip, (skip.shape[0], 1, 1, skip.shape[1]))
        total = then(b, node, "add", total, skip)
        if node.has(4):
            total = then(b, node, "add", total, b.tensor(node, 4))
    last = bool(node.get("channels_last", 1))
    x = channels_first(b, node, total) if last else total
    scale, shift = b.stored(node, 1), b.stored(node, 2)
    if scale is None or shift is None:
        raise NotUnderstood("its scale or its shift is made by the graph")
    weights = {"weight": b.weight(scale, learned=True), "bias": b.weight(shift, learned=True)}
    groups, eps = node.fields["groups"], node.get("epsilon", 1e-5)
    y = then(b, node, "group_norm", x, weights=weights, num_groups=groups, eps=eps)
    if node.get("activation", 0) == 1:
        y = then(b, node, "silu", y)
    b.give(node, channels_last(b, node, y) if last else y, total)


def nhwc_max_pool(b: Builder, node: Node) -> None:
    """NhwcMaxPool."""
    x = channels_first(b, node, b.tensor(node, 0))
    b.give(node, channels_last(b, node, pooled(b, node, "max_pool", x)))


def rotary_embedding(b: Builder, node: Node) -> None:
    """RotaryEmbedding of com.microsoft: its positions come before the caches."""
    rotary(b, node, positions_at=1, cos_at=2, sin_at=3)


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "FusedConv": fused_conv,
    "NhwcConv": nhwc_conv,
    "NhwcFusedConv": nhwc_conv,
    "FusedMatMul": fused_matmul,
    "FusedMatMulActivation": fused_matmul,
    "TransposeMatMul": fused_matmul,
    "FusedGemm": fused_gemm,
    "Gelu": gelu(),
    "BiasGelu": gelu(),
    "FastGelu": gelu("tanh"),
    "QuickGelu": quick_gelu,
    "BiasSplitGelu": bias_split_gelu,
    "BiasAdd": summed,
    "BiasDropout": summed,
    "BiasSoftmax": bias_softmax,
    "GroupNorm": group_norm,
    "SkipGroupNorm": group_norm,
    "NhwcMaxPool": nhwc_max_pool,
    "RotaryEmbedding": rotary_embedding,
}
