"""The layers of a network under the roofline of a device.

Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for Multicore
Architectures", 2009.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import answering
from convcost.analysis.devices.pieces import pieces
from convcost.analysis.devices.roofline import SECOND, bounds, peak
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.devices.device import Device


class Point(NamedTuple):
    """Layers that run as one, and multiply.

    Attributes:
        name: of the layer that stands for them.
        operations: two for each MAC.
        bytes: that come in and go out, before a cache saves any.
        time: the least, in nanoseconds.
        binds: what takes it.
        rate: operations a second, in that time; times of a few nanoseconds are rounded down, so it
            is cut off at the peak.
    """

    name: str
    operations: int
    bytes: int
    time: int
    binds: str
    rate: Fraction

    @property
    def intensity(self) -> Fraction:
        """Operations for each byte."""
        return Fraction(self.operations, max(1, self.bytes))


class Roofline(NamedTuple):
    """A network on a device.

    Attributes:
        device: its title.
        peak: operations a second at most, in the numbers of the network.
        bandwidth: bytes a second at most.
        points: layers that multiply, in order.
        others: how many multiply nothing.
        waiting: nanoseconds that those take.
        total: nanoseconds of the whole network.
    """

    device: str
    peak: int
    bandwidth: int
    points: Sequence[Point]
    others: int
    waiting: int
    total: int

    @property
    def ridge(self) -> Fraction:
        """The operations a byte from which on arithmetic bounds a layer."""
        return Fraction(self.peak, self.bandwidth)


@answering
def roofline(analysis: Analysis, device: Device, *, fused: bool = False) -> Roofline:
    """A network under the roofline of a device.

    Args:
        analysis: of the network.
        device: what it runs on.
        fused: whether element-wise layers run with the layer before them.

    Raises:
        ConvcostError: the device has no peak for the numbers of the network, or what it takes to
            know which bytes are moved is not known of it; or no layer multiplies.
    """
    if device.bandwidth is None or device.on_chip is None:
        unknown = "bandwidth" if device.bandwidth is None else "on-chip memory"
        raise ConvcostError(
            f"{device.name}: there is no roofline: the {unknown} of the device is not known\n"
            "  a file of your own may have it: see docs/devices.md"
        )
    macs = {cost.layer: cost.counts["macs"] for cost in analysis.layers}
    found = bounds(analysis, device, fused=fused)
    points: list[Point] = []
    peaks: list[int] = []
    for bound, piece in zip(found, pieces(analysis.network, fused=fused), strict=True):
        operations = 2 * sum(macs[layer] for layer in piece.layers)
        if operations:
            moved = piece.read + piece.written + piece.weights
            most = peak(device, bound.layer)
            rate = min(Fraction(most), Fraction(operations * SECOND, max(1, bound.time)))
            name, time = bound.layer.name, bound.time
            points.append(Point(name, operations, moved, time, bound.binds, rate))
            peaks.append(most)
    if not points:
        raise ConvcostError(
            f"{analysis.network.name}: no layer multiplies, so there is no roofline"
        )
    total = sum(bound.time for bound in found)
    return Roofline(
        device=device.title,
        peak=max(peaks),
        bandwidth=device.bandwidth.value,
        points=points,
        others=len(found) - len(points),
        waiting=total - sum(point.time for point in points),
        total=total,
    )
