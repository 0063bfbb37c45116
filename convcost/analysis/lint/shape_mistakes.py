"""CC401 and CC402: shapes that fit, and are hardly meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.lint.graph import Found, Graph
from convcost.field import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.network import Layer

COLOURS = (1, 3, 4)


def linear_on_map(graph: Graph) -> Iterator[Found]:
    """Linear layers along a spatial axis of a map."""
    for layer in graph.layers:
        if layer.op.channels_axis == -1 and _along_space(graph, layer):
            shape = list(layer.inputs[0].sample_shape)
            yield Found(
                f"it works along the last axis of a map {shape}, row by row, and never mixes "
                "channels",
                "`flatten` or `global_avg_pool` and `flatten` before it; for each position a 1x1 "
                "`conv`",
                layer,
            )


def _along_space(graph: Graph, layer: Layer) -> bool:
    """Whether a layer's last input axis is one of space. Features that an input has as its last
    axis look like it, so along a single axis a window must have moved."""
    tensor = layer.inputs[0]
    last = len(tensor.shape) - 1
    return any(
        seen.along(tensor.shape) == last and (last > 2 or seen.field.maps != (IDENTITY,))
        for seen in graph.seen[tensor].values()
    )


def batch_in_input(graph: Graph) -> Iterator[Found]:
    """Inputs such as [1, 3, 224, 224], which mean one channel and three dimensions here."""
    templates = graph.document.inputs if graph.document else {}
    for name, template in templates.items():
        tensor = graph.network.inputs.get(name)
        shape = list(tensor.sample_shape) if tensor else []
        if template is None or len(shape) != 4 or shape[0] != 1 or shape[1] not in COLOURS:
            continue
        if min(shape[2:]) > shape[1]:
            yield Found(
                f"{shape} is read as {shape[0]} channel of a volume {shape[1]} deep: shapes have "
                "no batch here",
                f"{shape[1:]}, and `--batch {shape[0]}`",
                source=template.node.source,
            )
