"""Elements along an axis in an order: by size, or one after the other.

Where one of them is NaN nothing is said about the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain


def argmax(xp: Plain, x: Array, *, dim: int, keepdim: bool) -> Array:
    """Positions of the largest elements along an axis."""
    return _foremost(xp, x, dim, keepdim, largest=True)


def argmin(xp: Plain, x: Array, *, dim: int, keepdim: bool) -> Array:
    """Positions of the smallest elements along an axis."""
    return _foremost(xp, x, dim, keepdim, largest=False)


def _foremost(xp: Plain, x: Array, dim: int, keepdim: bool, *, largest: bool) -> Array:
    first, *others = np.moveaxis(x, dim, 0)
    best, at = np.asarray(first), np.zeros(np.shape(first))
    for position, other in enumerate(others, start=1):
        better = xp.above(other, best) if largest else xp.below(other, best)
        best, at = np.asarray(np.where(better, other, best)), np.where(better, position, at)
    lost = np.isnan(xp.numbers(x)).any(axis=dim)
    found = xp.constant(np.where(lost, np.nan, at), like=x)
    return np.expand_dims(found, dim) if keepdim else found


def topk(xp: Plain, x: Array, *, k: int, dim: int, largest: bool) -> tuple[Array, Array]:
    """The elements that come first by size, and their positions."""
    numbers = xp.numbers(x)
    order = np.argsort(-numbers if largest else numbers, axis=dim, kind="stable")
    order = np.take(order, range(k), axis=dim)
    lost = np.isnan(numbers).any(axis=dim, keepdims=True)
    values = np.take_along_axis(x, order, axis=dim)
    if lost.any():
        values = np.where(lost, xp.full((1,) * x.ndim, np.nan, like=x), values)
    return values, xp.constant(np.where(lost, np.nan, order), like=x)


def cumsum(xp: Plain, x: Array, *, dim: int, exclusive: bool, reverse: bool) -> Array:
    """Sums of all elements up to each one."""
    rows = np.moveaxis(x, dim, 0)
    rows = rows[::-1] if reverse else rows
    y = xp.full(rows.shape, 0.0, like=x)
    first = int(exclusive)
    y[first : first + 1] = rows[:1]
    for end in range(first + 1, len(rows)):
        y[end] = xp.add(y[end - 1], rows[end - first])
    return np.moveaxis(y[::-1] if reverse else y, 0, dim).copy()
