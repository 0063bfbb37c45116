"""Biases that are added by a layer of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.recompose.group_norms import of_channels
from convcost.importers.recompose.rewrite import Match, one
from convcost.ops.conv import Conv
from convcost.ops.conv_transpose import ConvTranspose
from convcost.ops.join import Add
from convcost.ops.linear import Linear

if TYPE_CHECKING:
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
    add = graph.after(layer)
    if add is None or not isinstance(add.op, Add):
        return None
    made = layer.outputs[0].shape
    weight = of_channels(graph, layer, add, made, op.channels_axis % len(made))
    if weight is None:
        return None
    weights = {**layer.weights, "bias": weight}
    return one((layer, add), op.replaced(bias=True), layer.inputs, weights)
