"""Costs by the nodes of a model file: the one that a network was read from, or that a spec is
exported to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.network import Layer


class Named(NamedTuple):
    """The name of a node, or where ``node`` is false that of the first value that it makes."""

    name: str
    node: bool


class FileNode(NamedTuple):
    """A node of a file, and the layers that it became."""

    called: Named
    layers: Sequence[LayerCost]


def file_nodes(analysis: Analysis) -> list[FileNode]:
    """The nodes of a file that are layers, in order; nodes of one name are one.

    An array that a node reads is a layer without a node, and belongs to the first that reads it.
    ``export --to onnx`` calls values as the layers of a spec are called.
    """
    own = _names(analysis)
    edges = analysis.network.edges
    called: dict[Layer, Named] = {}
    for cost in reversed(analysis.layers):
        layer = cost.layer
        readers = (one for tensor in layer.outputs for one in edges.readers(tensor))
        name = own.get(layer) or next((called[one] for one in readers if one in called), None)
        if name is not None:
            called[layer] = name
    found: dict[Named, list[LayerCost]] = {}
    for cost in analysis.layers:
        if cost.layer in called:
            found.setdefault(called[cost.layer], []).append(cost)
    return [FileNode(name, layers) for name, layers in found.items()]


def _names(analysis: Analysis) -> Mapping[Layer, Named]:
    """The names of layers in the file, for those that it has nodes or values for."""
    layers = [cost.layer for cost in analysis.layers]
    if any(layer.node or layer.value for layer in layers):
        named = (layer for layer in layers if layer.node or layer.value)
        return {layer: Named(layer.node or layer.value, bool(layer.node)) for layer in named}
    outputs = {tensor: name for name, tensor in analysis.network.outputs.items()}
    made = ((layer, layer.outputs[0]) for layer in layers if layer.inputs)
    return {layer: Named(outputs.get(tensor, tensor.name), False) for layer, tensor in made}
