"""The layers of a network as the modules that their names spell, one inside another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.figures import added_up
from convcost.analysis.analyze.fold import like

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost

DEEPEST = 24
"""Words of a name that are modules; what is deeper lies in the last of them."""


class Module(NamedTuple):
    """A module, or several in a row that are alike: ``last`` is then the name of the last of them,
    and ``parts`` are those. ``layers`` are all that are inside, at any depth."""

    name: str
    parts: Sequence[Module | LayerCost]
    layers: Sequence[LayerCost]
    last: str = ""

    @property
    def counts(self) -> Mapping[str, int]:
        """The costs of all layers inside."""
        return added_up([layer.counts for layer in self.layers])


def modules(layers: Sequence[LayerCost]) -> Sequence[Module | LayerCost]:
    """Modules and layers as they lie side by side, each layer once, in the network's order."""
    return _inside(layers, 1)


def _inside(layers: Sequence[LayerCost], depth: int) -> Sequence[Module | LayerCost]:
    if depth > DEEPEST:
        return layers
    groups: dict[str, list[LayerCost]] = {}
    for layer in layers:
        groups.setdefault(".".join(layer.name.split(".")[:depth]), []).append(layer)
    return [*_runs([_part(name, inside, depth) for name, inside in groups.items()])]


def _part(name: str, layers: Sequence[LayerCost], depth: int) -> Module | LayerCost:
    """The part with a name: the layer if it is the only one, else a module. A module that holds
    nothing but one other module is replaced by it."""
    if len(layers) == 1:
        return layers[0]
    parts = _inside(layers, depth + 1)
    only = parts[0]
    return only if len(parts) == 1 and isinstance(only, Module) else Module(name, parts, layers)


def _runs(parts: Sequence[Module | LayerCost]) -> Iterator[Module | LayerCost]:
    """Modules that follow each other and are alike, as one that holds them."""
    run: list[Module] = []
    before: Hashable = None
    for part in (*parts, None):
        what = _alike(part) if isinstance(part, Module) else None
        if run and what != before:
            yield _together(run)
            run = []
        if isinstance(part, Module):
            run.append(part)
        elif part is not None:
            yield part
        before = what


def _alike(module: Module) -> Hashable:
    return tuple(like(layer, module.name) for layer in module.layers)


def _together(run: Sequence[Module]) -> Module:
    first = run[0]
    if len(run) == 1:
        return first
    layers = [layer for module in run for layer in module.layers]
    return Module(first.name, run, layers, run[-1].name)
