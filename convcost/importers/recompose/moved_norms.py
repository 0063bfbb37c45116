"""Norms over channels, written with the channels moved last and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.recompose.moves import order_of
from convcost.importers.recompose.rewrite import Match, one
from convcost.ops.dims import named
from convcost.ops.layer_norm import LayerNorm, RMSNorm

if TYPE_CHECKING:
    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer


def moved_norms(graph: Graph) -> list[Match]:
    """A norm between an order of axes and the one before: the norm over the axes where they lay."""
    found = (_norm(graph, layer) for layer in graph.layers)
    return [match for match in found if match is not None]


def _norm(graph: Graph, layer: Layer) -> Match | None:
    op = layer.op
    if not isinstance(op, (LayerNorm, RMSNorm)):
        return None
    first, last = graph.before(layer.inputs[0]), graph.after(layer)
    there, back = order_of(first), order_of(last)
    if first is None or last is None or there is None or back is None:
        return None
    if [there[axis] for axis in back] != list(range(len(there))):
        return None
    dim = tuple(there[axis] for axis in named(op.dim, layer.outputs[0].shape))
    if list(dim) != sorted(dim):  # weights lie in the order of axes
        return None
    parts = (first, layer, last)
    return one(parts, op.replaced(dim=dim), first.inputs, layer.weights)
