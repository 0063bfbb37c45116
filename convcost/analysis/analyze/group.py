"""Layers gathered by what they are or where they stand."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.figures import added_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost


class Group(NamedTuple):
    """Several layers: how many, and their counts together."""

    name: str
    layers: int
    counts: Mapping[str, int]


def op_of(layer: LayerCost) -> str:
    """The word for what a layer is: ``conv``."""
    return layer.op


def stage_of(layer: LayerCost) -> str:
    """The part of the network that a layer is in: the first word of its name, with the number that
    follows where it is one of several: ``stem``, ``stage.3``."""
    words = layer.name.split(".", 2)
    numbered = len(words) > 1 and words[1].isdecimal()
    return ".".join(words[: 1 + numbered])


def grouped(layers: Iterable[LayerCost], of: Callable[[LayerCost], str]) -> list[Group]:
    """A group for all layers of which ``of`` says the same, in the order in which they begin."""
    parts: dict[str, list[LayerCost]] = {}
    for layer in layers:
        parts.setdefault(of(layer), []).append(layer)
    return [
        Group(name, len(members), added_up([layer.counts for layer in members]))
        for name, members in parts.items()
    ]


def unnumbered(name: str) -> str:
    """A name without the number that it ends with: what is called otherwise is another thing, even
    where it costs the same."""
    return name.rstrip("0123456789")


def runs(groups: Sequence[Group]) -> list[list[Group]]:
    """Groups that follow each other, are called alike and have as many layers and the same counts,
    together."""
    return [list(run) for _, run in groupby(groups, key=_likeness)]


def _likeness(group: Group) -> tuple[str, int, Mapping[str, int]]:
    return unnumbered(group.name), group.layers, group.counts


def together(name: str, groups: Sequence[Group]) -> Group:
    """Several groups as one."""
    layers = sum(group.layers for group in groups)
    return Group(name, layers, added_up([group.counts for group in groups]))
