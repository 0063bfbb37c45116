"""Resizing by sums of products, written out, where ``upsample`` weighs what lies around a unit in
another way: where windows widen as an axis shrinks (antialias), and by other kernels than its own.

Axis by axis, the last one first, as kernels of runtimes go: the positions that each unit reads,
times weights that sizes alone decide, summed. Windows that reach over an edge are counted whole, as
those of convolutions are; the weights beyond it are 0.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work
from convcost.importers.building.apply import constant, then

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor


class Kernel(NamedTuple):
    """Weights of positions by their distance from a unit; 0 from ``reach`` on."""

    reach: int
    weight: Callable[[Fraction], Fraction]


class Places(NamedTuple):
    """The places of the ``units`` of an axis among its ``n`` positions: ``start + unit * step``.

    ``wider`` is how much wider windows are than where nothing shrinks, at least 1. If ``cut``, the
    weights of what lies beyond an edge are left out, and the others are made to sum up to 1; else
    the edge goes on.
    """

    n: int
    units: int
    start: Fraction
    step: Fraction
    wider: Fraction
    cut: bool


class Axis(NamedTuple):
    """The windows of units along an axis: equally many positions and weights of each."""

    taps: int
    positions: list[int]
    weights: list[Fraction]


def _triangle(t: Fraction) -> Fraction:
    return max(Fraction(0), 1 - abs(t))


LINEAR = Kernel(1, _triangle)
"""A triangle."""


def cubic(a: Fraction) -> Kernel:
    """Keys' cubic convolution."""

    def weight(t: Fraction) -> Fraction:
        t = abs(t)
        if t < 1:
            return ((a + 2) * t - (a + 3)) * t * t + 1
        return (((t - 5) * t + 8) * t - 4) * a if t < 2 else Fraction(0)

    return Kernel(2, weight)


def windows(along: Places, kernel: Kernel) -> Axis:
    """The windows of an axis."""
    n, support = along.n, kernel.reach * along.wider
    work(along.units * (2 * ceil(support) + 1), "writing out the weights of a resize")
    found = [_window(along, kernel, along.start + unit * along.step) for unit in range(along.units)]
    taps = max(len(weights) for _, weights in found)
    positions = [min(first + tap, n - 1) for first, _ in found for tap in range(taps)]
    padded = [weights + [Fraction(0)] * (taps - len(weights)) for _, weights in found]
    return Axis(taps, positions, [weight for weights in padded for weight in weights])


def _window(along: Places, kernel: Kernel, place: Fraction) -> tuple[int, list[Fraction]]:
    """The first position that a unit reads, and the weights from there on."""
    support = kernel.reach * along.wider
    reached = range(floor(place + 1 - support), floor(place + 1 + support))
    weighed = [(at, kernel.weight((at - place) / along.wider)) for at in reached]
    inside = [max(0, min(at, along.n - 1)) for at in reached]
    if along.cut:
        weighed = [(at, weight) for at, weight in weighed if 0 <= at < along.n]
        inside = [at for at, _ in weighed]
    whole = sum(weight for _, weight in weighed)
    weights = [Fraction(0)] * (inside[-1] - inside[0] + 1)
    for at, (_, weight) in zip(inside, weighed, strict=True):
        weights[at - inside[0]] += weight / whole
    return inside[0], weights


def resampled(b: Builder, node: Node, x: Tensor, axis: int, along: Axis) -> Tensor:
    """A tensor resized along an axis."""
    units = len(along.positions) // along.taps
    read = then(b, node, "gather", x, dim=axis, indices=tuple(along.positions))
    shape = (*x.shape[:axis], units, along.taps, *x.shape[axis + 1 :])
    read = then(b, node, "view", read, shape=shape)
    wide = (units, along.taps, *(1,) * (len(x.shape) - axis - 1))
    name = f"weights{axis}"
    weighed = then(b, node, "multiply", read, constant(b, node, name, along.weights, *wide))
    return then(b, node, "sum", weighed, dim=(axis + 1,), keepdim=False)
