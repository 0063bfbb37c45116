"""Operators of the domain com.microsoft.nchwc: those of onnxruntime on maps and weights whose
channels lie in blocks as wide as the machine's registers.

Channels that do not fill their block are filled up with zeros, in weights that the file stores too;
products with those are made, so they are counted. Where elements lie changes no count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, transposed
from convcost.importers.building.borders import bordered
from convcost.importers.building.layouts import channels_last
from convcost.importers.onnx.fused import activated
from convcost.importers.onnx.pools import average_pool, max_pool, plain
from convcost.importers.onnx.products import convolved
from convcost.importers.onnx.resizing import resize

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node


IN_BLOCKS = "its weights, as all of its kind, are not read in the blocks that the file has them in"


def conv(b: Builder, node: Node) -> None:
    """Conv: with what is added to it, and an activation."""
    x = b.tensor(node, 0)
    missing = b.shape(node, 1)[1] * node.get("group", 1) - x.shape[1]
    if missing > 0:
        borders = tuple((0, missing if axis == 1 else 0) for axis in range(len(x.shape)))
        x = bordered(b, node, x, borders)
    y = convolved(b, node, x)
    if node.has(3):
        y = then(b, node, "add", y, b.tensor(node, 3))
    b.give(node, activated(b, node, y))
    if not any(IN_BLOCKS in said for said in b.network.differs):
        b.differ(node, IN_BLOCKS)


def reorder_input(b: Builder, node: Node) -> None:
    """ReorderInput: a map put into blocks, which moves all of its elements."""
    x = b.tensor(node, 0)
    rank = len(x.shape)
    order = (0, rank - 1, *range(1, rank - 1)) if node.get("channels_last", 0) else range(rank)
    b.give(node, transposed(b, node, x, *order))


def reorder_output(b: Builder, node: Node) -> None:
    """ReorderOutput: a map taken out of blocks, without the channels that filled them up."""
    x, channels = b.tensor(node, 0), node.fields["channels"]
    if channels != x.shape[1]:
        x = then(b, node, "slice", x, dims=(1,), starts=(0,), ends=(channels,))
    elif not node.get("channels_last", 0):
        x = transposed(b, node, x, *range(len(x.shape)))
    b.give(node, channels_last(b, node, x) if node.get("channels_last", 0) else x)


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": plain("global_avg_pool"),
    "GlobalMaxPool": plain("global_max_pool"),
    "Upsample": resize,
    "ReorderInput": reorder_input,
    "ReorderOutput": reorder_output,
}
