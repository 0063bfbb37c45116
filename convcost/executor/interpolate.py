"""Resizing by interpolation."""

from __future__ import annotations

from itertools import product
from math import lcm, prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.slabs import SLAB, slabs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape

SHARPNESS = -0.75  # Keys's `a`, as PyTorch has it


def upsample(
    xp: Plain,
    x: Array,
    *,
    scale_factor: Sequence[Fraction] | None,
    size: Sequence[int] | None,
    mode: str,
    align_corners: bool,
    step: Sequence[Fraction] | None,
    start: Sequence[Fraction] | None,
) -> Array:
    """The map at other places: that of the nearest position, or a sum of those around it."""
    places: list[Array] = []
    weights: list[Array] = []
    for axis, n in enumerate(x.shape[2:]):
        if scale_factor is not None:
            up, down = scale_factor[axis].numerator, scale_factor[axis].denominator
            length = n * up // down
        else:
            assert size is not None
            up, down, length = size[axis], n, size[axis]
        units: Array = np.arange(length)
        if mode == "nearest":
            x = np.take(x, units * down // up, axis=2 + axis)
            continue
        if step is not None and start is not None:
            below = lcm(step[axis].denominator, start[axis].denominator)
            above = units * int(step[axis] * below) + int(start[axis] * below)
        elif align_corners:
            above, below = units * (n - 1), max(length - 1, 1)
        else:
            above, below = (2 * units + 1) * down - up, 2 * up
        low, rest = above // below, above % below
        fraction = xp.divide(xp.constant(rest, like=x), float(below))
        weights.append(cubic(xp, fraction) if mode == "bicubic" else _linear(xp, fraction))
        reach = len(weights[-1]) // 2
        taps: Array = np.arange(1 - reach, 1 + reach)[:, None]
        # Where a unit lies on a position, the others weigh nothing and are not looked at.
        places.append(np.clip(np.where(rest == 0, low, low + taps), 0, n - 1))
    return x if mode == "nearest" else _summed(xp, x, places, weights)


def _linear(xp: Plain, f: Array) -> Array:
    """``[2, units]``: weights of the position before and of the one after."""
    return np.stack([xp.subtract(xp.full(f.shape, 1.0, like=f), f), f])


def cubic(xp: Plain, f: Array) -> Array:
    """``[4, *f.shape]``: weights of two positions before and of two after."""
    g = xp.subtract(xp.full(f.shape, 1.0, like=f), f)
    outer = xp.multiply(xp.multiply(f, SHARPNESS), g)

    def inner(t: Array) -> Array:
        slope = xp.add(xp.multiply(t, SHARPNESS + 2), -(SHARPNESS + 3))
        return xp.add(xp.multiply(xp.multiply(slope, t), t), 1.0)

    return np.stack([xp.multiply(outer, g), inner(f), inner(g), xp.multiply(outer, f)])


def _summed(xp: Plain, x: Array, places: Sequence[Array], weights: Sequence[Array]) -> Array:
    """Each output position's taps, weighed by the products of its axes' weights."""
    joint = weights[0]
    for axis, along in enumerate(weights[1:], start=1):
        taps, units = joint.shape[:axis], joint.shape[axis:]
        ones = (1,) * axis
        joint = xp.multiply(
            joint.reshape(*taps, 1, *units, 1), along.reshape(*ones, len(along), *ones, -1)
        )
    size = joint.shape[len(places) :]
    y = np.empty((*x.shape[:2], *size), dtype=x.dtype)
    for some in slabs(x.shape[:2], 4 * SLAB // prod(size)):
        y[some[1:]] = _of_channels(xp, x[some[1:]], places, joint)
    return y


def _of_channels(xp: Plain, x: Array, places: Sequence[Array], joint: Array) -> Array:
    y: Array | None = None
    for tap in product(*(range(len(along)) for along in places)):
        at = np.ix_(*(along[t] for along, t in zip(places, tap, strict=True)))
        term = xp.multiply(x[(..., *at)], joint[tap])
        y = term if y is None else xp.add(y, term, out=y)
    assert y is not None
    return y


def of_upsample(x: Shape, y: Shape, *, mode: str) -> int:
    """The nearest positions axis by axis; or all weights, and of some channels a tap gathered, its
    term and the sum."""
    if mode == "nearest":
        made = [prod(y[:axis]) * prod(x[axis:]) for axis in range(3, len(y) + 1)]
        pairs = zip((0, *made), made, strict=False)
        return max(before + after for before, after in pairs) - made[-1]
    size, taps = prod(y[2:]), 4 if mode == "bicubic" else 2
    weights = taps ** len(y[2:]) * size + (9 + 2 * taps) * max(y[2:])  # and of an axis, addresses
    return weights + 3 * size * min(prod(y[:2]), max(1, 4 * SLAB // size))
