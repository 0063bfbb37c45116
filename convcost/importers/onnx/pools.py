"""Pooling, and sampling at places that are worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx.make import make
from convcost.importers.onnx.node import NotUnderstood
from convcost.importers.onnx.values import Stored
from convcost.importers.onnx.windows import paddings, per_axis, reached

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.network import Tensor


def pooled(b: Builder, node: Node, name: str, x: Tensor, **fields: bool) -> Tensor:
    """A ``max_pool`` or ``avg_pool`` of ``x`` with the attributes of a node."""
    kernel = tuple(node.fields["kernel_shape"])
    dilation = per_axis(node, "dilations", len(kernel))
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    stride = per_axis(node, "strides", len(kernel))
    op = make(
        name,
        len(x.shape) - 2,
        kernel_size=kernel,
        stride=stride,
        padding=reached(paddings(node, x.shape[2:], kernel), x.shape[2:], spans, stride),
        dilation=dilation,
        ceil_mode=bool(node.get("ceil_mode", 0)),
        **fields,
    )
    return b.add(node, op, (x,)).outputs[0]


def max_pool(b: Builder, node: Node) -> None:
    """MaxPool."""
    b.give(node, pooled(b, node, "max_pool", b.tensor(node, 0)))


def average_pool(b: Builder, node: Node) -> None:
    """AveragePool."""
    b.give(node, averaged(b, node, b.tensor(node, 0)))


def averaged(b: Builder, node: Node, x: Tensor) -> Tensor:
    """The means of an AveragePool of ``x``."""
    padded = bool(node.get("count_include_pad", 0))
    return pooled(b, node, "avg_pool", x, count_include_pad=padded)


def plain(name: str) -> Callable[[Builder, Node], None]:
    """An operator without attributes."""

    def act(b: Builder, node: Node) -> None:
        b.give(node, b.add(node, make(name), (b.tensor(node, 0),)).outputs[0])

    return act


def grid_sample(b: Builder, node: Node) -> None:
    """GridSample."""
    modes = {"linear": "bilinear", "cubic": "bicubic"}
    mode = node.get("mode", "linear")
    op = make(
        "grid_sample",
        mode=modes.get(mode, mode),
        padding_mode=node.get("padding_mode", "zeros"),
        align_corners=bool(node.get("align_corners", 0)),
    )
    b.give(node, b.add(node, op, (b.tensor(node, 0), b.tensor(node, 1))).outputs[0])


def affine_grid(b: Builder, node: Node) -> None:
    """AffineGrid: each axis' places times their column of a matrix, added up, and the last column.

    Written so, places of an axis meet their factors once, and no products are accumulated.
    """
    theta, sizes = b.tensor(node, 0), b.ints(node, 1) or []
    out = sizes[2:]
    rank = len(out)
    if theta.shape != (sizes[0], rank, rank + 1):
        raise NotUnderstood(f"its matrices {list(theta.shape)} do not fit {sizes}")

    def column(number: int) -> Tensor:
        op = make("slice", dims=(2,), starts=(number,), ends=(number + 1,))
        taken = b.add(node, op, (theta,)).outputs[0]
        shape = (sizes[0], *[1] * rank, rank)
        return b.add(node, make("view", shape=shape), (taken,)).outputs[0]

    terms: list[Tensor] = []
    for axis, n in enumerate(out):
        stored = Stored(f"{node.outputs[0]}.places{axis}", (n,), theta.dtype, learned=False)
        b.weight(stored).values = _places(n, corners=bool(node.get("align_corners", 0)))
        along = [n if a == axis else 1 for a in range(rank)]
        places = b.passed(stored.reshaped((1, *along, 1)))
        pair = (places, column(rank - 1 - axis))
        terms.append(b.add(node, make("multiply"), pair).outputs[0])
    b.give(node, b.add(node, make("add"), (*terms, column(rank))).outputs[0])


def _places(n: int, *, corners: bool) -> tuple[Fraction, ...]:
    """Where ``n`` positions lie between -1 and 1."""
    from fractions import Fraction

    if corners:
        return tuple(Fraction(2 * i - n + 1, max(1, n - 1)) for i in range(n))
    return tuple(Fraction(2 * i + 1 - n, n) for i in range(n))


def blocks(b: Builder, node: Node) -> None:
    """DepthToSpace and SpaceToDepth."""
    x, size = b.tensor(node, 0), node.fields["blocksize"]
    rank = len(x.shape) - 2
    factor = (size,) * rank
    if node.op == "SpaceToDepth":
        op = make("space_to_depth", rank, block_size=factor)
    elif node.get("mode", "DCR") == "CRD":
        op = make("pixel_shuffle", rank, upscale_factor=factor)
    else:
        op = make("depth_to_space", rank, block_size=factor)
    b.give(node, b.add(node, op, (x,)).outputs[0])


ACTS = {
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": plain("global_avg_pool"),
    "GlobalMaxPool": plain("global_max_pool"),
    "AffineGrid": affine_grid,
    "GridSample": grid_sample,
    "DepthToSpace": blocks,
    "SpaceToDepth": blocks,
}
