"""Layers put in the place of others, under names that say which module they are."""

from __future__ import annotations

from collections import Counter
from copy import copy
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer, Network, Tensor, Weight
    from convcost.ops.op import Op


class Match(NamedTuple):
    """Layers of a network, ``parts``, that are together what ``ops`` are one after the other.

    Nothing but the last of the parts is read by others. ``inputs`` and ``weights`` are those of the
    first op. ``named`` has names for the ops, where they do not follow from those of the parts.
    """

    parts: Sequence[Layer]
    ops: Sequence[Op]
    inputs: tuple[Tensor, ...]
    weights: Mapping[str, Weight]
    named: Sequence[str] = ()


def rewritten(graph: Graph, matches: Sequence[Match]) -> Network:
    """The network with ops in the place of the layers that match; the other layers are the same.

    Stored arrays that have become part of an op are no layers any more.
    """
    if not matches:
        return graph.network
    result = copy(graph.network)
    result.layers = []
    names = _Names(graph)
    ends = {match.parts[-1]: match for match in matches}
    gone = {part for match in matches for part in match.parts}
    for layer in graph.layers:
        if layer in ends:
            _place(result, ends[layer], names)
        elif layer not in gone:
            result.layers.append(layer)
    result.layers = _read_still(result, graph)
    return result


def _place(result: Network, match: Match, names: _Names) -> None:
    end = match.parts[-1]
    called = match.named or names.of(match)
    tensors: Sequence[Tensor] = match.inputs
    for number, (op, name) in enumerate(zip(match.ops, called, strict=True)):
        weights = None if number else match.weights
        added = result.add(name, op, tensors, end.source, weights, end.outputs[0].dtype)
        added.origin = end.origin
        tensors = added.outputs
    last = result.layers[-1]
    assert last.outputs[0].shape == end.outputs[0].shape, match
    last.outputs = end.outputs


def _read_still(result: Network, graph: Graph) -> list[Layer]:
    """The layers without those that pass on arrays which nothing reads any more."""
    reads = Counter(tensor for layer in result.layers for tensor in layer.inputs)
    kept: list[Layer] = []
    for layer in reversed(result.layers):
        made = layer.outputs[0]
        stored = not layer.inputs or (layer.op.view and graph.leaf(made) is not None)
        if stored and graph.reads[made] and not reads[made] and made not in graph.outputs:
            reads.subtract(layer.inputs)
        else:
            kept.append(layer)
    return kept[::-1]


class _Names:
    """Names for layers that stand in the place of others."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.taken = {layer.name for layer in graph.layers}
        self.under = Counter(path for layer in graph.layers for path in _paths(layer.name))

    def of(self, match: Match) -> list[str]:
        """A name for each op."""
        self.taken -= {part.name for part in match.parts}
        return [self._unique(self._base(match, op)) for op in match.ops]

    def _base(self, match: Match, op: Op) -> str:
        """The path that the parts share, where nothing else is of that path."""
        same = (part.name for part in match.parts if type(part.op) is type(op))
        first = next(same, None)
        if first is not None or len(match.parts) == 1:
            return first or match.parts[0].name
        path = _shared([part.name for part in match.parts])
        if not path:  # a graph whose nodes have lost their names may have kept those of arrays
            path = _shared([w.name.rpartition(".")[0] for w in match.weights.values()])
        leaves = {*self.graph.leaves([*match.parts])}
        own = sum(path in _paths(layer.name) for layer in (*match.parts, *leaves))
        if path and self.under[path] == own:
            return path
        word = op_name(type(op))
        return f"{path}.{word}" if path else word

    def _unique(self, base: str) -> str:
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}{number}", number + 1
        self.taken.add(name)
        return name


def _paths(name: str) -> Iterator[str]:
    """The name and what it lies in: ``a.b``, ``a``."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _shared(names: Sequence[str]) -> str:
    """The words that names begin with alike."""
    words = zip(*(name.split(".") for name in names), strict=False)
    return ".".join(same[0] for same in takewhile(lambda each: len({*each}) == 1, words))
