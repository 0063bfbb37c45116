"""Counts of other tools beside ours, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.reconcile.counted import counted
from convcost.analysis.training import beside as training
from convcost.analysis.training.beside import asked_by
from convcost.conventions.read import convention, names
from convcost.errors import ConvcostError, Problem, SpecError, quoted, similar
from convcost.metrics import further

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.analysis.training.optimizers import Optimizer
    from convcost.budget.limit import Limit
    from convcost.conventions.convention import Convention


def beside(analysis: Analysis, conventions: Sequence[Convention]) -> Analysis:
    """An analysis whose layers and totals have the counts of conventions, too, by their metrics
    (``thop.macs``). What a convention says nothing of is lacking in its layer."""
    layers, totals = list(analysis.layers), dict(analysis.totals)
    for one in conventions:
        found, metric = counted(analysis, one), one.metric
        totals[metric] = found.total
        for number, layer in enumerate(found.layers):
            cost = layers[number]
            lacking = cost.lacking if layer.known else (*cost.lacking, metric)
            counts = {**cost.counts, metric: layer.total}
            layers[number] = cost._replace(counts=counts, lacking=lacking)
    return analysis._replace(layers=layers, totals=totals)


def counting(analysis: Analysis, limits: Iterable[Limit]) -> Analysis:
    """An analysis with the counts of other tools that limits name, as :func:`beside`, and with
    those of a training step.

    Raises:
        SpecError: there is no such tool, or it has no such count, of which the place says so.
    """
    wanted: dict[str, Convention] = {}
    of_step: dict[str, Sequence[Optimizer]] = {}
    wrong: list[Problem] = []
    for limit in limits:
        for metric in further([limit.metric]):
            try:
                optimizers = asked_by(metric)
                if optimizers is None:
                    wanted[metric] = counted_as(metric)
                else:
                    of_step[metric] = optimizers
            except ConvcostError as error:
                said, *notes = str(error).split("\n  ")
                wrong.append(Problem(said, limit.source, width=limit.width, notes=tuple(notes)))
    if wrong:
        raise SpecError(list(dict.fromkeys(wrong)))
    missing = [one for metric, one in wanted.items() if metric not in analysis.totals]
    if not of_step.keys() <= analysis.totals.keys():
        kept = [one for several in of_step.values() for one in several]
        analysis = training.beside(analysis, optimizers=[*dict.fromkeys(kept)])
    return beside(analysis, missing)


def unmet(analysis: Analysis) -> Sequence[str]:
    """The expectations of a network's author that do not hold, and the limits that are broken, of
    other tools' counts as well.

    Raises:
        SpecError: as :func:`counting`.
    """
    limits = [limit for limit in analysis.network.budget if not limit.relative]
    return counting(analysis, limits).unmet


def counted_as(metric: str) -> Convention:
    """The convention that has a count, such as ``thop.macs``.

    Raises:
        ConvcostError: none has.
    """
    tool = metric.partition(".")[0]
    if tool in names():
        found = convention(tool)
        if found.metric == metric:
            return found
        said = f"{quoted(metric)} is no count of {tool}, which has `{found.metric}`"
        raise ConvcostError(said)
    known = [convention(name).metric for name in names()]
    notes = similar(metric, known, "count") or (f"counts of tools: {', '.join(known)}",)
    raise ConvcostError("\n  ".join((f"there is no tool {quoted(tool)}", *notes)))
