"""The memory of devices beside the counts of an analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.devices.chip import Chip, chip
from convcost.analysis.devices.fits import Fit, fit
from convcost.errors import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.devices.device import Device


def remembered(
    analysis: Analysis,
    devices: Sequence[Device],
    *,
    inplace: bool = False,
    algorithm: str | None = None,
) -> Analysis:
    """An analysis that says what a network takes of the memory of devices, too.

    Args:
        analysis: of a network.
        devices: what it runs on; those whose memory is not known are left out.
        inplace: element-wise layers write over their input where nothing else needs it.
        algorithm: the key of the algorithm of layers to which it applies.
    """
    found: dict[str, Fit | Chip] = {}
    for device in devices:
        if device.memory is None:
            continue
        size = device.memory.value
        if device.flash is None:
            found[device.name] = fit(analysis.network, size, inplace=inplace, algorithm=algorithm)
        else:
            found[device.name] = chip(analysis.network, size, device.flash.value)
    return analysis._replace(memory={**analysis.memory, **found})


def lacking(analysis: Analysis) -> Iterator[str]:
    """A sentence for each device that has less memory than the network takes."""
    for name, found in analysis.memory.items():
        if isinstance(found, Fit):
            parts = [("memory", found.bytes, found.capacity)]
        else:
            parts = [("RAM", found.arena, found.ram), ("flash", found.weights, found.flash)]
        short = [
            f"{taken - there:,} bytes of {what}" for what, taken, there in parts if taken > there
        ]
        if short:
            yield f"{name}: the network does not fit: {listed(short)} are missing"
