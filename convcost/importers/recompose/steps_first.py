"""Recurrent layers that read steps before samples, of which there is one, between two reshapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.recompose.rewrite import Match, Step
from convcost.ops.recurrent import Recurrent
from convcost.ops.reshape import Reshape, Reshaping, View

if TYPE_CHECKING:
    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer


def steps_first(graph: Graph) -> list[Match]:
    """Such layers, as ones that read samples first: of one sample, the numbers lie the same."""
    found = (_recurrent(graph, layer) for layer in graph.layers)
    return [match for match in found if match is not None]


def _recurrent(graph: Graph, layer: Layer) -> Match | None:
    op = layer.op
    if not isinstance(op, Recurrent) or op.dim != 0 or len(layer.inputs) != 1:
        return None
    first, last = graph.before(layer.inputs[0]), graph.after(layer)
    if first is None or last is None:
        return None
    if not (isinstance(first.op, Reshaping) and isinstance(last.op, Reshaping)):
        return None
    (x,), (steps, samples, features) = first.inputs, layer.inputs[0].shape
    if samples != 1 or x.shape != (1, steps, features):
        return None
    turned = op.replaced(dim=1)
    inner = layer.name.startswith(f"{first.name}.")
    made = [Step(turned, (x,), layer.weights, first.name if inner else layer.name)]
    shape = last.outputs[0].shape
    if shape != turned.output(x.shape):
        view = Reshape(shape=shape[1:]) if shape[0] == 1 else View(shape=shape)
        made.append(Step(view, (0,), None, last.name))
    return Match((first, layer, last), made)
