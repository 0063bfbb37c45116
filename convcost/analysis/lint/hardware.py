"""CC301 to CC303: what processors do badly, and what groups never do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.figures import intensity
from convcost.analysis.lint.graph import (
    Found,
    Graph,
    channel_groups,
    channels_read,
    in_channels,
    mixes,
    only_moves,
    out_channels,
)
from convcost.errors import plural
from convcost.window import SAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.network import Layer

MULTIPLE = 8  # of channels, for the matrix units of GPUs at 16 bits
LEAST_SHARE = 100  # a layer with less than one MAC of so many is too small to matter
LEAST_MOVED = 10  # percent of a network's bytes: less than that is nobody's trouble
LEAST_INTENSITY = 2  # MACs a byte: processors do more arithmetic than that while a byte moves


def uneven_channels(graph: Graph) -> Iterator[Found]:
    """Layers whose number of output channels is not a multiple of 8, but for those of the network's
    outputs and those too small to matter."""
    last = _last_products(graph)
    for cost in graph.analysis.layers:
        layer = cost.layer
        if not mixes(layer) or layer in last or _steers(graph, layer):
            continue
        channels, groups = out_channels(layer), channel_groups(layer)
        small = cost.counts["macs"] * LEAST_SHARE < graph.analysis.totals["macs"]
        if (
            channels % MULTIPLE == 0
            or channels < MULTIPLE
            or small
            or groups in (channels, in_channels(layer))
        ):
            continue
        above = -(-channels // MULTIPLE) * MULTIPLE
        yield Found(
            f"{channels} output channels are not a multiple of {MULTIPLE}: matrix units work on a "
            "few zeros instead, or not at all",
            f"{above - MULTIPLE} or {above} channels",
            layer,
        )


def _last_products(graph: Graph) -> set[Layer]:
    """The layers with weights that make the network's outputs: their channels are what the task
    wants."""
    wanted = set(graph.edges.outputs)
    last: set[Layer] = set()
    for layer in reversed(graph.layers):
        if not wanted.isdisjoint(layer.outputs):
            if mixes(layer):
                last.add(layer)
            else:
                wanted.update(layer.inputs)
    return last


def _steers(graph: Graph, layer: Layer) -> bool:
    """Whether a layer's output says where others sample, which fixes its channels."""
    frontier = [layer.outputs[0]]
    for tensor in frontier:
        for reader in graph.edges.readers(tensor):
            offsets = reader.op.offsets_input
            if offsets is not None and tensor is not reader.inputs[0]:
                return True
            if only_moves(reader):
                frontier += reader.outputs
    return False


def starved_depthwise(graph: Graph) -> Iterator[Found]:
    """Depthwise layers that move much and compute little: one finding for all of a network."""
    slow = [cost for cost in graph.analysis.layers if _starves(cost)]
    macs, moved = (_share(slow, graph.analysis.totals, what) for what in ("macs", "traffic_bytes"))
    if not slow or moved < LEAST_MOVED:
        return
    worst = max(slow, key=lambda cost: cost.counts["traffic_bytes"])
    ratio = intensity(worst.counts) or 0
    them = "it does" if len(slow) == 1 else f"the {plural(len(slow), 'depthwise layer')} like it do"
    yield Found(
        f"depthwise, {ratio:.2g} MACs a byte moved: {them} {macs} % of the MACs and {moved} % of "
        "the bytes, and the time follows the bytes",
        "fuse it with its norm and activation; a larger kernel costs little here",
        worst.layer,
    )


def _starves(cost: LayerCost) -> bool:
    layer, ratio = cost.layer, intensity(cost.counts)
    if not layer.op.slides or not mixes(layer) or ratio is None or ratio >= LEAST_INTENSITY:
        return False
    return 1 < channel_groups(layer) == in_channels(layer)


def _share(costs: Sequence[LayerCost], totals: Mapping[str, int], metric: str) -> int:
    """In percent, rounded."""
    part, whole = sum(cost.counts[metric] for cost in costs), totals[metric]
    return (200 * part + whole) // (2 * whole) if whole else 0


def groups_apart(graph: Graph) -> Iterator[Found]:
    """Grouped convolutions in a row between which nothing mixes the groups."""
    for layer in graph.layers:
        if not mixes(layer):
            continue
        groups = channel_groups(layer)
        if not 1 < groups < in_channels(layer):
            continue
        after = graph.only_reader(layer)
        while after is not None and _apart(after):
            after = graph.only_reader(after)
        if after is None or not mixes(after) or not groups < in_channels(after):
            continue
        if channel_groups(after) == groups:
            yield Found(
                f"its {groups} groups stay apart in '{after.name}', which has the same: no channel "
                "sees another group's",
                f"{{op: channel_shuffle, groups: {groups}}} between them, or a convolution without "
                "groups",
                layer,
            )


def _apart(layer: Layer) -> bool:
    """Whether a layer keeps channels apart, where they are."""
    before, after = layer.inputs[0].shape, layer.outputs[0].shape
    stay = len(before) == len(after) and before[1] == after[1]
    return len(layer.inputs) == 1 and stay and channels_read(layer) == SAME
