"""Arrays worked through slab by slab, so that what is made on the way is small."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Array = np.ndarray[Any, np.dtype[Any]]

SLAB = 1 << 14  # elements that several passes go over while they are in a core's cache

Place = tuple[Any, ...]
"""An index that begins with an ellipsis, so that what it picks is an array, of no axis too."""


def slabs(shape: Sequence[int], size: int = SLAB) -> Iterator[Place]:
    """Indices of parts of an array's last axes, each of at most ``size`` elements (at least one),
    that are the whole together."""
    axis, inner = len(shape), 1
    while axis and inner * shape[axis - 1] <= size:
        axis -= 1
        inner *= shape[axis]
    if not axis:
        yield (...,)
        return
    step = max(1, size // max(1, inner))
    rest = (slice(None),) * (len(shape) - axis)
    for before in product(*map(range, shape[: axis - 1])):
        for start in range(0, shape[axis - 1], step):
            yield (..., *before, slice(start, start + step), *rest)


@overload
def by_slabs(part: Callable[[Array], Array], x: Array, /) -> Array: ...


@overload
def by_slabs(part: Callable[[Array, Array], Array], a: Array, b: Array, /) -> Array: ...


@overload
def by_slabs(part: Callable[..., Array], /, *inputs: Array) -> Array: ...


def by_slabs(part: Callable[..., Array], *inputs: Array) -> Array:
    """An array of what ``part`` makes of each slab of arrays, which are broadcast to one shape;
    its type is that of the first."""
    shape = np.broadcast_shapes(*(x.shape for x in inputs))
    whole = [np.broadcast_to(x, shape) for x in inputs]
    y = np.empty(shape, dtype=inputs[0].dtype)
    for at in slabs(shape):
        y[at] = part(*(x[at] for x in whole))
    return y
