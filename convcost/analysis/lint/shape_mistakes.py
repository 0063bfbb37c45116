"""CC401 to CC404: shapes that fit, and are hardly meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.lint.graph import Found, Graph
from convcost.errors import plural
from convcost.field import IDENTITY
from convcost.finding import Remedy
from convcost.spec.doubts import has_batch, has_channels_last, network_inputs
from convcost.spec.nodes import List, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.network import Layer
    from convcost.spec.model import Template


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
    for shape, template in _inputs(graph):
        if has_batch(shape):
            yield Found(
                f"{shape} is read as {plural(shape[0], 'channel')} of a volume {shape[1]} deep: "
                "shapes have no batch here",
                f"{shape[1:]}, and `--batch {shape[0]}`",
                source=template.node.source,
                remedy=_reordered(template, [1, 2, 3]) if shape[0] == 1 else None,
            )


def channels_last(graph: Graph) -> Iterator[Found]:
    """Inputs such as [224, 224, 3], which mean 224 channels here."""
    for shape, template in _inputs(graph):
        if has_channels_last(shape):
            yield Found(
                f"{shape} is read as {shape[0]} channels of maps of "
                f"{'x'.join(map(str, shape[1:]))}: channels come first here",
                f"{[shape[-1], *shape[:-1]]}",
                source=template.node.source,
                remedy=_reordered(template, [len(shape) - 1, *range(len(shape) - 1)]),
            )


def _reordered(template: Template, axes: Sequence[int]) -> Remedy | None:
    """A shape of some sizes of another, as they are written; None where it is not a list in
    brackets on one line."""
    node, sizes = template.node, [item.node for item in template.items]
    if not isinstance(node, List) or not node.flow or len(sizes) <= max(axes):
        return None
    inside, end, _ = node.file.rest(node.line, node.column).partition("]")
    if not end or not all(isinstance(size, Scalar) for size in sizes):
        return None
    written = [size.text for size in sizes if isinstance(size, Scalar)]
    return Remedy(f"[{', '.join(written[axis] for axis in axes)}]", inside + end)


def _inputs(graph: Graph) -> Iterator[tuple[list[int], Template]]:
    templates = graph.document.inputs if graph.document else {}
    for name, template in templates.items():
        tensor = graph.network.inputs.get(name)
        if tensor is not None and template is not None:
            yield list(tensor.sample_shape), template


def network_input(graph: Graph) -> Iterator[Found]:
    """`input` read in a repeated group, where each pass may be meant to read what comes to it."""
    for reference in network_inputs(graph.document) if graph.document else ():
        yield Found(
            "`input` is the network's, the same in every pass of this repeat",
            "`group.input` for what the pass reads; an input that is meant has a name of its own "
            "under `inputs:`",
            source=reference.node.source,
            remedy=Remedy("group.input", "input"),
        )
