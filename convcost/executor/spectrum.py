"""Fourier transforms along an axis, by their matrices."""

from __future__ import annotations

from math import pi, prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def dft(
    xp: Plain, x: Array, *, dim: int, length: int | None, onesided: bool, inverse: bool
) -> Array:
    """``[..., frequencies, ..., 2]``: sums of numbers times cosines and sines."""
    size = x.shape[dim] if length is None else length
    kept = min(x.shape[dim], size)
    rows = np.moveaxis(x, (-1, dim), (0, -1))[..., :kept]
    found = size // 2 + 1 if onesided else size
    places, rates = (np.arange(n, dtype=np.intp) for n in (kept, found))
    angles: Array = places[:, None] * rates % size * (2 * pi / size)
    cosines = xp.factors(np.cos(angles), like=x)
    forth, back = (xp.factors(sign * np.sin(angles), like=x) for sign in (1, -1))
    turned, against = (forth, back) if inverse else (back, forth)
    flat = rows.reshape(len(rows), -1, kept)
    y = np.empty((2, flat.shape[1], found), dtype=x.dtype)
    for made, first, second in ((y[0], cosines, against), (y[1], turned, cosines)):
        xp.matmul(flat[0], first, out=made)
        if len(flat) == 2:
            xp.add(made, xp.matmul(flat[1], second), out=made)
    y = y.reshape(2, *rows.shape[1:-1], found)
    if inverse:
        xp.divide(y, float(size), out=y)
    return np.moveaxis(y, (0, -1), (-1, dim)).copy()


def of_dft(x: Shape, y: Shape, *, dim: int, length: int | None) -> int:
    """The input in rows, three matrices as they are made, and the output in another order."""
    kept = min(x[dim], x[dim] if length is None else length)
    rows = 0 if dim % len(x) == len(x) - 2 else prod(x) // x[dim] * kept
    table = kept * y[dim]
    return max(7 * table - prod(y), rows + 5 * table + prod(y))
