"""A network with its layers in the order that needs least memory."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import answering
from convcost.analysis.schedule.jobs import jobs_of
from convcost.analysis.schedule.order import best_order

if TYPE_CHECKING:
    from convcost.network import Network


class Ordered(NamedTuple):
    """A network in another order.

    Attributes:
        network: the same layers; in their own order where no better one was found.
        changed: whether the order is another one.
        least: whether no order has a lower peak.
    """

    network: Network
    changed: bool
    least: bool

    @property
    def said(self) -> str:
        """A sentence on the order."""
        if self.changed:
            how = "no order has a lower one" if self.least else "others may have a lower one"
            return f"layers are in another order than written, for a lower peak: {how}"
        if self.least:
            return "layers are in the order as written: no other has a lower peak"
        return "layers are in the order as written: no better one was found, but not all were tried"


@answering
def ordered(network: Network) -> Ordered:
    """A network whose layers run in the order in which fewest bytes are alive at once.

    Args:
        network: stays as it is.
    """
    jobs = jobs_of(network)
    found = best_order(jobs)
    changed = [*found.jobs] != [*range(len(jobs.jobs))]
    result = copy(network)
    result.layers = [network.layers[number] for number in found.jobs]
    return Ordered(result, changed, found.least)
