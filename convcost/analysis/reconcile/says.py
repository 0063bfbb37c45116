"""Meanings of a number that somebody has read somewhere: the simplest explanation first.

An explanation assumes something: which count it is, how it was written, and that it is of another
design than the one that was asked about. Each assumption has a cost, and costs add up.
"""

from __future__ import annotations

from itertools import chain, combinations
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.reconcile.elsewhere import designs
from convcost.analysis.reconcile.written import CUT_OFF, FLOPS, MACS, PARAMS
from convcost.errors import listed
from convcost.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.reconcile.counted import Counted
    from convcost.analysis.reconcile.elsewhere import Vary
    from convcost.analysis.reconcile.reconcile import Reconciled
    from convcost.analysis.reconcile.written import Said

OURS = {
    "macs": (MACS, 0),
    "flops": (FLOPS, 1),
    "params": (PARAMS, 1),
    "multiplies": (MACS, 4),
    "macs_in_bounds": (MACS, 5),
}
"""Our counts: what they are said to count, and what it takes to think of them."""

TOOL = 2
CONVOLUTIONS = 3
NOT_OURS_ELSEWHERE = 3  # tables of several designs are of papers, and papers print MACs
BY_FUNCTION = 2  # for each op that functions are assumed to compute
TWICE_OR_HALF = 7
OTHER_WORD = 1  # MACs that are called FLOPs, and the other way round
MOST_CHOICES = 6  # ops that modules or functions may compute


class Reading(NamedTuple):
    """One meaning of a number.

    Attributes:
        what: the count that is meant.
        value: it.
        fits: whether it may be written as the number.
        distance: how far it is from the number.
        cost: how much there is to assume, if it fits.
        at: of which design, "" for the one that was asked about.
        remark: what else must be so.
        exact: whether it rounds to the number, to all its digits.
    """

    what: str
    value: int
    fits: bool
    distance: Fraction
    cost: int
    at: str = ""
    remark: str = ""
    exact: bool = False


def readings(asked: Said, found: Reconciled, vary: Vary | None, most: int = 10) -> list[Reading]:
    """Possible meanings, the simplest explanation first, and the nearest counts after those.

    Other designs are tried where they may be a simpler explanation than the best of this one.

    Args:
        asked: the number.
        found: the network as tools count it.
        vary: makes the network with other vars and another shape of its only input; None for what
            cannot be.
        most: how many to list.
    """
    meant = list(_of(asked, found))
    least = min((one.cost for one in meant if one.fits), default=inf)
    seen: set[tuple[str, int]] = set()
    for design in designs(asked, found, vary) if vary else ():
        if least < design.cost:
            break
        for one in _of(asked, design.found, design.at, design.cost):
            if one.fits and one.remark in ("", CUT_OFF) and (one.what, one.value) not in seen:
                seen.add((one.what, one.value))
                meant.append(one)
                least = min(least, one.cost)
    return sorted(meant, key=_rank)[:most]


def _rank(one: Reading) -> tuple[bool, Fraction | int]:
    return (not one.fits, one.cost if one.fits else one.distance)


def _of(asked: Said, found: Reconciled, at: str = "", cost: int = 0) -> Iterator[Reading]:
    """The figures of a network that may be meant; ``cost`` is how far-fetched the network itself
    is."""
    totals = found.analysis.totals
    for metric, (counts, more) in OURS.items():
        yield _reading(asked, METRICS[metric].title, totals[metric], counts, cost + more, at)
    beyond = NOT_OURS_ELSEWHERE if at else 0
    convolutions = _of_convolutions(found.analysis)
    if convolutions not in (0, totals["macs"]):
        more = cost + CONVOLUTIONS + beyond
        yield _reading(asked, "MACs of convolutions", convolutions, MACS, more, at)
        yield _reading(asked, "FLOPs of convolutions", 2 * convolutions, FLOPS, more + 1, at)
    for tool in found.tools:
        yield from _of_tool(asked, tool, totals, at, cost + TOOL + beyond)


def _of_tool(
    asked: Said, tool: Counted, totals: Mapping[str, int], at: str, cost: int
) -> Iterator[Reading]:
    name, counts = tool.convention.metric, FLOPS if tool.convention.counts == FLOPS else MACS
    for value, functions in ways(tool):
        remark = f"if functions compute each {listed(functions)}" if functions else ""
        more = cost + BY_FUNCTION * len(functions)
        reading = _reading(asked, name, value, counts, more, at, remark)
        if not functions or reading.fits:
            yield reading
    for value, remark in ((2 * tool.total, "times 2"), (tool.total // 2, "divided by 2")):
        if value not in (totals["macs"], totals["flops"]):
            more = cost + TWICE_OR_HALF
            yield _reading(asked, name, value, counts, more, at, remark)


def _of_convolutions(analysis: Analysis) -> int:
    """The MACs of layers with windows of weights, which some count alone."""
    windows = (cost for cost in analysis.layers if hasattr(cost.layer.op, "kernel_size"))
    return sum(cost.counts["macs"] for cost in windows)


def ways(tool: Counted) -> Iterator[tuple[int, Sequence[str]]]:
    """A tool's total, and what it is if functions compute what modules are assumed to, op by op."""
    assumed: dict[str, int] = {}
    for layer, count in tool.assumed:
        assumed[layer.cost.op] = assumed.get(layer.cost.op, 0) + count.value
    choices = [*assumed][:MOST_CHOICES]
    for functions in chain.from_iterable(combinations(choices, n) for n in range(len(choices) + 1)):
        yield tool.total - sum(assumed[op] for op in functions), functions


def _reading(
    asked: Said, what: str, value: int, counts: str, cost: int, at: str = "", remark: str = ""
) -> Reading:
    way = asked.way(value)
    if asked.counts and asked.counts != counts:
        if PARAMS in (asked.counts, counts):
            way = None
        cost += OTHER_WORD
    return Reading(
        what,
        value,
        fits=way is not None,
        distance=abs(value - asked.value),
        cost=cost + (way.cost if way else 0),
        at=at,
        remark=", ".join(filter(None, (remark, way.remark if way else ""))),
        exact=way is not None and not way.remark,
    )
