"""Networks in the order of a figure, and which of them an estimate cannot tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from convcost.analysis.analyze.network_cost import Analysis


class Ranked(NamedTuple):
    """A network in its place.

    Attributes:
        place: from 1; networks of one figure share it.
        label: what the network is called.
        analysis: of it.
        value: its figure.
        near: whether it is nearer to the network before it than figures are exact.
    """

    place: int
    label: str
    analysis: Analysis
    value: int
    near: bool


def ranked(
    labels: Sequence[str], analyses: Sequence[Analysis], metric: str, error: Fraction | None = None
) -> list[Ranked]:
    """Networks from the least figure to the most.

    Args:
        labels: one for each.
        analyses: of the networks, with the metric among their totals.
        metric: what they are ordered by.
        error: how far off the figures are, as a part of each; None where they are exact.
    """
    pairs = sorted(
        zip(labels, analyses, strict=True), key=lambda pair: pair[1].totals[metric]
    )  # those of one figure stay in the order that was given
    found: list[Ranked] = []
    for number, (label, analysis) in enumerate(pairs, start=1):
        value, before = analysis.totals[metric], found[-1] if found else None
        same = before is not None and before.value == value
        near = before is not None and value - before.value < (error or 0) * value
        place = before.place if before is not None and same else number
        found.append(Ranked(place, label, analysis, value, near))
    return found
