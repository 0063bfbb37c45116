"""Pooling and resizing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx.builder import make
from convcost.importers.onnx.node import NotUnderstood, axis_of
from convcost.importers.onnx.windows import paddings, per_axis, reached

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node


def max_pool(b: Builder, node: Node) -> None:
    """MaxPool."""
    x = b.tensor(node, 0)
    kernel = tuple(node.fields["kernel_shape"])
    dilation = per_axis(node, "dilations", len(kernel))
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    stride = per_axis(node, "strides", len(kernel))
    op = make(
        "max_pool",
        len(x.shape) - 2,
        kernel_size=kernel,
        stride=stride,
        padding=reached(paddings(node, x.shape[2:], kernel), x.shape[2:], spans, stride),
        dilation=dilation,
        ceil_mode=bool(node.get("ceil_mode", 0)),
    )
    b.give(node, b.add(node, op, (x,)).outputs[0])


def average_pool(b: Builder, node: Node) -> None:
    """AveragePool."""
    x = b.tensor(node, 0)
    kernel = tuple(node.fields["kernel_shape"])
    if set(node.get("dilations", [1])) != {1}:
        raise NotUnderstood("its mean is over windows with holes")
    stride = per_axis(node, "strides", len(kernel))
    op = make(
        "avg_pool",
        len(x.shape) - 2,
        kernel_size=kernel,
        stride=stride,
        padding=reached(paddings(node, x.shape[2:], kernel), x.shape[2:], kernel, stride),
        ceil_mode=bool(node.get("ceil_mode", 0)),
        count_include_pad=bool(node.get("count_include_pad", 0)),
    )
    b.give(node, b.add(node, op, (x,)).outputs[0])


def plain(name: str) -> Callable[[Builder, Node], None]:
    """An operator without attributes."""

    def act(b: Builder, node: Node) -> None:
        b.give(node, b.add(node, make(name), (b.tensor(node, 0),)).outputs[0])

    return act


MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resize(b: Builder, node: Node) -> None:
    """Resize and Upsample."""
    x = b.tensor(node, 0)
    scales_at = 1 if node.op == "Upsample" or b.opset < 11 else 2
    sizes = None if scales_at == 1 else b.ints(node, 3)
    if sizes is None:
        scales = node.get("scales", None)
        known = b.known(node, scales_at) if scales is None else None
        factors = scales if known is None else [float(s) for s in known.reshape(-1)]
        if not factors:
            raise NotUnderstood("it has neither sizes nor scales")
        axes = node.get("axes", range(len(factors)))
        by_axis = {axis_of(axis, len(x.shape)): f for axis, f in zip(axes, factors, strict=True)}
        sizes = [int(n * by_axis.get(axis, 1) + 1e-6) for axis, n in enumerate(x.shape)]
    elif "axes" in node.fields:
        by = dict(zip(node.fields["axes"], sizes, strict=True))
        sizes = [by.get(axis, n) for axis, n in enumerate(x.shape)]
    if tuple(sizes[:2]) != x.shape[:2]:
        raise NotUnderstood("it resizes channels or samples")
    rank = len(x.shape) - 2
    word = node.get("mode", "nearest")
    mode = {"nearest": "nearest", "cubic": "bicubic"}.get(word, MODES.get(rank, "linear"))
    corners = node.get("coordinate_transformation_mode", "") == "align_corners"
    op = make(
        "upsample",
        rank,
        size=tuple(sizes[2:]),
        mode=mode,
        align_corners=corners and mode != "nearest",
    )
    b.give(node, b.add(node, op, (x,)).outputs[0])


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
    "Resize": resize,
    "Upsample": resize,
    "GridSample": grid_sample,
    "DepthToSpace": blocks,
    "SpaceToDepth": blocks,
}
