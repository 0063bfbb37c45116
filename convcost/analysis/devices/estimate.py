"""The time that a network takes on a device whose times for other networks were measured, or that
has the factor of such a device.

Frameworks run layers one by one, in mixed precision where numbers are half as wide as float32. Each
is charged for its arithmetic and for all bytes that it moves. The two overlap in part: their times
count as the sides of a right angle, of which the time is the longest side. The sum over all layers
is multiplied by one factor, which measurements give.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt, prod
from typing import TYPE_CHECKING, cast

from convcost.allowance import answering, at_each
from convcost.analysis.devices.mixed import traffic
from convcost.analysis.devices.pieces import attentions, piece_of
from convcost.analysis.devices.roofline import SECOND, peak
from convcost.devices.device import Device
from convcost.number import Column, smaller
from convcost.traced import through_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.network import Layer, Network
    from convcost.number import Number


WINDOWED = 3
"""How often convolutions with windows move their maps: besides reading one and writing the other,
most libraries rearrange both, from channels first to channels last and back."""

TILE = 64
DEPTH = 32
"""Units for matrix products make so many columns of a product at once, and take so many products
for each of their numbers: where there are fewer, they work as long."""

PARTS = 10**6  # of a nanosecond, below which times are rounded down


def multiplied(analysis: Analysis) -> list[str]:
    """The types of the numbers that a network multiplies."""
    layers = (cost.layer for cost in analysis.layers if cost.counts["macs"])
    return [*dict.fromkeys(layer.inputs[0].dtype for layer in layers)]


def unfused(analysis: Analysis, device: Device) -> Mapping[Layer, Fraction] | None:
    """The nanoseconds of each layer at a device's peaks; None where its bandwidth is not known.

    Args:
        analysis: of the network.
        device: what it runs on.

    Raises:
        ConvcostError: the device has no peak for numbers that are multiplied.
    """
    found = _unfused(analysis, device)
    if found is None:
        return None
    return {layer: Fraction(time, PARTS) for layer, time in found.items()}


@answering
def _unfused(analysis: Analysis, device: Device) -> Mapping[Layer, int] | None:
    """As :func:`unfused`, in parts of a nanosecond."""
    if device.bandwidth is None:
        return None
    moved = {**traffic(analysis), **_within_calls(analysis.network)}
    needed = {cost.layer: cost for cost in analysis.layers if cost.needed}
    times = dict.fromkeys(moved, 0)
    for layer in at_each([*needed]):
        macs = needed[layer].counts["macs"]
        memory = _parts(moved[layer] * _moves(layer), device.bandwidth.value)
        arithmetic = _arithmetic(device, layer, macs) if macs else 0
        times[layer] = _root(arithmetic * arithmetic + memory * memory)
        if device.launch and moved[layer]:
            times[layer] += device.launch.value * PARTS
    return times


def _parts(amount: int, rate: int) -> int:
    """The parts of a nanosecond in which an amount is done at so much a second."""
    common = gcd(SECOND * PARTS, rate)
    return amount * (SECOND * PARTS // common) // (rate // common)


def _root(square: int) -> int:
    """The square root, rounded down."""
    traced = through_columns(roots, square)
    return isqrt(square) if traced is None else cast("int", traced)


def roots(square: Number) -> Number:
    """The square root of each number, rounded down."""
    if isinstance(square, Column):
        return Column([isqrt(one) for one in square.rows.tolist()])
    return isqrt(cast("int", square))


def _moves(layer: Layer) -> int:
    """How often a layer moves its maps."""
    taps = prod(getattr(layer.op, "kernel_size", ()))
    return WINDOWED if layer.op.weighs_taps and (taps > 1 or _groups(layer) > 1) else 1


def _arithmetic(device: Device, layer: Layer, macs: int) -> int:
    """The time of products, in parts of a nanosecond."""
    work, groups = 2 * macs, _groups(layer)
    axis = layer.op.channels_axis if layer.op.weighs_taps else -1
    made, dtype = layer.outputs[0].shape, layer.inputs[0].dtype
    if groups > 1 and groups == layer.inputs[0].shape[axis]:
        return _parts(work, peak(device, layer, of=Device.vector_peak))
    rate = peak(device, layer, of=Device.peak_in_float32)
    if dtype not in device.matrix:
        return _parts(work, rate)
    columns, depth = -(-made[axis] // groups), -(-macs // prod(made))
    work = work * SECOND * PARTS * _whole(columns, TILE) * _whole(depth, DEPTH)
    return work // (columns * depth) // rate


def estimates(analysis: Analysis, device: Device) -> Mapping[Layer, int] | None:
    """The nanoseconds that each layer takes; None where the device has no factor.

    Args:
        analysis: of the network.
        device: what it runs on.

    Raises:
        ConvcostError: the device has no peak for numbers that are multiplied.
    """
    found = _unfused(analysis, device) if device.calibration else None
    if found is None or device.calibration is None:
        return None
    above, below = (device.calibration.factor / PARTS).as_integer_ratio()
    return {layer: nearest(time * above, below) for layer, time in found.items()}


def nearest(above: int, below: int) -> int:
    """A quotient, rounded; of two ints that are as near to the even one, as Python does it."""
    twice = 2 * above + below
    found = twice // (2 * below)
    between = 1 - cast("int", smaller(twice % (2 * below), 1))
    return found - between * (found % 2)


def _groups(layer: Layer) -> int:
    groups = getattr(layer.op, "groups", 1)
    return groups if isinstance(groups, int) else 1


def _whole(size: int, tile: int) -> int:
    """A size in whole tiles."""
    return -(-size // tile) * tile


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
