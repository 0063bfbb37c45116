"""Counts of other tools beside ours, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.reconcile.counted import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.conventions.convention import Convention


def beside(analysis: Analysis, conventions: Sequence[Convention]) -> Analysis:
    """An analysis whose layers and totals have the counts of conventions, too, by their metrics
    (``thop.macs``). What a convention says nothing of is lacking in its layer."""
    layers, totals = list(analysis.layers), dict(analysis.totals)
    for convention in conventions:
        found = counted(analysis, convention)
        totals[convention.metric] = found.total
        for number, layer in enumerate(found.layers):
            cost = layers[number]
            lacking = cost.lacking if layer.known else (*cost.lacking, convention.metric)
            counts = {**cost.counts, convention.metric: layer.total}
            layers[number] = cost._replace(counts=counts, lacking=lacking)
    return analysis._replace(layers=layers, totals=totals)
