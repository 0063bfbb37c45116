"""Operators of detectors. Where the data say how many rows there are, the network has as many as
there may be, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor


def roi_align(b: Builder, node: Node) -> None:
    """RoiAlign: half a position is taken off from opset 16 on."""
    x, boxes, samples = b.tensor(node, 0), _addresses(b, node, 1), b.tensor(node, 2)
    if node.get("mode", "avg") != "avg":
        raise NotUnderstood(f"its mode is {node.get('mode', '')}")
    bins = (node.get("output_height", 1), node.get("output_width", 1))
    ratio = node.get("sampling_ratio", 0)
    if not ratio:
        ratio = max(-(-n // m) for n, m in zip(x.shape[2:], bins, strict=True))
        b.differ(node, f"each bin has {ratio} samples an axis, as for a box as large as the map")
    mode = node.get("coordinate_transformation_mode", "half_pixel")
    samples = b.add(node, make("view", shape=(boxes.shape[0], 1)), (samples,)).outputs[0]
    boxes = b.add(node, make("concat", dim=1), (samples, boxes)).outputs[0]
    op = make(
        "roi_align",
        2,
        output_size=bins,
        spatial_scale=node.get("spatial_scale", 1.0),
        sampling_ratio=ratio,
        aligned=b.opset >= 16 and mode == "half_pixel",
    )
    b.give(node, b.add(node, op, (x, boxes)).outputs[0])


def _addresses(b: Builder, node: Node, number: int) -> Tensor:
    """An input that says where others are read: an array of the file is not learned then."""
    value = b.value(node, number)
    return (
        b.passed(value._replace(learned=False))
        if isinstance(value, Stored)
        else b.tensor(node, number)
    )


def non_max_suppression(b: Builder, node: Node) -> None:
    """NonMaxSuppression."""
    boxes, scores = b.tensor(node, 0), b.tensor(node, 1)
    (most, *_) = b.ints(node, 2) or [0]
    op = make(
        "nms",
        max_output_boxes=min(most, scores.shape[-1]),
        iou_threshold=b.number(node, 3) or 0.0,
        score_threshold=b.number(node, 4),
        centers=bool(node.get("center_point_box", 0)),
    )
    y = b.add(node, op, (boxes, scores)).outputs[0]
    b.bound(node, y.shape[0], "rows")
    b.give(node, y)


def nonzero(b: Builder, node: Node) -> None:
    """NonZero."""
    y = b.add(node, make("nonzero"), (b.tensor(node, 0),)).outputs[0]
    b.bound(node, y.shape[1], "columns")
    b.give(node, y)


def compress(b: Builder, node: Node) -> None:
    """Compress by a list that the file has: positions that are known."""
    x, kept = b.tensor(node, 0), b.value(node, 1)
    if not isinstance(kept, Stored) or kept.known is None:
        raise NotUnderstood("how much it keeps is only known when the network runs")
    picked = tuple(int(n) for n in kept.known.reshape(-1).nonzero()[0])
    dim = 0
    if "axis" in node.fields:
        dim = axis_of(node.fields["axis"], len(x.shape))
    elif len(x.shape) > 1:
        size = 1
        for n in x.shape:
            size *= n
        x = b.add(node, make("view", shape=(size,)), (x,)).outputs[0]
    b.give(node, b.add(node, make("gather", dim=dim, indices=picked), (x,)).outputs[0])


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "RoiAlign": roi_align,
    "NonMaxSuppression": non_max_suppression,
    "NonZero": nonzero,
    "Compress": compress,
}
