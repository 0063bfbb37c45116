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
    from convcost.network import Layer, Network
    from convcost.ops.op import Op
    from convcost.tensor import Tensor, Weight


class Step(NamedTuple):
    """A layer to add. Its inputs are tensors of the network, or numbers of steps before it; it is
    named after the parts that it stands for, unless ``name`` says otherwise."""

    op: Op
    inputs: tuple[Tensor | int, ...]
    weights: Mapping[str, Weight] | None = None
    name: str = ""


class Match(NamedTuple):
    """Layers of a network, ``parts``, that are together what ``steps`` are, the last of which makes
    what the last of the parts made. Nothing else reads what the other parts make."""

    parts: Sequence[Layer]
    steps: Sequence[Step]


def one(
    parts: Sequence[Layer], op: Op, inputs: tuple[Tensor, ...], weights: Mapping[str, Weight]
) -> Match:
    """Layers that are together one op."""
    return Match(parts, (Step(op, inputs, weights),))


def rewritten(graph: Graph, matches: Sequence[Match]) -> Network:
    """The network with ops in the place of the layers that match.

    Stored arrays that have become part of an op are not layers any more. The network that was given
    stays as it is; layers that have not changed are the same objects.
    """
    if not matches:
        return graph.network
    result = copy(graph.network)
    result.layers = []
    names = _Names(graph)
    ends = {match.parts[-1]: match for match in matches}
    gone = {part for match in matches for part in match.parts}
    made: dict[Tensor, Tensor] = {}
    for layer in graph.layers:
        if layer in ends:
            made[layer.outputs[0]] = _placed(result, ends[layer], names, made)
        elif layer not in gone:
            result.layers.append(_reading(layer, made))
    result.outputs = {name: made.get(t, t) for name, t in graph.network.outputs.items()}
    result.held = {made.get(tensor, tensor) for tensor in graph.network.held}
    result.layers = _read_still(result, graph)
    return result


def _reading(layer: Layer, made: Mapping[Tensor, Tensor]) -> Layer:
    """The layer, reading other tensors where those are made anew."""
    if made.keys().isdisjoint(layer.inputs):
        return layer
    inputs = tuple(made.get(tensor, tensor) for tensor in layer.inputs)
    changed = copy(layer)
    changed.inputs = inputs
    return changed


def _placed(result: Network, match: Match, names: _Names, made: Mapping[Tensor, Tensor]) -> Tensor:
    end = match.parts[-1]
    names.forget(match)
    added: list[Layer] = []
    for step in match.steps:
        inputs = [
            added[n].outputs[0] if isinstance(n, int) else made.get(n, n) for n in step.inputs
        ]
        name, dtype = names.of(match, step), end.outputs[0].dtype
        layer = result.add(name, step.op, inputs, end.source, step.weights, dtype)
        layer.origin, maker = end.origin, _maker(match, step)
        layer.module, layer.around, layer.function = maker.module, maker.around, maker.function
        layer.in_place = maker.in_place
        layer.node, layer.value = maker.node, maker.value
        added.append(layer)
    (output,) = added[-1].outputs
    assert output.shape == end.outputs[0].shape, match
    return output


def _maker(match: Match, step: Step) -> Layer:
    """The layer that did what a step does: the first of its op, or else the last of all."""
    same = (part for part in match.parts if type(part.op) is type(step.op))
    return next(same, match.parts[-1])


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

    def forget(self, match: Match) -> None:
        """The names of layers that go are free again."""
        self.taken -= {part.name for part in match.parts}

    def of(self, match: Match, step: Step) -> str:
        """A name for a step."""
        return self._unique(step.name or self._base(match, step))

    def _base(self, match: Match, step: Step) -> str:
        """The path that the parts share, where nothing else is of that path."""
        same = (part.name for part in match.parts if type(part.op) is type(step.op))
        first = next(same, None)
        if first is not None or len(match.parts) == 1:
            return first or match.parts[0].name
        path = shared_path([part.name for part in match.parts])
        if not path:  # a graph whose nodes have lost their names may have kept those of arrays
            stored = (step.weights or {}).values()
            path = shared_path([weight.name.rpartition(".")[0] for weight in stored])
        leaves = {*self.graph.leaves([*match.parts])}
        own = sum(path in _paths(layer.name) for layer in (*match.parts, *leaves))
        if path and self.under[path] == own and len(match.steps) == 1:
            return path
        word = op_name(type(step.op))
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


def shared_path(names: Sequence[str]) -> str:
    """The words that names begin with alike."""
    words = zip(*(name.split(".") for name in names), strict=False)
    return ".".join(same[0] for same in takewhile(lambda each: len({*each}) == 1, words))
