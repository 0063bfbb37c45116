"""The facts that rules ask of a network, worked out once."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from convcost.analysis.analyze.cost import analyze
from convcost.analysis.rf.receptive_field import views
from convcost.metrics import OF_OPS
from convcost.spec.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.rf.seen import View
    from convcost.errors import Source
    from convcost.finding import Level, Remedy
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor
    from convcost.window import Step

SIDES = {1: ("positions",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}
"""The names of positions along each spatial axis, by the number of axes."""


class Found(NamedTuple):
    """A finding of a rule: at a ``layer``, or else at a ``source``; ``level`` where it is not that
    of the rule; ``remedy`` where one value mends it."""

    message: str
    fix: str
    layer: Layer | None = None
    source: Source | None = None
    level: Level | None = None
    remedy: Remedy | None = None


Check: TypeAlias = "Callable[[Graph], Iterator[Found]]"
"""A rule's function."""


class Graph:
    """A network, and what is known of it."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers = network.layers
        self.document = network.document if isinstance(network.document, Document) else None
        self.edges = network.edges

    @cached_property
    def analysis(self) -> Analysis:
        """Its costs."""
        return analyze(self.network)

    @cached_property
    def seen(self) -> Mapping[Tensor, View]:
        """The view that each tensor has of the inputs."""
        return views(self.network)

    def only_reader(self, layer: Layer) -> Layer | None:
        """The one layer that reads a layer's output, as its first input, where nothing else does;
        a layer that could not be read may do so as well."""
        output, *more = layer.outputs
        readers = self.edges.readers(output)
        if more or not readers or self.edges.reads[output] > 1 or self.network.unknown:
            return None
        (reader,) = readers
        return reader if reader.inputs[0] is output else None


def fields_of(layer: Layer) -> Any:
    """A layer's op, whose fields are whatever it declares."""
    return layer.op


def mixes(layer: Layer) -> bool:
    """Whether a layer sums products of its first input with weights, learned or made by others."""
    given = layer.op.given(*layer.input_shapes)
    return macs(layer) > 0 and bool(layer.weights or given)


def only_moves(layer: Layer) -> bool:
    """Whether a layer computes nothing."""
    return not any(getattr(layer.op, metric)(*layer.input_shapes) for metric in OF_OPS)


def macs(layer: Layer) -> int:
    """Accumulated products of a layer."""
    return cast("int", layer.op.macs(*layer.input_shapes))


def window_steps(layer: Layer) -> dict[int, Step]:
    """The steps of the windows of a layer over its first input, by axis; empty for other layers."""
    if not layer.op.slides:
        return {}
    reads = layer.op.reads(*layer.input_shapes)[0]
    steps = {axis: how.step for axis, how in enumerate(reads) if axis >= 2 and not how.deformed}
    return {axis: step for axis, step in steps.items() if step is not None}


def taps(step: Step) -> range:
    """The positions that unit 0 of a window reads."""
    read = step.reads[0]
    assert isinstance(read, range)  # of windows, whatever else there is
    return read


def in_channels(layer: Layer) -> int:
    """Channels (features of a linear layer) of the first input."""
    return layer.inputs[0].shape[layer.op.channels_axis]


def channel_groups(layer: Layer) -> int:
    """Parts of the channels that a layer keeps apart, as many as channels where it is depthwise; 1
    where units read all of them, or it is not known which."""
    step = channels_read(layer)
    if step is None or {*map(len, step.reads)} != {step.shift}:
        return 1
    return in_channels(layer) // step.shift


def channels_read(layer: Layer) -> Step | None:
    """The channels of the first input that those of the output read; None where that is all, or
    not known."""
    channels = layer.op.reads(*layer.input_shapes)[0][layer.op.channels_axis]
    return channels.step if channels.axis == 1 and not channels.whole else None


def out_channels(layer: Layer) -> int:
    """Channels (features of a linear layer) of the output."""
    return layer.outputs[0].shape[layer.op.channels_axis]


def params(layer: Layer) -> int:
    """Learned numbers of a layer, shared ones too."""
    return sum(prod(weight.shape) for weight in layer.weights.values() if weight.learned)


def by(sizes: Sequence[object]) -> str:
    """Sizes of axes: ``3x3``."""
    return "x".join(map(str, sizes))


def agreed(values: Sequence[object]) -> str:
    """The value that all axes agree on, or each: ``2``, ``2x1``."""
    return str(values[0]) if len(set(values)) == 1 else by(values)
