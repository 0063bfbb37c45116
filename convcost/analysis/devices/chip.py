"""RAM and flash of a microcontroller that a network takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import answering
from convcost.analysis.schedule.arena import arena
from convcost.analysis.schedule.deployed import buffers, deployed
from convcost.analysis.schedule.order import best_order
from convcost.further_metrics import ARENA, FLASH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.network import Network


class Chip(NamedTuple):
    """The memory that a network takes, in bytes.

    Attributes:
        ram: of the device.
        flash: of the device.
        arena: of tensors, where the runtime places them.
        weights: of all that is stored in flash, without graph and program.
        reordered: the arena with kernels in the order in which fewest bytes are alive.
        alive: the most that are alive at once in that order.
        least: whether no order has fewer.
    """

    ram: int
    flash: int
    arena: int
    weights: int
    reordered: int
    alive: int
    least: bool

    @property
    def taken(self) -> Mapping[str, int]:
        """The figures that limits are held against, by the ends of their metrics."""
        return {ARENA: self.arena, FLASH: self.weights}

    @property
    def fits(self) -> bool:
        """Whether the device has as much of both."""
        return self.arena <= self.ram and self.weights <= self.flash


@answering
def chip(network: Network, ram: int, flash: int) -> Chip:
    """Memory of a microcontroller that a network takes.

    Args:
        network: what runs; its dtype is the one that is deployed.
        ram: bytes of the device.
        flash: bytes of the device.
    """
    found = deployed(network)
    order = best_order(found.jobs)
    given = arena(buffers(found.jobs, range(len(found.jobs.jobs))))
    return Chip(
        ram=ram,
        flash=flash,
        arena=given,
        weights=found.flash,
        reordered=min(given, arena(buffers(found.jobs, order.jobs))),
        alive=order.peak,
        least=order.least,
    )
