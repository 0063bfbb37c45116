"""The least time of a network on a device.

A piece takes as long as its arithmetic at the highest peak of the device, or as the bytes that it
cannot help moving, whichever is longer. A cache may hold what a piece reads when it starts, and
what it wrote when it ends, so as much as fits in it is not charged. Weights that stay there from
one pass to the next are not charged either. Pieces run one after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import answering, at_each
from convcost.analysis.devices.pieces import pieces
from convcost.devices.device import Device
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.devices.pieces import Piece
    from convcost.network import Layer

SECOND = 10**9
"""Nanoseconds."""

ARITHMETIC = "arithmetic"
MEMORY = "memory"


class Bound(NamedTuple):
    """The least time of a piece, in nanoseconds rounded down, and what takes it: "" where nothing
    does. ``layer`` is the one that stands for the piece."""

    layer: Layer
    time: int
    binds: str


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
        computed.append(2 * count * SECOND // peak(device, head) if count else 0)
    moved = _moved(found, computed, device)
    return [
        Bound(head, max(first, second), _binds(first, second))
        for head, first, second in zip(heads, computed, moved, strict=True)
    ]


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


def _binds(computed: int, moved: int) -> str:
    if not (computed or moved):
        return ""
    return ARITHMETIC if computed >= moved else MEMORY


def _moved(found: Sequence[Piece], computed: Sequence[int], device: Device) -> list[int]:
    """The times of bytes that no cache saves. The weights that it holds are taken off where that
    saves time: where a piece is bound by its memory."""
    if device.bandwidth is None or device.on_chip is None:
        return [0] * len(found)
    rate, held = device.bandwidth.value, device.on_chip.value
    left = held
    times: list[int] = []
    for piece, time in zip(found, computed, strict=True):
        moved = max(0, piece.read - held) + max(0, piece.written - held) + piece.weights
        saved = min(left, piece.weights, max(0, moved - time * rate // SECOND))
        left -= saved
        times.append((moved - saved) * SECOND // rate)
    return times
