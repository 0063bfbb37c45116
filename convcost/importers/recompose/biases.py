"""Biases that are added by a layer of their own."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.recompose.group_norms import of_channels
from convcost.importers.recompose.rewrite import Match, Step
from convcost.ops.conv import Conv
from convcost.ops.conv_transpose import ConvTranspose
from convcost.ops.join import Add
from convcost.ops.linear import Linear
from convcost.ops.reshape import Reshaping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer


def biases(graph: Graph) -> list[Match]:
    """Layers with weights and no bias, and the sums that add one to what they make."""
    found = (_bias(graph, layer) for layer in graph.layers)
    return [match for match in found if match is not None]


def _bias(graph: Graph, layer: Layer) -> Match | None:
    op = layer.op
    if not isinstance(op, (Linear, Conv, ConvTranspose)) or op.bias or len(layer.inputs) > 1:
        return None
    x = layer.outputs[0].shape
    views = [*_views(graph, layer)]
    before = (layer, *views)[-1]
    add = graph.after(before)
    if add is None or not isinstance(add.op, Add):
        return None
    axis = _kept(x, op.channels_axis % len(x), before.outputs[0].shape)
    if axis is None:
        return None
    weight = of_channels(graph, before, add, before.outputs[0].shape, axis)
    if weight is None:
        return None
    weights = {**layer.weights, "bias": weight}
    first = Step(op.replaced(bias=True), layer.inputs, weights, layer.name if views else "")
    after = (Step(view.op, (place,), None, view.name) for place, view in enumerate(views))
    return Match((layer, *views, add), (first, *after))


def _views(graph: Graph, layer: Layer) -> Iterator[Layer]:
    """The layers after one that only show what it made in another shape, as where a convolution
    along one axis is written as one along two."""
    after = graph.after(layer)
    while after is not None and isinstance(after.op, Reshaping):
        yield after
        after = graph.after(after)


def _kept(x: tuple[int, ...], axis: int, shape: tuple[int, ...]) -> int | None:
    """The axis of another shape that is the same axis as one of ``x``: as many elements before it,
    and as many along it."""
    before = prod(x[:axis])
    same = (n for n, size in enumerate(shape) if size == x[axis] and prod(shape[:n]) == before)
    return next(same, None)
