"""Layers under the roof of a device: what they compute a second by what they compute a byte."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import plural
from convcost.render.html.element import element
from convcost.render.parts.numbers import large

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.devices.device import Device
    from convcost.render.html.element import Element, Node

WIDE, HIGH = 640, 360
LEFT, BELOW, ABOVE = 70, 40, 12
"""Room for the numbers at the axes."""
SECOND = 10**9
"""Nanoseconds."""


class _Dot(NamedTuple):
    """Layers at one place: operations a byte, and operations a second."""

    x: float
    y: float
    layers: list[int]


class _Scale(NamedTuple):
    """Powers of ten along both axes, the first and the last of each."""

    across: tuple[int, int]
    up: tuple[int, int]

    def x(self, value: float) -> float:
        """The place of a value across."""
        first, last = self.across
        return LEFT + (WIDE - LEFT - 10) * (log10(value) - first) / (last - first)

    def y(self, value: float) -> float:
        """The place of a value from above."""
        first, last = self.up
        return HIGH - BELOW - (HIGH - BELOW - ABOVE) * (log10(value) - first) / (last - first)


def roofline(analysis: Analysis, device: Device) -> Sequence[Node]:
    """The layers that compute something, by their estimates where there are any, or else by the
    least times that they can take."""
    metric = device.estimate if device.estimate in analysis.totals else device.bound
    dots = _dots(analysis.layers, metric)
    if not dots:
        return [element("p", {}, "No layer takes any time here.")]
    peak = device.peak(analysis.network.layers[0].outputs[0].dtype)
    rate = device.bandwidth and device.bandwidth.value
    scale = _scale(dots, peak, rate)
    kind = "estimates" if metric == device.estimate else "least times"
    said = (
        f"{device.title}: layers by operations a byte and operations a second, from their {kind}; "
        "2 operations a MAC, inputs, outputs and weights moved once."
    )
    if metric == device.bound:
        said += " Above the slope are those that may find in a cache what they read."
    view = {"class": "scatter", "viewBox": f"0 0 {WIDE} {HIGH}", "role": "img", "aria-label": said}
    drawn = (
        *_axes(scale),
        element("path", {"class": "roof", "d": _roof(scale, peak, rate)}),
        *(_circle(analysis, dot, scale) for dot in dots),
    )
    return [element("svg", view, *drawn), element("p", {"class": "dim"}, said)]


def _dots(layers: Sequence[LayerCost], metric: str) -> list[_Dot]:
    found: dict[tuple[float, float], list[int]] = {}
    for at, cost in enumerate(layers):
        operations, moved, time = (cost.counts[m] for m in ("flops", "traffic_bytes", metric))
        if operations and moved and time and metric not in cost.uncounted:
            place = operations / moved, operations * SECOND / time
            found.setdefault(place, []).append(at)
    return [_Dot(*place, at) for place, at in found.items()]


def _scale(dots: Sequence[_Dot], peak: int | None, rate: int | None) -> _Scale:
    """All dots, and the ridge of the roof, between powers of ten."""
    across = [dot.x for dot in dots] + ([peak / rate] if peak and rate else [])
    up = [dot.y for dot in dots] + ([peak] if peak else [])
    return _Scale(_powers(across), _powers(up))


def _powers(values: Sequence[float]) -> tuple[int, int]:
    first, last = floor(log10(min(values))), ceil(log10(max(values)))
    return first, max(last, first + 1)


def _axes(scale: _Scale) -> Iterator[Element]:
    bottom, right = HIGH - BELOW, WIDE - 10
    for power in range(scale.across[0], scale.across[1] + 1):
        x = f"{scale.x(10.0**power):.1f}"
        yield element("path", {"class": "grid", "d": f"M{x} {ABOVE}V{bottom}"})
        about = {"x": x, "y": bottom + 16, "text-anchor": "middle"}
        yield element("text", about, _tick(power))
    for power in range(scale.up[0], scale.up[1] + 1):
        y = scale.y(10.0**power)
        yield element("path", {"class": "grid", "d": f"M{LEFT} {y:.1f}H{right}"})
        about = {"x": LEFT - 6, "y": f"{y + 4:.1f}", "text-anchor": "end"}
        yield element("text", about, f"{_tick(power)}/s")
    middle = (LEFT + right) // 2
    yield element(
        "text", {"x": middle, "y": HIGH - 4, "text-anchor": "middle"}, "operations a byte"
    )


def _tick(power: int) -> str:
    return large(10**power) if power >= 0 else f"{10.0**power:.{-power}f}"


def _roof(scale: _Scale, peak: int | None, rate: int | None) -> str:
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


def _circle(analysis: Analysis, dot: _Dot, scale: _Scale) -> Element:
    first = analysis.layers[dot.layers[0]].name
    more = f" and {plural(len(dot.layers) - 1, 'more layer')}" if len(dot.layers) > 1 else ""
    said = f"{first}{more}: {dot.x:.3g} operations a byte, {large(round(dot.y))} a second"
    about = {
        "class": "dot",
        "cx": f"{scale.x(dot.x):.1f}",
        "cy": f"{scale.y(dot.y):.1f}",
        "r": 5,
        "data-at": " ".join(map(str, dot.layers)),
    }
    return element("circle", about, element("title", {}, said))
