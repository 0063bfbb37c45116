"""Costs by the nodes of the file that a network was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.cost import Analysis, LayerCost
    from convcost.network import Layer


class FileNode(NamedTuple):
    """A node of a file by its name there, or where ``named`` is false by that of the first value
    that it makes; and the layers that it became."""

    name: str
    named: bool
    layers: Sequence[LayerCost]


def file_nodes(analysis: Analysis, format_: str, shows: str) -> list[FileNode]:
    """The nodes of a file that are layers, in order; nodes of one name are one. An array that a
    node reads is a layer without one, and belongs to the first that reads it.

    Args:
        analysis: of its network.
        format_: the name of the format that asks for them.
        shows: the program that shows them.

    Raises:
        ConvcostError: the network was not read from a file with nodes.
    """
    found: dict[tuple[str, bool], list[LayerCost]] = {}
    of: dict[Layer, tuple[str, bool]] = {}
    edges = analysis.network.edges
    for cost in reversed(analysis.layers):
        layer = cost.layer
        readers = (one for tensor in layer.outputs for one in edges.readers(tensor) if one in of)
        reader = next(readers, None)
        if layer.node or layer.value:
            of[layer] = layer.node or layer.value, bool(layer.node)
        elif reader is not None:
            of[layer] = of[reader]
    for cost in analysis.layers:
        if cost.layer in of:
            found.setdefault(of[cost.layer], []).append(cost)
    if not found:
        raise ConvcostError(
            f"--format {format_}: {shows} shows model files, so this is for an .onnx or a .pt2: "
            "`convcost export SPEC --to onnx` makes one of a spec"
        )
    return [FileNode(name, named, layers) for (name, named), layers in found.items()]
