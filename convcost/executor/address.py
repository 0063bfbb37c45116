"""Elements that other arrays say where to find, and places made of numbers.

Where a place is not a number, nothing is known of what lies there.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.pick import whole_numbers, without

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def gather_elements(xp: Plain, x: Array, at: Array, *, dim: int) -> Array:
    """The element of each place along an axis."""
    places, lost = whole_numbers(xp, at)
    others = tuple(slice(None) if a == dim else slice(n) for a, n in enumerate(at.shape))
    y = np.take_along_axis(x[others], places % x.shape[dim], axis=dim)
    return without(xp, y, lost)


def gather_nd(xp: Plain, x: Array, at: Array, *, axes: int, batch_dims: int) -> Array:
    """The part of the array at each address."""
    places, lost = whole_numbers(xp, at)
    shared = np.ix_(*map(np.arange, at.shape[:-1]))[:batch_dims]
    heads = (
        head % n for head, n in zip(np.moveaxis(places, -1, 0), x.shape[batch_dims:], strict=False)
    )
    y = x[(*shared, *heads)]
    gone = lost.any(axis=-1)
    gone = gone.reshape(*gone.shape, *[1] * (x.ndim - batch_dims - axes))
    return without(xp, y, gone)


def one_hot(xp: Plain, x: Array, *, num_classes: int, dim: int, hot: float, cold: float) -> Array:
    """One of two numbers for each class."""
    places, lost = (np.expand_dims(part, dim) for part in whole_numbers(xp, x))
    places = np.where(places < 0, places + num_classes, places)
    along = [num_classes if axis == dim else 1 for axis in range(x.ndim + 1)]
    met = places == np.arange(num_classes).reshape(along)
    yes, no = (xp.constant(np.full((1,) * met.ndim, float(value)), like=x) for value in (hot, cold))
    y = np.where(met, yes, no)
    return without(xp, y, lost)


def of_one_hot(x: Shape, y: Shape) -> int:
    """Addresses, and where they meet their class."""
    return 2 * prod(x) + prod(x) // 4 + prod(y) // 4


def tril(xp: Plain, x: Array, *, diagonal: int) -> Array:
    """Return the lower triangle: elements above the given diagonal become 0."""
    return _kept(xp, x, _rises(x) <= diagonal)


def triu(xp: Plain, x: Array, *, diagonal: int) -> Array:
    """Return the upper triangle: elements below the given diagonal become 0."""
    return _kept(xp, x, _rises(x) >= diagonal)


def of_triangle(x: Shape, *_: Shape) -> int:
    """The diagonals, which of them are kept, and of those which elements are not numbers."""
    table = prod(x[-2:])
    return max(9 * table // 4 - prod(x), prod(x) // 4 + table // 4)


def _rises(x: Array) -> Array:
    """The number of each element's diagonal."""
    rows, columns = (np.arange(n, dtype=np.intp) for n in x.shape[-2:])
    return columns - rows[:, None]


def _kept(xp: Plain, x: Array, kept: Array) -> Array:
    """The elements that are kept, and zeros; what is not a number stays so, as times 0 it would."""
    return np.where(kept | np.isnan(xp.numbers(x)), x, xp.full((1,) * x.ndim, 0.0, like=x))


def reverse_sequence(xp: Plain, x: Array, lengths: Array, *, dim: int, batch_dim: int) -> Array:
    """The first elements along an axis backwards."""
    many, lost = whole_numbers(xp, lengths)
    counts, lost = (
        part.reshape([-1 if axis == batch_dim else 1 for axis in range(x.ndim)])
        for part in (many, lost)
    )
    along: Array = np.arange(x.shape[dim], dtype=np.intp)
    along = along.reshape([-1 if axis == dim else 1 for axis in range(x.ndim)])
    places = np.where(along < counts, counts - 1 - along, along) % x.shape[dim]
    y = np.take_along_axis(x, places, axis=dim)
    return without(xp, y, lost)
