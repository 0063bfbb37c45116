"""From our MACs to the totals of other tools, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost import arguments
from convcost.allowance import answering
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.reconcile.counted import Counted, counted
from convcost.conventions.read import convention, names
from convcost.errors import plural, represented
from convcost.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis


class Step(NamedTuple):
    """A step from our MACs to a tool's total.

    Attributes:
        name: what it is about, such as ``batch norm``.
        adds: what it adds, in the tool's unit; negative where the tool counts less.
        layers: how many layers it is about.
        fault: whether it is a mistake of the tool.
        why: a sentence.
        assumed: how much of it is counted only if modules of PyTorch compute it, and the file does
            not say whether they do.
    """

    name: str
    adds: int
    layers: int
    fault: bool
    why: str
    assumed: int = 0


class Reconciled(NamedTuple):
    """A network, and how tools count it."""

    analysis: Analysis
    tools: Sequence[Counted]

    def __repr__(self) -> str:
        tools = plural(len(self.tools), "tool")
        macs = plural(self.analysis.totals["macs"], "MAC")
        return represented(self, f"of {self.analysis.network.name}", f"{macs}, and {tools}")


@answering
def reconcile(network: Network, *tools: str) -> Reconciled:
    """Count a network as other tools do.

    Args:
        network: what to count.
        tools: conventions by name (``fvcore``), or files of your own; all unless given.

    Returns:
        Reconciled: ``analysis`` is our count, ``tools`` those of the others, with the causes of
        each difference.

    Raises:
        ConvcostError: there is no such convention, or it has no value for a layer.
        TypeError: an argument is of another type than it is declared with.
    """
    arguments.instance("network", network, Network)
    for number, tool in enumerate(tools):
        arguments.text(f"tools[{number}]", tool)
    analysis = analyze(network)
    found = [convention(name) for name in tools or names()]
    return Reconciled(analysis, [counted(analysis, one) for one in found])


def steps(found: Counted) -> list[Step]:
    """Counts of a tool beside products, in the order of its convention."""
    result: list[Step] = []
    for name, counts in found.by_term.items():
        term = counts[0][1].term
        result.append(
            Step(
                name,
                sum(count.value for _, count in counts),
                len(counts),
                term.fault,
                term.why,
                sum(count.value for _, count in counts if count.assumed),
            )
        )
    return result
