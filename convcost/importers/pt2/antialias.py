"""Resizing that reads more positions the more it shrinks (``antialias=True``)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.resampled import LINEAR, Places, cubic, resampled, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.building.resampled import Kernel
    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node

SHARPNESS = Fraction(-1, 2)  # of cubic weights, which is -3/4 without antialias


def antialiased(kernel: Kernel) -> Callable[[Builder, Node], None]:
    """_upsample_bilinear2d_aa and _upsample_bicubic2d_aa."""

    def act(b: Builder, node: Node) -> None:
        x, stated = b.tensor(node, 0), b.stated(node)
        if stated is None:
            raise NotUnderstood("the shape of what it makes is not stated")
        given = [node.get(name, None) for name in ("scales_h", "scales_w")]
        factors = node.get("scale_factors", None) or given
        for axis in (3, 2):
            n, units = x.shape[axis], stated.shape[axis]
            step = _step(node, n, units, factors[axis - 2])
            wider, half = max(step, Fraction(1)), Fraction(1, 2)
            along = Places(n, units, step * half - half, step, wider, cut=True)
            x = resampled(b, node, x, axis, windows(along, kernel))
        b.give(node, x)

    return act


def _step(node: Node, n: int, units: int, factor: float | None) -> Fraction:
    """The positions from one unit to the next."""
    if node.get("align_corners", False):
        return Fraction(n - 1, units - 1) if units > 1 else Fraction(0)
    return 1 / Fraction(factor).limit_denominator(1 << 20) if factor else Fraction(n, units)


ACTS = {
    "_upsample_bilinear2d_aa": antialiased(LINEAR),
    "_upsample_bicubic2d_aa": antialiased(cubic(SHARPNESS)),
}
