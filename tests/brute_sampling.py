"""Interpolation, and blocks of positions exchanged with channels, by loops over arrays whose
elements know what they came from (see brute_sets.py)."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = Any  # an object array of frozensets


def upsample(f: dict[str, Any], x: Array) -> Array:
    if (f["size"] is None) == (f["scale_factor"] is None):
        raise ValueError("give either scale_factor or size")
    placed = f.get("step") is not None, f.get("start") is not None
    plain = f["mode"] != "nearest" and not f["align_corners"] and f["size"] is not None
    if any(placed) and not (all(placed) and plain):
        raise ValueError("nothing to place")
    if f["mode"] != "nearest":
        return interpolated(f, x)
    if f["align_corners"]:
        raise ValueError("nearest has no corners to align")
    for axis in range(2, x.ndim):
        size = x.shape[axis]
        if f["size"] is not None:
            units = range(f["size"][axis - 2])
            read = [max(i for i in range(size) if i * len(units) <= o * size) for o in units]
        else:
            scale = f["scale_factor"][axis - 2]
            units = range(int(size * scale))
            read = [max(i for i in range(size) if i * scale <= o) for o in units]
        if not read:
            raise ValueError("nothing is left")
        x = np.take(x, read, axis=axis)
    return x


def interpolated(f: dict[str, Any], x: Array) -> Array:
    """Every position that weighs something, along one axis after the other."""
    if {"bilinear": 4, "trilinear": 5, "bicubic": 4}.get(f["mode"], x.ndim) != x.ndim:
        raise ValueError("another rank")
    reach = 2 if f["mode"] == "bicubic" else 1
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        if f["size"] is not None:
            m = f["size"][axis - 2]
            pixel = Fraction(n, m)
        else:
            m = int(n * f["scale_factor"][axis - 2])
            pixel = 1 / f["scale_factor"][axis - 2]
        if f.get("step") is not None:
            places = [f["start"][axis - 2] + o * f["step"][axis - 2] for o in range(m)]
        elif f["align_corners"]:
            places = [Fraction(o * (n - 1), m - 1) if m > 1 else Fraction() for o in range(m)]
        else:
            places = [(o + Fraction(1, 2)) * pixel - Fraction(1, 2) for o in range(m)]
        if not places:
            raise ValueError("nothing is left")
        parts: list[Array] = []
        for place in places:
            around = range(floor(place) - reach, floor(place) + reach + 2)
            near = [p for p in around if abs(place - p) < reach]
            read = [place] if place in near else near
            edged = {int(min(max(p, 0), n - 1)) for p in read}
            parts.append(np.bitwise_or.reduce(np.take(x, sorted(edged), axis=axis), axis=axis))
        x = np.stack(parts, axis=axis)
    return x


def pixels(name: str) -> Callable[[dict[str, Any], Array], Array]:
    """Blocks and channels exchanged, element by element; ``name`` is that of a factor."""

    def run(f: dict[str, Any], x: Array) -> Array:
        block = f[name]
        within = list(np.ndindex(*block))
        channels = x.shape[1]
        grows = name == "upscale_factor" or f.get("grows", False)
        spread = name == "block_size"
        size = len(within)
        if grows and channels % size:
            raise ValueError("blocks do not divide channels")
        if not grows and any(n % b for n, b in zip(x.shape[2:], block, strict=True)):
            raise ValueError("blocks do not divide the map")
        few = channels // size if grows else channels
        coarse = [n if grows else n // b for n, b in zip(x.shape[2:], block, strict=True)]
        fine = [n * b for n, b in zip(coarse, block, strict=True)]
        out = np.empty(
            (x.shape[0], few, *fine) if grows else (x.shape[0], few * size, *coarse), dtype=object
        )
        for n, c, (number, inner), at in product(
            range(x.shape[0]), range(few), enumerate(within), np.ndindex(*coarse)
        ):
            channel = number * few + c if spread else c * size + number
            place = [a * b + i for a, b, i in zip(at, block, inner, strict=True)]
            deep, wide = (n, channel, *at), (n, c, *place)
            if grows:
                out[wide] = x[deep]
            else:
                out[deep] = x[wide]
        return out

    return run
