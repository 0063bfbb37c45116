"""The findings of probes, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from convcost.analysis.rf.seen import Axis
    from convcost.network import Network


class Measured(NamedTuple):
    """A finding of a probe: the layer, the figure, as the formula has it and as it was seen."""

    layer: str
    metric: str
    formula: str
    executed: str


class Probed(NamedTuple):
    """The figures that were measured, and those that were not, as sentences with the reason."""

    measured: Sequence[Measured]
    left_out: Sequence[str]


def where(network: Network, axis: Axis) -> str:
    """An input axis as a person reads it, counted without the batch."""
    name = f" of '{printable(axis[0])}'" if len(network.inputs) > 1 else ""
    return f"input axis {axis[1] - 1}{name}"


def runs(positions: Collection[int]) -> str:
    """Positions as a person reads them: ``0..4, 7, 9..11``."""
    parts: list[str] = []
    ordered = sorted(positions)
    start = 0
    for index, position in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != position + 1:
            first = ordered[start]
            parts.append(str(first) if first == position else f"{first}..{position}")
            start = index + 1
    return ", ".join(parts) or "nothing"


def listed(texts: Sequence[str]) -> str:
    """Different texts, each once."""
    return "; ".join(dict.fromkeys(texts))
