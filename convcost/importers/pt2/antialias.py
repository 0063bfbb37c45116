"""Resizing that reads more positions the more it shrinks (``antialias=True``), written out.

Axis by axis, the last one first, as PyTorch's kernel goes: the positions that each unit reads,
times weights that sizes alone decide, summed. Windows that reach over an edge are counted whole, as
those of convolutions are; the weights beyond it are 0.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work
from convcost.importers.building.apply import constant, then
from convcost.importers.building.node import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor

CUBIC = Fraction(-1, 2)  # the `a` of Keys' kernel, which is -3/4 without antialias


class Axis(NamedTuple):
    """The windows of units along an axis: equally many positions and weights of each."""

    taps: int
    positions: list[int]
    weights: list[Fraction]


def linear(t: Fraction) -> Fraction:
    """The weight of a position at a distance, in a triangle."""
    return max(Fraction(0), 1 - abs(t))


def cubic(t: Fraction) -> Fraction:
    """The weight of a position at a distance, in Keys' cubic convolution."""
    t, a = abs(t), CUBIC
    if t < 1:
        return ((a + 2) * t - (a + 3)) * t * t + 1
    return (((t - 5) * t + 8) * t - 4) * a if t < 2 else Fraction(0)


def windows(
    n: int, units: int, scale: Fraction, reach: int, kernel: Callable[..., Fraction]
) -> Axis:
    """The windows of an axis.

    Args:
        n: its positions.
        units: of the output along it.
        scale: positions from one unit to the next.
        reach: positions that the kernel reads on each side where it does not shrink.
        kernel: weights by distance.
    """
    wider = max(scale, Fraction(1))
    support = reach * wider
    work(units * (2 * ceil(support) + 1), "writing out the weights of a resize")
    half, found = Fraction(1, 2), list[tuple[int, list[Fraction]]]()
    for unit in range(units):
        centre = scale * (unit + half)
        first = max(int(centre - support + half), 0)
        last = min(int(centre + support + half), n)
        weights = [kernel((at - centre + half) / wider) for at in range(first, last)]
        whole = sum(weights)
        found.append((first, [weight / whole for weight in weights]))
    taps = max(len(weights) for _, weights in found)
    positions = [min(first + tap, n - 1) for first, _ in found for tap in range(taps)]
    padded = [weights + [Fraction(0)] * (taps - len(weights)) for _, weights in found]
    return Axis(taps, positions, [weight for weights in padded for weight in weights])


def antialiased(kernel: Callable[..., Fraction], reach: int) -> Callable[[Builder, Node], None]:
    """_upsample_bilinear2d_aa and _upsample_bicubic2d_aa."""

    def act(b: Builder, node: Node) -> None:
        x, stated = b.tensor(node, 0), b.stated(node)
        if stated is None:
            raise NotUnderstood("the shape of what it makes is not stated")
        given = [node.get(name, None) for name in ("scales_h", "scales_w")]
        factors = node.get("scale_factors", None) or given
        for axis in (3, 2):
            n, units = x.shape[axis], stated.shape[axis]
            scale = _scale(node, n, units, factors[axis - 2])
            x = _resized(b, node, x, axis, windows(n, units, scale, reach, kernel))
        b.give(node, x)

    return act


def _scale(node: Node, n: int, units: int, factor: float | None) -> Fraction:
    """The positions from one unit to the next."""
    if node.get("align_corners", False):
        return Fraction(n - 1, units - 1) if units > 1 else Fraction(0)
    return 1 / Fraction(factor).limit_denominator(1 << 20) if factor else Fraction(n, units)


def _resized(b: Builder, node: Node, x: Tensor, axis: int, along: Axis) -> Tensor:
    """A tensor resized along an axis."""
    units = len(along.positions) // along.taps
    read = then(b, node, "gather", x, dim=axis, indices=tuple(along.positions))
    shape = (*x.shape[:axis], units, along.taps, *x.shape[axis + 1 :])
    read = then(b, node, "view", read, shape=shape)
    wide = (units, along.taps, *(1,) * (len(x.shape) - axis - 1))
    assert prod(wide) == len(along.weights)
    name = f"weights{axis}"
    weighed = then(b, node, "multiply", read, constant(b, node, name, along.weights, *wide))
    return then(b, node, "sum", weighed, dim=(axis + 1,), keepdim=False)


ACTS = {
    "_upsample_bilinear2d_aa": antialiased(linear, 1),
    "_upsample_bicubic2d_aa": antialiased(cubic, 2),
}
