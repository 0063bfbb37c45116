"""The error function, which NumPy does not have."""

from __future__ import annotations

import math
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.executor.slabs import SLAB, Array

if TYPE_CHECKING:
    from convcost.executor.stored import Shape

STEPS = 64  # points of the table for each unit
END = 4.0  # from where on erf is 1 in float32


def erf(a: Array) -> Array:
    """The error function, in the precision of ``a``: fast for float32, element by element for
    others."""
    if a.dtype != np.float32:
        values = np.frompyfunc(math.erf, 1, 1)(a)
        return np.asarray(values, dtype=a.dtype)
    y = np.empty(a.shape, dtype=np.float32)
    source, target = np.ascontiguousarray(a).reshape(-1), y.reshape(-1)
    for start in range(0, len(source), SLAB):
        target[start : start + SLAB] = _erf(source[start : start + SLAB])
    return y


def of_erf(x: Shape, *_: Shape, approximate: str = "none") -> int:
    """Intermediate numbers in float64, and addresses, of a slab. ``gelu`` uses it, too, unless
    it is approximate."""
    return 13 * min(prod(x), SLAB) if approximate == "none" else 0


def _erf(a: Array) -> Array:
    """The error function of float32."""
    # Taylor's series about the nearest point of a table, to the third power: what is left out is
    # below 1e-9, and float32 rounds at 6e-8.
    values, slopes = _table()
    size = np.minimum(np.abs(a).astype(np.float64), END)
    nearest = np.rint(np.fmin(size, END) * STEPS).astype(np.intp)  # fmin: NaN is not an index
    at = nearest / STEPS
    t = size - at
    series = (2 * at * at - 1) / 3 * t
    series -= at
    series *= t
    series += 1
    series *= t
    series *= slopes[nearest]
    series += values[nearest]
    return np.copysign(series, a).astype(np.float32)


@cache
def _table() -> tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]:
    """The function and its slope at the points of the table."""
    points = [n / STEPS for n in range(int(END) * STEPS + 1)]
    slopes = [2 / math.sqrt(math.pi) * math.exp(-x * x) for x in points]
    return np.array([math.erf(x) for x in points]), np.array(slopes)
