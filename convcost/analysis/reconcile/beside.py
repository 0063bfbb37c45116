"""Counts of other tools beside ours, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.reconcile.counted import counted
from convcost.conventions.read import convention, names, of_metric
from convcost.errors import ConvcostError, listed, quoted, similar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.conventions.convention import Convention


def beside(analysis: Analysis, conventions: Sequence[Convention]) -> Analysis:
    """An analysis whose layers and totals have the counts of conventions, too, by their metrics
    (``thop.macs``), and those of a training step where ours are there. What a convention says
    nothing of is lacking in its layer."""
    layers, totals = list(analysis.layers), dict(analysis.totals)
    ways = (one for several in conventions for one in several.ways)
    by_metric = {one.metric: one for one in ways if one.base in totals}
    for metric, one in by_metric.items():
        found = counted(analysis, one)
        totals[metric] = found.total
        for number, layer in enumerate(found.layers):
            cost = layers[number]
            lacking = cost.lacking if layer.known else (*cost.lacking, metric)
            counts = {**cost.counts, metric: layer.total}
            layers[number] = cost._replace(counts=counts, lacking=lacking)
    return analysis._replace(layers=layers, totals=totals)


def total(analysis: Analysis, convention: Convention) -> int | None:
    """The total of a convention, as :func:`beside` has it; None where the convention says nothing
    of a layer."""
    found = counted(analysis, convention)
    return None if found.unknown else found.total


def counted_as(metric: str, own: Convention | None = None) -> Convention:
    """The convention that has a count, such as ``thop.macs``.

    Args:
        metric: the count.
        own: a convention of the user's own, of the name before the dot.

    Raises:
        ConvcostError: none has.
    """
    tool = metric.partition(".")[0]
    found = of_metric(metric) if own is None else _way(own, metric)
    if found is not None:
        return found
    if own is not None or tool in names():
        said = listed([f"`{one.metric}`" for one in (own or convention(tool)).ways])
        raise ConvcostError(f"{quoted(metric)} is not a count of {tool}, which has {said}")
    known = [one.metric for name in names() for one in convention(name).ways]
    notes = (
        f"counts of tools: {', '.join(known)}",
        f"a convention of your own is `{tool}.yaml`, beside the file of the limit",
    )
    if similar(tool, names(), "tool"):
        notes = similar(metric, known, "count")
    raise ConvcostError("\n  ".join((f"there is no tool {quoted(tool)}", *notes)))


def _way(own: Convention, metric: str) -> Convention | None:
    return next((one for one in own.ways if one.metric == metric), None)
