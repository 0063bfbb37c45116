"""The time that a network takes on a device whose times for other networks were measured.

Frameworks run layers one by one. Each is charged for its arithmetic, and then for all bytes that it
moves; the sum is multiplied by one factor, which those measurements give. Convolutions in groups
run on the vector units, since their matrices are too small for others.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from convcost.allowance import answering, at_each
from convcost.analysis.devices.pieces import attentions, piece_of
from convcost.analysis.devices.roofline import SECOND, peak

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.analysis.analyze.cost import Analysis
    from convcost.devices.device import Device
    from convcost.network import Layer, Network


@answering
def unfused(analysis: Analysis, device: Device) -> Mapping[Layer, Fraction] | None:
    """The nanoseconds of each layer at a device's peaks; None where its bandwidth is not known.

    Args:
        analysis: of the network.
        device: what it runs on.

    Raises:
        ConvcostError: the device has no peak for numbers that are multiplied.
    """
    if device.bandwidth is None:
        return None
    moved = {cost.layer: cost.counts["traffic_bytes"] for cost in analysis.layers}
    moved |= _within_calls(analysis.network)
    needed = {cost.layer: cost for cost in analysis.layers if cost.needed}
    times = dict.fromkeys(moved, Fraction(0))
    for layer in at_each([*needed]):
        time = Fraction(moved[layer] * SECOND, device.bandwidth.value)
        if macs := needed[layer].counts["macs"]:
            time += Fraction(2 * macs * SECOND, peak(device, layer, vector=_in_groups(layer)))
        times[layer] = time
    return times


def estimates(analysis: Analysis, device: Device) -> Mapping[Layer, int] | None:
    """The nanoseconds that each layer takes; None where nothing was measured on the device.

    Args:
        analysis: of the network.
        device: what it runs on.

    Raises:
        ConvcostError: the device has no peak for numbers that are multiplied.
    """
    found = unfused(analysis, device) if device.calibration else None
    if found is None or device.calibration is None:
        return None
    factor = device.calibration.factor
    return {layer: round(time * factor) for layer, time in found.items()}


def _in_groups(layer: Layer) -> bool:
    groups = getattr(layer.op, "groups", 1)
    return isinstance(groups, int) and groups > 1


def _within_calls(network: Network) -> Mapping[Layer, int]:
    """The bytes of attentions that one line of a model calls: only what comes in and goes out."""
    moved: dict[Layer, int] = {}
    for layers in attentions(network):
        sources = {layer.source for layer in layers}
        if len(sources) == 1 and None not in sources:
            whole = piece_of(layers, network.edges)
            moved |= dict.fromkeys(layers, 0)
            moved[layers[-1]] = whole.read + whole.written
    return moved
