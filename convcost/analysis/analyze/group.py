"""Layers gathered by what they are or where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.cost import COUNTS, PEAK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from convcost.analysis.analyze.cost import LayerCost


class Group(NamedTuple):
    """Several layers: how many, and the sums of their counts (of ``peak_activation_bytes`` the
    largest)."""

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
    return [Group(name, len(members), _sums(members)) for name, members in parts.items()]


def _sums(layers: Iterable[LayerCost]) -> Mapping[str, int]:
    sums = dict.fromkeys(COUNTS, 0)
    for layer in layers:
        for metric, count in layer.counts.items():
            sums[metric] = max(sums[metric], count) if metric == PEAK else sums[metric] + count
    return sums
