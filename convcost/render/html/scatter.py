"""Dots between two axes of powers of ten, each of which says what it is."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, NamedTuple

from convcost.render.html.element import element
from convcost.render.parts.numbers import large

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.render.html.element import Element

WIDE, HIGH = 640, 360
LEFT, RIGHT, BELOW, ABOVE = 70, 28, 40, 24
"""Room around the dots, for what is written at the axes."""


class Scale(NamedTuple):
    """The powers of ten along both axes, the first and the last of each."""

    across: tuple[int, int]
    up: tuple[int, int]

    def x(self, value: float) -> float:
        """The place of a value across."""
        first, last = self.across
        return LEFT + (WIDE - LEFT - RIGHT) * (log10(value) - first) / (last - first)

    def y(self, value: float) -> float:
        """The place of a value from above."""
        first, last = self.up
        return HIGH - BELOW - (HIGH - BELOW - ABOVE) * (log10(value) - first) / (last - first)


def scale_of(across: Sequence[float], up: Sequence[float]) -> Scale:
    """The scale that has room for values, all of which are larger than 0."""
    return Scale(_powers(across), _powers(up))


def scatter(
    scale: Scale, titles: tuple[str, str], unit: str, said: str, drawn: Iterable[Element]
) -> Element:
    """Axes, and what is drawn between them.

    Args:
        scale: of both axes.
        titles: of the axis across, and of the other one.
        unit: after the numbers of the axis that goes up.
        said: all of it, for those who do not see it.
        drawn: dots and lines, placed by the scale.
    """
    view = {"class": "scatter", "viewBox": f"0 0 {WIDE} {HIGH}", "role": "img", "aria-label": said}
    return element("svg", view, *_axes(scale, titles, unit), *drawn)


def dot(scale: Scale, x: float, y: float, title: str, places: Sequence[int] = ()) -> Element:
    """A dot with what is said where the pointer rests on it; ``places`` are those of layers that it
    stands for."""
    about = {
        "class": "dot",
        "cx": f"{scale.x(x):.1f}",
        "cy": f"{scale.y(y):.1f}",
        "r": 5,
        "data-at": " ".join(map(str, places)) or None,
    }
    return element("circle", about, element("title", {}, title))


def _powers(values: Sequence[float]) -> tuple[int, int]:
    first, last = floor(log10(min(values))), ceil(log10(max(values)))
    return first, max(last, first + 1)


def _axes(scale: Scale, titles: tuple[str, str], unit: str) -> Iterator[Element]:
    bottom, right = HIGH - BELOW, WIDE - RIGHT
    for power in range(scale.across[0], scale.across[1] + 1):
        x = f"{scale.x(10.0**power):.1f}"
        yield element("path", {"class": "grid", "d": f"M{x} {ABOVE}V{bottom}"})
        yield element("text", {"x": x, "y": bottom + 16, "text-anchor": "middle"}, _tick(power))
    for power in range(scale.up[0], scale.up[1] + 1):
        y = scale.y(10.0**power)
        yield element("path", {"class": "grid", "d": f"M{LEFT} {y:.1f}H{right}"})
        about = {"x": LEFT - 6, "y": f"{y + 4:.1f}", "text-anchor": "end"}
        yield element("text", about, f"{_tick(power)}{unit}")
    middle = (LEFT + right) // 2
    yield element("text", {"x": middle, "y": HIGH - 4, "text-anchor": "middle"}, titles[0])
    yield element("text", {"x": 4, "y": 12}, titles[1])


def _tick(power: int) -> str:
    return large(10**power) if power >= 0 else f"{10.0**power:.{-power}f}"
