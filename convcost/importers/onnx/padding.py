"""Borders of every kind, along any axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.borders import bordered
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.parts import kept
from convcost.importers.onnx.windows import pairs

if TYPE_CHECKING:
    from convcost.importers.building.borders import Pairs
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

MODES = {
    "constant": "constant",
    "reflect": "reflect",
    "edge": "replicate",
    "wrap": "circular",
}


def pad(b: Builder, node: Node) -> None:
    """Pad: what a negative border cuts off, then borders; none of either is not a layer."""
    x = b.tensor(node, 0)
    borders = _borders(b, node, len(x.shape))
    word = node.get("mode", "constant")
    if word not in MODES:
        raise NotUnderstood(f"its mode is `{word}`, which no version of ONNX has")
    starts = [max(0, -before) for before, _ in borders]
    ends = [n + min(0, after) for n, (_, after) in zip(x.shape, borders, strict=True)]
    x = kept(b, node, x, range(len(x.shape)), starts, ends)
    grown = tuple((max(0, before), max(0, after)) for before, after in borders)
    if any(map(any, grown)):
        value = _value(b, node) if word == "constant" else 0.0
        if value is None:
            b.differ(node, "its border is of zeros here, since its value is only known at run time")
        x = bordered(b, node, x, grown, mode=MODES[word], value=value or 0.0)
    b.give(node, x)


def center_crop_pad(b: Builder, node: Node) -> None:
    """CenterCropPad: sizes along some axes, cut off or filled with zeros alike on both sides, the
    odd position at the end."""
    x, sizes = b.tensor(node, 0), b.ints(node, 1) or []
    rank = len(x.shape)
    axes = [axis_of(axis, rank) for axis in node.get("axes", range(rank))]
    wanted = dict(zip(axes, sizes, strict=True))
    more = [wanted.get(axis, n) - n for axis, n in enumerate(x.shape)]
    starts = [max(0, -d) // 2 for d in more]
    ends = [start + n + min(0, d) for start, n, d in zip(starts, x.shape, more, strict=True)]
    x = kept(b, node, x, range(rank), starts, ends)
    grown = tuple((max(0, d) // 2, max(0, d) - max(0, d) // 2) for d in more)
    b.give(node, bordered(b, node, x, grown) if any(map(any, grown)) else x)


def _borders(b: Builder, node: Node, rank: int) -> Pairs:
    """Positions before and after each axis; opset 2 has them as an attribute, opset 1 too, by
    another name."""
    if b.opset < 11:
        return pairs(node.get("pads", node.get("paddings", [0] * 2 * rank)), rank)
    given = b.ints(node, 1) or []
    if not node.has(3):
        return pairs(given, rank)
    axes = [axis_of(axis, rank) for axis in b.ints(node, 3) or []]
    by_axis = dict(zip(axes, pairs(given, len(axes)), strict=True))
    return tuple(by_axis.get(axis, (0, 0)) for axis in range(rank))


def _value(b: Builder, node: Node) -> float | None:
    """The number that a border is of, None where it is only known when the network runs."""
    if b.opset < 11:
        return node.get("value", 0.0)
    return b.number(node, 2) if node.has(2) else 0.0


ACTS = {"CenterCropPad": center_crop_pad, "Pad": pad}
