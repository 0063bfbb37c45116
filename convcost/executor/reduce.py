"""One value of all elements along some axes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain


def total(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Sums along axes."""
    return _kept(xp.sum(x, tuple(dim)), dim, keepdim)


def mean(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Means along axes."""
    y = xp.sum(x, tuple(dim))
    xp.divide(y, float(prod(x.shape[axis] for axis in dim)), out=y)
    return _kept(y, dim, keepdim)


def largest(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Largest elements along axes."""
    return _kept(xp.max(x, tuple(dim)), dim, keepdim)


def smallest(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Smallest elements along axes."""
    return _kept(xp.min(x, tuple(dim)), dim, keepdim)


def product(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Products along axes."""
    return _kept(xp.prod(x, tuple(dim)), dim, keepdim)


def l1(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Sums of absolute values along axes."""
    return total(xp, xp.absolute(x), dim=dim, keepdim=keepdim)


def l2(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Roots of sums of squares along axes."""
    return np.asarray(xp.sqrt(sum_square(xp, x, dim=dim, keepdim=keepdim)))


def sum_square(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Sums of squares along axes."""
    return total(xp, xp.multiply(x, x), dim=dim, keepdim=keepdim)


def log_sum_exp(xp: Plain, x: Array, *, dim: Sequence[int], keepdim: bool) -> Array:
    """Logarithms of sums of exponentials, the largest taken off first."""
    most = xp.max(x, tuple(dim))
    shifted = xp.subtract(x, most)
    powers = xp.exp(shifted, out=shifted)
    return _kept(xp.add(xp.log(xp.sum(powers, tuple(dim))), most), dim, keepdim)


def _kept(y: Array, dim: Sequence[int], keepdim: bool) -> Array:
    """The array with its reduced axes of size 1, or without them."""
    return y if keepdim else y.squeeze(tuple(dim))
