"""Elements along an axis in an order: by size, or one after the other.

Where one of them is NaN nothing is said about the others.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.pick import without

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def argmax(xp: Plain, x: Array, *, dim: int, keepdim: bool) -> Array:
    """Positions of the largest elements along an axis."""
    return _foremost(xp, x, dim, keepdim, largest=True)


def argmin(xp: Plain, x: Array, *, dim: int, keepdim: bool) -> Array:
    """Positions of the smallest elements along an axis."""
    return _foremost(xp, x, dim, keepdim, largest=False)


def _foremost(xp: Plain, x: Array, dim: int, keepdim: bool, *, largest: bool) -> Array:
    rows = np.moveaxis(x, dim, 0)[:, None]  # each is an array, where nothing else is left too
    first = rows[0]
    best, at = first.copy(), np.zeros(first.shape)
    lost = np.isnan(xp.numbers(first))
    for position in range(1, len(rows)):
        other = rows[position]
        better = xp.above(other, best) if largest else xp.below(other, best)
        np.copyto(best, other, where=better.astype(bool))
        np.copyto(at, position, where=better.astype(bool))
        lost |= np.isnan(xp.numbers(other))
    found = xp.constant(np.where(lost, np.nan, at), like=x).reshape(first.shape[1:])
    return np.expand_dims(found, dim) if keepdim else found


def of_foremost(x: Shape, _: Shape, *, dim: int) -> int:
    """The best of each row so far, where it stands, and which rows are lost; then positions as
    they are before they are made numbers like those of the input."""
    return 21 * prod(x) // x[dim] // 4


def topk(xp: Plain, x: Array, *, k: int, dim: int, largest: bool) -> tuple[Array, Array]:
    """The elements that come first by size, and their positions."""
    numbers = xp.numbers(x)
    # of whole numbers the complement: negative ones are not all of their type
    turned = np.invert if numbers.dtype.kind in "biu" else np.negative
    order = np.argsort(turned(numbers) if largest else numbers, axis=dim, kind="stable")
    order = np.take(order, range(k), axis=dim)
    lost = np.asarray(np.isnan(numbers).any(axis=dim, keepdims=True))
    values = without(xp, np.take_along_axis(x, order, axis=dim), lost)
    return values, xp.constant(np.where(lost, np.nan, order), like=x)


def of_topk(x: Shape, y: Shape, *, largest: bool) -> int:
    """The order of all elements, and what is sorted, where that is not the input."""
    sorting = (3 if largest else 2) * prod(x) - 2 * prod(y)
    return max(sorting, 2 * prod(x), 4 * prod(y))


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
