"""Operators that torchvision brings with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import viewed
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.parts import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node


def deform_conv(b: Builder, node: Node) -> None:
    """deform_conv2d, with a mask or without."""
    weights = {"weight": b.array(node, "weight"), "bias": b.array(node, "bias")}
    stored = {role: b.weight(array) for role, array in weights.items() if array is not None}
    if len(stored) < 2:
        raise NotUnderstood("its weight or bias is made by the graph")
    weight = stored["weight"].shape
    names = ("input", "offset", "mask") if node.fields["use_mask"] else ("input", "offset")
    padding = (node.fields["pad_h"], node.fields["pad_w"])
    op = make(
        "deform_conv",
        2,
        out_channels=weight[0],
        kernel_size=weight[2:],
        stride=(node.fields["stride_h"], node.fields["stride_w"]),
        padding=tuple((n, n) for n in padding),
        dilation=(node.fields["dilation_h"], node.fields["dilation_w"]),
        groups=node.fields["groups"],
        offset_groups=node.fields["offset_groups"],
        bias=True,
    )
    b.give(node, b.add(node, op, [b.arg(node, name) for name in names], stored).outputs[0])


def roi_align(b: Builder, node: Node) -> None:
    """roi_align."""
    ratio = node.fields["sampling_ratio"]
    x, bins = b.arg(node, "input"), (node.fields["pooled_height"], node.fields["pooled_width"])
    if ratio <= 0:
        ratio = max(-(-n // m) for n, m in zip(x.shape[2:], bins, strict=True))
        b.differ(node, f"each bin has {ratio} samples an axis, as for a box as large as the map")
    op = make(
        "roi_align",
        2,
        output_size=bins,
        spatial_scale=node.fields["spatial_scale"],
        sampling_ratio=ratio,
        aligned=node.fields["aligned"],
    )
    b.give(node, b.add(node, op, (x, b.arg(node, "rois"))).outputs[0])


def nms(b: Builder, node: Node) -> None:
    """nms: the boxes that are kept, the best first, which may be all."""
    boxes, scores = b.arg(node, "dets"), b.arg(node, "scores")
    n = boxes.shape[0]
    b.at_most(node, 0, n, "boxes")
    boxes = viewed(b, node, boxes, (1, n, 4))
    scores = viewed(b, node, scores, (1, 1, n))
    threshold = node.fields["iou_threshold"]
    op = make("nms", max_output_boxes=n, iou_threshold=threshold)
    rows = b.add(node, op, (boxes, scores)).outputs[0]
    b.give(node, viewed(b, node, kept(b, node, rows, (1,), (2,), (3,)), (n,)))


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "deform_conv2d": deform_conv,
    "roi_align": roi_align,
    "nms": nms,
}
