"""Layers under the roof of a device: what they compute a second by what they compute a byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.devices.estimate import multiplied
from convcost.errors import plural
from convcost.render.html.element import element
from convcost.render.html.scatter import dot, scale_of, scatter
from convcost.render.parts.numbers import large

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.devices.device import Device
    from convcost.render.html.element import Element, Node
    from convcost.render.html.scatter import Scale

SECOND = 10**9
"""Nanoseconds."""


class _Dot(NamedTuple):
    """Layers at one place: operations a byte, and operations a second."""

    x: float
    y: float
    layers: list[int]


def roofline(analysis: Analysis, device: Device) -> Sequence[Node]:
    """The layers that compute something, by their estimates where there are any, or else by the
    least times that they can take."""
    metric = device.estimate if device.estimate in analysis.totals else device.bound
    dots = _dots(analysis.layers, metric)
    if not dots:
        return [element("p", {}, "No layer takes any time here.")]
    peak = device.peak(analysis.network.layers[0].outputs[0].dtype)
    rate = device.bandwidth and device.bandwidth.value
    across = [one.x for one in dots] + ([peak / rate] if peak and rate else [])
    scale = scale_of(across, [one.y for one in dots] + ([peak] if peak else []))
    kind = "least times"
    if metric == device.estimate and device.calibration:
        kind = f"estimates ({device.calibration.used_for(multiplied(analysis)).off})"
    said = (
        f"{device.title}: layers by operations a byte and operations a second, from their {kind}; "
        "2 operations a MAC, inputs, outputs and weights moved once."
    )
    if metric == device.bound:
        said += " Above the slope are those that may find in a cache what they read."
    drawn = (
        element("path", {"class": "roof", "d": _roof(scale, peak, rate)}),
        *(_circle(analysis, one, scale) for one in dots),
    )
    titles = ("operations a byte", "operations a second")
    return [scatter(scale, titles, "/s", said, drawn), element("p", {"class": "dim"}, said)]


def _dots(layers: Sequence[LayerCost], metric: str) -> list[_Dot]:
    found: dict[tuple[float, float], list[int]] = {}
    for at, cost in enumerate(layers):
        operations, moved, time = (cost.counts[m] for m in ("flops", "traffic_bytes", metric))
        if operations and moved and time and metric not in cost.uncounted:
            place = operations / moved, operations * SECOND / time
            found.setdefault(place, []).append(at)
    return [_Dot(*place, at) for place, at in found.items()]


def _roof(scale: Scale, peak: int | None, rate: int | None) -> str:
    """Up along the bandwidth, and flat at the peak; what is not known is left out."""
    first, last = (10.0**power for power in scale.across)
    if not peak:
        return ""
    level, right = scale.y(peak), scale.x(last)
    if not rate:
        return f"M{scale.x(first):.1f} {level:.1f}H{right:.1f}"
    lowest = max(first, 10.0 ** scale.up[0] / rate)
    ridge = min(max(peak / rate, lowest), last)
    start = f"M{scale.x(lowest):.1f} {scale.y(lowest * rate):.1f}"
    return f"{start}L{scale.x(ridge):.1f} {scale.y(ridge * rate):.1f}H{right:.1f}"


def _circle(analysis: Analysis, at: _Dot, scale: Scale) -> Element:
    first = analysis.layers[at.layers[0]].name
    more = f" and {plural(len(at.layers) - 1, 'more layer')}" if len(at.layers) > 1 else ""
    said = f"{first}{more}: {at.x:.3g} operations a byte, {large(round(at.y))} a second"
    return dot(scale, at.x, at.y, said, at.layers)
