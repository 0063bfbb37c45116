"""Layers that together make one tensor of one other, and of stored arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.recompose.sampled import KNOWN, NotSampled, Taken, taken
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.importers.recompose.rewrite import Match
    from convcost.importers.recompose.sampled import Numbers
    from convcost.network import Layer
    from convcost.tensor import Tensor

MOST = 20  # layers that are looked at together: layer norms of JAX take 17, others up to 10


class Region(NamedTuple):
    """Layers in order, of which the last makes what others read; the others' outputs are read
    within. ``numbers`` are the stored arrays that are one known number, ``arrays`` the others."""

    layers: Sequence[Layer]
    x: Tensor
    numbers: Mapping[Tensor, float]
    arrays: Sequence[Tensor]

    @property
    def end(self) -> Layer:
        """The last of the layers."""
        return self.layers[-1]

    @property
    def is_chain(self) -> bool:
        """Whether each layer reads the one before and nothing else that is worked out."""
        return sum(layer.inputs.count(self.x) for layer in self.layers) == 1 and all(
            sum(tensor not in self.numbers for tensor in layer.inputs) == 1 for layer in self.layers
        )

    @property
    def written(self) -> Hashable:
        """All that its values follow from: regions are alike where this is equal, and networks
        repeat a lot."""
        made = [layer.outputs[0] for layer in self.layers]
        places = {tensor: place for place, tensor in enumerate((self.x, *self.arrays, *made))}
        wired = [
            (layer.op, *(self.numbers.get(t, f"{places.get(t)}") for t in layer.inputs))
            for layer in self.layers
        ]
        shapes = [tensor.shape for tensor in (self.x, *self.arrays, *self.numbers, *made)]
        return (*wired, *shapes, self.x.dtype)

    def taken(self) -> Taken | None:
        """The axes that the layers reduce; None where they are not reduced all together."""
        try:
            return taken(self.layers, self.x)
        except NotSampled:
            return None

    def given(self, x: Numbers, arrays: Sequence[Numbers]) -> Mapping[Tensor, Numbers]:
        """The numbers of all that the layers read."""
        known = {tensor: [number] for tensor, number in self.numbers.items()}
        return {self.x: x, **known, **dict(zip(self.arrays, arrays, strict=True))}


def ended(
    graph: Graph, ends: Collection[str], match: Callable[[Layer], Match | None]
) -> list[Match]:
    """The regions that layers of some ops end, the last layers first; no layer is part of two.

    Args:
        graph: the network.
        ends: the names of those ops.
        match: what a layer ends; None where that is nothing.
    """
    found: list[Match] = []
    gone: set[Layer] = set()
    if graph.ops.isdisjoint(ends):
        return found
    for end in reversed(graph.layers):
        if op_name(type(end.op)) not in ends or end in gone:
            continue
        made = match(end)
        if made is not None:
            found.append(made)
            gone.update(made.parts)
    return found


def regions(graph: Graph, end: Layer) -> Iterator[Region]:
    """The regions that a layer ends, small ones first."""
    inside: list[Layer] = []
    read: dict[Tensor, int] = {}
    open_ = {end.outputs[0]}
    stored: dict[Tensor, None] = {}
    while len(inside) < MOST:
        layer = _latest(graph, open_)
        if layer is None or op_name(type(layer.op)) not in KNOWN or len(layer.outputs) != 1:
            return
        made = layer.outputs[0]
        if layer is not end and (read[made] != graph.reads[made] or made in graph.outputs):
            return
        open_.discard(made)
        inside.append(layer)
        for tensor in layer.inputs:
            read[tensor] = read.get(tensor, 0) + 1
        worked_out, arrays = graph.split(layer)
        open_.update(worked_out)
        stored.update(dict.fromkeys(arrays))
        if len(open_) == 1:
            yield _region(graph, inside[::-1], next(iter(open_)), [*stored])


def _latest(graph: Graph, tensors: set[Tensor]) -> Layer | None:
    """The last of the layers that make some tensors; None where all are inputs of the network."""
    found = [graph.makers[tensor] for tensor in tensors if tensor in graph.makers]
    if len(found) < 2:
        return found[0] if found else None
    return max(found, key=graph.places.__getitem__)


def _region(graph: Graph, layers: list[Layer], x: Tensor, stored: list[Tensor]) -> Region:
    known = {tensor: graph.number(tensor) for tensor in stored}
    numbers = {tensor: number for tensor, number in known.items() if number is not None}
    return Region(layers, x, numbers, [tensor for tensor in stored if tensor not in numbers])
