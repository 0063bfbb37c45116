"""CC201 to CC203: parameters and arithmetic without use."""

from __future__ import annotations

from itertools import pairwise
from math import gcd, prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.lint.graph import (
    Found,
    Graph,
    by,
    channel_groups,
    in_channels,
    macs,
    mixes,
    out_channels,
    taps,
    window_steps,
)
from convcost.errors import plural
from convcost.finding import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.network import Layer

MOST_PAIRS = 4096  # of taps along an axis, looked at one by one


def bias_before_norm(graph: Graph) -> Iterator[Found]:
    """Layers with a bias for each channel, which only a norm that takes its channels' means away
    reads."""
    for layer in graph.layers:
        bias = layer.weights.get("bias")
        norm = graph.only_reader(layer)
        if bias is None or norm is None or not mixes(layer):
            continue
        if layer.op.channels_axis % len(layer.outputs[0].shape) != norm.op.channels_axis:
            continue  # its biases are not along the norm's channels
        over = norm.op.averages_taken(norm.inputs[0].shape)
        if over is not None:
            wasted, adds = prod(bias.shape), prod(layer.outputs[0].shape)
            yield Found(
                f"'{norm.name}' takes the mean of each {over} away again, so its {wasted:,} biases "
                f"({adds:,} adds) change nothing that training could learn",
                "`bias: false`; in a trained network take each bias off the running mean"
                if over == "batch"
                else "`bias: false`",
                layer,
                remedy=Remedy("false", field="bias"),
            )


def dead_layer(graph: Graph) -> Iterator[Found]:
    """Layers that no output needs, unless a layer that could not be read may need them."""
    if graph.network.unknown:
        return
    dead = {cost.layer: cost for cost in graph.analysis.layers if not cost.needed}
    before: dict[Layer, set[Layer]] = {}  # what is dead and leads to a dead layer, and that itself
    for cost in dead.values():
        layer = cost.layer
        led = before[layer] = {layer}
        for tensor in layer.inputs:
            maker = graph.edges.makers.get(tensor)
            if maker is not None and maker in dead:
                led |= before[maker]
        if any(graph.edges.readers(output) for output in layer.outputs):
            continue  # by dead layers: the last of them is the one to name
        spent = sum(dead[one].counts["macs"] for one in led)
        weights = sum(dead[one].counts["params"] for one in led)
        also = f" and {plural(len(led) - 1, 'layer')} that only it needs" if len(led) > 1 else ""
        yield Found(
            f"no output of the network needs this layer{also}: {weights:,} params and {spent:,} "
            "MACs for nothing",
            "`outputs:` names it, or it goes",
            layer,
        )


class Product(NamedTuple):
    """A convolution or linear layer as the numbers of a matrix product at each position."""

    layer: Layer
    inputs: int
    outputs: int
    groups: int
    taps: tuple[range, ...]  # by axis; none of a linear layer
    strides: tuple[int, ...]

    @classmethod
    def of(cls, layer: Layer) -> Product | None:
        """None for other layers, and where the weights are computed or shared out."""
        if not layer.op.weighs_taps or layer.op.scatters or len(layer.inputs) > 1:
            return None
        steps = window_steps(layer).values()
        windows, strides = tuple(map(taps, steps)), tuple(step.shift for step in steps)
        groups = channel_groups(layer)
        return cls(layer, in_channels(layer), out_channels(layer), groups, windows, strides)

    def then(self, other: Product) -> list[int]:
        """Taps along each axis of the one window that reads what both read in a row."""
        axes = zip(self.taps, other.taps, self.strides, strict=True)
        return [_taps(first, second, stride) for first, second, stride in axes]


def _taps(first: range, second: range, stride: int) -> int:
    """Taps of the smallest window that reads what both read along an axis, dilated where that
    does."""
    if len(first) * len(second) > MOST_PAIRS:
        return first[-1] - first[0] + (second[-1] - second[0]) * stride + 1
    ordered = sorted({x + y * stride for x in first for y in second})
    apart = {b - a for a, b in pairwise(ordered)}
    return len(ordered) if len(apart) <= 1 else ordered[-1] - ordered[0] + 1


def linear_pair(graph: Graph) -> Iterator[Found]:
    """Two linear layers with nothing between them that bends, where one would cost less.

    A product of two matrices is a matrix. It has more numbers than the two where the middle is
    narrow or the kernels are split (a factorisation on purpose), and fewer where it is not.
    """
    for layer in graph.layers:
        first = Product.of(layer)
        after = graph.only_reader(layer)
        while after is not None and after.op.rescales:
            after = graph.only_reader(after)
        second = Product.of(after) if after is not None else None
        if first is None or second is None or len(first.taps) != len(second.taps):
            continue
        window = first.then(second)
        groups = gcd(first.groups, second.groups)
        weights = second.outputs * (first.inputs // groups) * prod(window)
        positions = prod(second.layer.outputs[0].shape) // second.outputs
        now = _weights(first.layer) + _weights(second.layer)
        before, merged = macs(first.layer) + macs(second.layer), positions * weights
        if weights <= now and merged < before:
            borders = " but at the borders" if any(min(w) < 0 for w in second.taps) else ""
            one = f"a linear layer to {second.outputs}"
            if window:
                one = f"a {by(window)} convolution to {second.outputs} channels"
            yield Found(
                f"between it and '{second.layer.name}' is nothing non-linear: {one} computes the "
                f"same as both{borders}, with {weights:,} weights for {now:,} and {merged:,} MACs "
                f"for {before:,}",
                "an activation between them, or the one layer",
                layer,
            )


def _weights(layer: Layer) -> int:
    """Numbers of a layer's weight, its bias apart."""
    return prod(layer.weights["weight"].shape) if "weight" in layer.weights else 0
