"""The least time of a network on a device.

A piece takes as long as its arithmetic at the highest peak of the device, or as the bytes that it
cannot help moving, whichever is longer. A cache may hold what a piece reads when it starts, and
what it wrote when it ends, so as much as fits in it is not charged. Weights that stay there from
one pass to the next are not charged either. Pieces run one after another.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import answering, at_each
from convcost.analysis.devices.pieces import pieces
from convcost.devices.device import Device
from convcost.errors import ConvcostError
from convcost.number import at_least_zero, larger, smaller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.devices.pieces import Piece
    from convcost.network import Layer
    from convcost.number import Number

SECOND = 10**9
"""Nanoseconds."""

ARITHMETIC = "arithmetic"
MEMORY = "memory"


class Bound(NamedTuple):
    """The least time of a piece, in nanoseconds rounded down: that of its arithmetic, or of the
    bytes that it moves. ``layer`` is the one that stands for the piece."""

    layer: Layer
    computed: int
    moved: int

    @property
    def time(self) -> int:
        """The longer one of both times."""
        return cast("int", larger(self.computed, self.moved))

    @property
    def binds(self) -> str:
        """The part that takes the time; "" where nothing does."""
        if not (self.computed or self.moved):
            return ""
        return ARITHMETIC if self.computed >= self.moved else MEMORY


@answering
def bounds(analysis: Analysis, device: Device, *, fused: bool = False) -> list[Bound]:
    """The least time of each piece of a network.

    Args:
        analysis: of the network.
        device: what it runs on. Where its bandwidth or the size of its on-chip memory is not
            known, arithmetic alone is charged.
        fused: whether element-wise layers run with the layer before them.

    Raises:
        ConvcostError: the device has no peak for numbers that are multiplied.
    """
    found = pieces(analysis.network, fused=fused)
    macs = {cost.layer: cost.counts["macs"] for cost in analysis.layers}
    heads = [max(piece.layers, key=macs.__getitem__) for piece in found]
    computed: list[int] = []
    for piece, head in zip(found, at_each(heads), strict=True):
        count = sum(macs[layer] for layer in piece.layers)
        computed.append(seconds(2 * count, peak(device, head)) if count else 0)
    moved = _moved(found, computed, device)
    return [Bound(*times) for times in zip(heads, computed, moved, strict=True)]


def seconds(amount: int, rate: int) -> int:
    """The nanoseconds, rounded down, in which an amount is done at so much a second."""
    common = gcd(SECOND, rate)
    return amount * (SECOND // common) // (rate // common)


def peak(
    device: Device, layer: Layer, *, of: Callable[[Device, str], int | None] = Device.peak
) -> int:
    """The most operations a second of a device in a layer's numbers.

    Args:
        device: the device.
        layer: a layer with products.
        of: which of its peaks.

    Raises:
        ConvcostError: it is not known.
    """
    dtype = layer.inputs[0].dtype
    found = of(device, dtype)
    if found is None:
        known = ", ".join(device.dtypes)
        raise ConvcostError(
            f"{device.name}: nothing says how fast the device multiplies {dtype}\n"
            f"  it is known for {known}: give one of them by --dtype"
        )
    return found


def _moved(found: Sequence[Piece], computed: Sequence[int], device: Device) -> list[int]:
    """The times of bytes that no cache saves. The weights that it holds are taken off where that
    saves time: where a piece is bound by its memory."""
    if device.bandwidth is None or device.on_chip is None:
        return [0] * len(found)
    rate, held = device.bandwidth.value, device.on_chip.value
    common = gcd(SECOND, rate)
    left: Number = held
    times: list[int] = []
    for piece, time in zip(found, computed, strict=True):
        moved = at_least_zero(piece.read - held) + at_least_zero(piece.written - held)
        moved += piece.weights
        meanwhile = time * (rate // common) // (SECOND // common)
        saved = smaller(smaller(left, piece.weights), at_least_zero(moved - meanwhile))
        left -= saved
        times.append(seconds(cast("int", moved - saved), rate))
    return times
