"""Axes of powers of two, on which a roofline is two straight lines."""

from __future__ import annotations

from math import ceil, floor, log2
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

    from convcost.analysis.devices.points import Point, Roofline

BEYOND = 2  # the least room on both sides of the ridge, in powers of two
NAMED = "ABCDE"  # the layers with the longest times


class Scale(NamedTuple):
    """Both axes: operations a byte, and operations a second, from the least to the most, as powers
    of two."""

    left: int
    right: int
    bottom: float
    top: float

    def across(self, intensity: Fraction) -> float:
        """Where operations a byte lie, from 0 to 1."""
        return _within((log2(intensity) - self.left) / (self.right - self.left))

    def up(self, rate: Fraction) -> float:
        """Where operations a second lie, from 0 to 1."""
        return _within((log2(rate) - self.bottom) / (self.top - self.bottom))


def _within(part: float) -> float:
    return min(1.0, max(0.0, part))


def scale_of(found: Roofline) -> Scale:
    """Axes with room for all layers and for the ridge."""
    places = [log2(point.intensity) for point in found.points]
    ridge = log2(found.ridge)
    left = floor(min(*places, ridge - BEYOND))
    right = ceil(max(*places, ridge + BEYOND))
    rates = [log2(point.rate) for point in found.points]
    top = max(log2(found.peak), *rates)
    return Scale(left, right, min(left + log2(found.bandwidth), *rates), top)


def dearest(found: Roofline) -> list[tuple[str, Point]]:
    """The layers that take longest, each with its letter."""
    longest = sorted(found.points, key=lambda point: -point.time)
    return [*zip(NAMED, longest, strict=False)]
