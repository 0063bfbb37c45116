"""Convolutions and matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.einsum import einsum
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored
from convcost.importers.onnx.windows import paddings, pairs, per_axis
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.ops.op import Op
    from convcost.tensor import Weight


def with_weights(
    b: Builder, node: Node, weight_at: int, bias_at: int | None
) -> tuple[list[Tensor], dict[str, Weight]]:
    """Weight and bias that are inputs: arrays of the file, or tensors that layers make."""
    made: list[Tensor] = []
    weights: dict[str, Weight] = {}
    for number, role in ((weight_at, "weight"), (bias_at, "bias")):
        if number is None or not node.has(number):
            continue
        value = b.value(node, number)
        if isinstance(value, Stored) and not made:
            weights[role] = b.weight(value, learned=True)
        else:
            made.append(b.tensor(node, number))
    if made and weights:  # the order of roles: a bias alone cannot be an input
        both = [n for n in (weight_at, bias_at) if n is not None and node.has(n)]
        made = [b.tensor(node, number) for number in both]
        weights = {}
    return made, weights


def convolution(
    node: Node, x: Tensor, weight: tuple[int, ...], bias: bool, op: str = "conv", **fields: int
) -> Op:
    """A convolution with the attributes of a node and a weight of a shape."""
    rank = len(weight) - 2
    return make(
        op,
        rank,
        out_channels=weight[0],
        kernel_size=weight[2:],
        stride=per_axis(node, "strides", rank),
        padding=paddings(node, x.shape[2:], weight[2:]),
        dilation=per_axis(node, "dilations", rank),
        groups=node.get("group", 1),
        bias=bias,
        **fields,
    )


def conv(b: Builder, node: Node) -> None:
    """Conv."""
    b.give(node, convolved(b, node, b.tensor(node, 0)))


def convolved(b: Builder, node: Node, x: Tensor) -> Tensor:
    """The result of a Conv of ``x``."""
    made, weights = with_weights(b, node, 1, 2)
    op = convolution(node, x, b.shape(node, 1), node.has(2))
    return b.add(node, op, (x, *made), weights).outputs[0]


def conv_transpose(b: Builder, node: Node) -> None:
    """ConvTranspose."""
    x, shape = b.tensor(node, 0), b.shape(node, 1)
    made, weights = with_weights(b, node, 1, 2)
    rank, groups = len(shape) - 2, node.get("group", 1)
    strides, dilations = per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
    extra = tuple(node.get("output_padding", [0] * rank))
    full = [
        (n - 1) * s + (k - 1) * d + 1 + e
        for n, s, k, d, e in zip(x.shape[2:], strides, shape[2:], dilations, extra, strict=True)
    ]
    wanted: list[int] | None = node.get("output_shape", None)
    if wanted is not None:
        wanted = wanted[-rank:]
        extra = tuple(e + max(0, m - n) for e, n, m in zip(extra, full, wanted, strict=True))
    mode = node.get("auto_pad", "NOTSET")
    if wanted is None and mode.startswith("SAME"):
        wanted = [n * s for n, s in zip(x.shape[2:], strides, strict=True)]
    if wanted is None:
        padding = pairs(node.get("pads", [0] * 2 * rank), rank)
    else:
        cut = [max(0, n - m) for n, m in zip(full, wanted, strict=True)]
        upper = mode != "SAME_UPPER"
        padding = tuple((c - c // 2, c // 2) if upper else (c // 2, c - c // 2) for c in cut)
    op = make(
        "conv_transpose",
        rank,
        out_channels=shape[1] * groups,
        kernel_size=shape[2:],
        stride=strides,
        padding=padding,
        output_padding=extra,
        dilation=dilations,
        groups=groups,
        bias=node.has(2),
    )
    b.give(node, b.add(node, op, (x, *made), weights).outputs[0])


def deform_conv(b: Builder, node: Node) -> None:
    """DeformConv."""
    x, weight = b.tensor(node, 0), b.stored(node, 1)
    bias = b.stored(node, 3) if node.has(3) else None
    if weight is None or (node.has(3) and bias is None):
        raise NotUnderstood("its weight or its bias is made by the graph")
    inputs = [x, b.tensor(node, 2)]
    if _only_samples(node, x, weight):
        b.give(node, b.add(node, make("deform_sample"), inputs).outputs[0])
        return
    weights = {"weight": b.weight(weight, learned=True)}
    if bias is not None:
        weights["bias"] = b.weight(bias, learned=True)
    if node.has(4):
        inputs.append(b.tensor(node, 4))
    groups = node.get("offset_group", 1)
    op = convolution(node, x, weight.shape, bias is not None, "deform_conv", offset_groups=groups)
    b.give(node, b.add(node, op, inputs, weights).outputs[0])


def _only_samples(node: Node, x: Tensor, weight: Stored) -> bool:
    """Whether each element is moved by itself and multiplied by a constant, which is 1."""
    channels, rank = x.shape[1], len(x.shape) - 2
    if weight.shape != (channels, 1, *(1,) * rank) or weight.learned or weight.known is None:
        return False
    alone = node.get("group", 1) == node.get("offset_group", 1) == channels
    still = {*per_axis(node, "strides", rank)} == {1} and not any(node.get("pads", [0]))
    return (
        alone and still and not node.has(3) and not node.has(4) and bool((weight.known == 1).all())
    )


def matmul(b: Builder, node: Node) -> None:
    """MatMul: a linear layer where the second matrix is an array of the file."""
    right, left = b.value(node, 1), b.value(node, 0)
    if isinstance(right, Stored) and len(right.shape) == 2 and isinstance(left, Tensor):
        b.give(node, linear(b, node, left, right))
    else:
        b.give(node, product(b, node, b.tensor(node, 0), b.tensor(node, 1)))


def linear(
    b: Builder,
    node: Node,
    x: Tensor,
    matrix: Stored,
    bias: Stored | None = None,
    *,
    turned: bool = False,
) -> Tensor:
    """Rows times a matrix of the file, ``[in, out]`` or, ``turned``, ``[out, in]``."""
    out, features = matrix.shape if turned else matrix.shape[::-1]
    if x.shape[-1:] != (features,):
        raise NotUnderstood(f"its matrices {x.shape} and {matrix.shape} do not fit")
    weights = {"weight": b.weight(matrix, (out, features), learned=True)}
    if bias is not None:
        weights["bias"] = b.weight(bias, (out,), learned=True)
    op = make("linear", out_features=out, bias=bias is not None)
    return b.add(node, op, (x,), weights).outputs[0]


def product(b: Builder, node: Node, left: Tensor, right: Tensor) -> Tensor:
    """A matrix product as NumPy has it: a vector is a matrix of one row, or of one column, whose
    axis the result lacks."""
    lacks = [axis for axis, x in ((-2, left), (-1, right)) if len(x.shape) == 1]
    if len(left.shape) == 1:
        left = b.add(node, make("view", shape=(1, *left.shape)), (left,)).outputs[0]
    if len(right.shape) == 1:
        right = b.add(node, make("view", shape=(*right.shape, 1)), (right,)).outputs[0]
    y = b.add(node, make("matmul"), (left, right)).outputs[0]
    if not lacks:
        return y
    gone = [axis % len(y.shape) for axis in lacks]
    shape = tuple(n for axis, n in enumerate(y.shape) if axis not in gone)
    return b.add(node, make("view", shape=shape), (y,)).outputs[0]


def gemm(b: Builder, node: Node) -> None:
    """Gemm."""
    b.give(node, general_product(b, node))


def general_product(b: Builder, node: Node) -> Tensor:
    """The result of a Gemm: a linear layer where its second matrix is an array of the file."""
    right, x = b.value(node, 1), b.tensor(node, 0)
    alpha, beta = node.get("alpha", 1.0), node.get("beta", 1.0)
    if node.get("transA", 0):
        x = b.add(node, make("transpose", dims=(1, 0)), (x,)).outputs[0]
    bias = b.value(node, 2) if node.has(2) else None
    if isinstance(right, Stored):
        turned = bool(node.get("transB", 0))
        out = right.shape[0 if turned else 1]
        whole = bias is not None and b.shape(node, 2) in ((out,), (1, out))
        own = bias if isinstance(bias, Stored) and whole and alpha == beta == 1 else None
        y = linear(b, node, x, right, own, turned=turned)
    else:
        own = None
        other = b.tensor(node, 1)
        if node.get("transB", 0):
            other = b.add(node, make("transpose", dims=(1, 0)), (other,)).outputs[0]
        y = b.add(node, make("matmul"), (x, other)).outputs[0]
    if alpha != 1:
        y = b.add(node, make("scale", factor=alpha), (y,)).outputs[0]
    if bias is not None and own is None:
        added = b.tensor(node, 2)
        if beta != 1:
            added = b.add(node, make("scale", factor=beta), (added,)).outputs[0]
        y = b.add(node, make("add"), (y, added)).outputs[0]
    return y


def contracted(b: Builder, node: Node) -> None:
    """Einsum."""
    given = [b.tensor(node, number) for number in range(len(node.inputs))]
    b.give(node, einsum(b, node, given, node.get("equation", "")))


ACTS = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "DeformConv": deform_conv,
    "MatMul": matmul,
    "Einsum": contracted,
    "Gemm": gemm,
}
