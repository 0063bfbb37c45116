"""Elements picked, repeated or put elsewhere."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def sliced(
    _xp: Plain,
    x: Array,
    *,
    dims: Sequence[int],
    starts: Sequence[int],
    ends: Sequence[int],
    steps: Sequence[int] | None,
) -> Array:
    """Every so manieth position of some axes."""
    for axis, start, end, step in zip(dims, starts, ends, steps or (1,) * len(dims), strict=True):
        size = x.shape[axis]
        # Before the first position, and no position from the end.
        stop = None if step < 0 and end < -size else end
        along = [slice(None)] * x.ndim
        along[axis] = slice(start, stop, step)
        x = x[tuple(along)]
    return x.copy()


def roll(
    _xp: Plain,
    x: Array,
    *,
    shifts: Sequence[int],
    dims: Sequence[int],
) -> Array:
    """Positions moved around some axes."""
    return np.roll(x, tuple(shifts), tuple(dims))


def expand(_xp: Plain, x: Array, *, shape: Sequence[int]) -> Array:
    """The array repeated along axes of size 1."""
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(shape))).copy()


def tile(_xp: Plain, x: Array, *, repeats: Sequence[int]) -> Array:
    """The array again and again."""
    pairs = [n for pair in zip(repeats, x.shape, strict=True) for n in pair]
    once = x.reshape([n for size in x.shape for n in (1, size)])
    whole = [times * n for times, n in zip(repeats, x.shape, strict=True)]
    return np.broadcast_to(once, pairs).copy().reshape(whole)


def gather(
    xp: Plain,
    x: Array,
    at: Array | None = None,
    *,
    dim: int,
    indices: Sequence[int] | None,
) -> Array:
    """Positions along an axis; NaN where one is not a number."""
    if at is None:
        return np.take(x, np.asarray(indices), axis=dim)
    places, lost = whole_numbers(xp, at)
    picked = np.take(x, places, axis=dim, mode="wrap")
    lost = lost.reshape(*lost.shape, *[1] * (x.ndim - dim - 1))
    return without(xp, picked, lost)


def scatter(
    xp: Plain, x: Array, at: Array, updates: Array, *, dim: int | None, reduce: str | None
) -> Array:
    """Updates put where another array says, or brought together with what stands there; where one
    of its elements is not a number, nothing is known of any."""
    y = x.copy()
    places, lost = whole_numbers(xp, at)
    address: tuple[Array, ...]
    if dim is None:
        heads = np.moveaxis(places, -1, 0)
        address = tuple(head % n for head, n in zip(heads, x.shape, strict=False))
    else:
        grid = np.ix_(*map(np.arange, places.shape))
        address = (*grid[:dim], places % x.shape[dim], *grid[dim + 1 :])
    if reduce is None:
        y[address] = updates
    else:
        _reduced(xp, y, address, updates, reduce)
    return without(xp, y, np.asarray(lost.any()))


def of_scatter(x: Shape, at: Shape, updates: Shape, _: Shape, *, reduce: str | None) -> int:
    """Addresses, and those that were wrapped. To bring updates together, also where each element
    lies; later, addresses in order, and the updates twice."""
    places = 5 * prod(at)
    if reduce is None:
        return places
    return max(places + 2 * prod(x) + 7 * prod(updates), 14 * prod(updates))


def _reduced(xp: Plain, y: Array, address: tuple[Array, ...], updates: Array, reduce: str) -> None:
    """Bring updates together with what stands at their addresses. Those that meet at one are first
    brought together in pairs, so that many at one address take few steps."""
    act = {"sum": xp.add, "prod": xp.multiply, "amax": xp.maximum, "amin": xp.minimum}[reduce]
    places = cast("Any", np.arange(y.size).reshape(y.shape))[address].reshape(-1)
    order = np.argsort(places, kind="stable")
    places, values = places[order], updates.reshape(-1)[order]
    del order
    while (odd := _odd_ones(places)).any():
        now = np.flatnonzero(odd)
        values[now - 1] = act(values[now - 1], values[now])
        places, values = places[~odd], values[~odd]
    flat = y.reshape(-1)
    flat[places] = act(flat[places], values)


def _odd_ones(places: Array) -> Array:
    """Of places in order, the second, fourth and so on of those that are the same."""
    every = np.arange(places.size)
    begins = np.diff(places, prepend=-1) != 0
    return (every - np.maximum.accumulate(np.where(begins, every, 0))) % 2 == 1


def where(xp: Plain, condition: Array, a: Array, b: Array) -> Array:
    """``a`` where the condition is not 0, ``b`` elsewhere; NaN where it is not a number."""
    asked = xp.numbers(condition)
    y = np.where(asked != 0, a, b)
    lost = np.isnan(asked)
    return without(xp, y, lost)


def of_where(condition: Shape, *_: Shape) -> int:
    """Elements, of four bytes each, of the mask that says where the condition is NaN."""
    return prod(condition) // 4


def of_gather(_x: Shape, *others: Shape) -> int:
    """Addresses, if they are given, and which are none."""
    at = others[:-1]
    return sum(3 * prod(shape) + prod(shape) // 4 for shape in at)


def whole_numbers(xp: Plain, at: Array) -> tuple[Array, Array]:
    """Whole numbers, and where there are none."""
    numbers = xp.numbers(at)
    lost = np.isnan(numbers)
    return np.where(lost, 0, numbers).astype(np.intp), lost


def without(xp: Plain, y: Array, lost: Array) -> Array:
    """The array, with NaN put where it is lost."""
    np.copyto(y, xp.full((1,) * y.ndim, np.nan, like=y), where=lost)
    return y
