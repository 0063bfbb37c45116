"""Arrays whose elements know what they came from.

An element is the set of input elements that it was made of: ``(number of the input, index)``.
Padding is the empty set. So running an op shows its output shape, what each output element read,
and by counting in the loops its products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Array = Any  # an object array of frozensets
Index = tuple[int, ...]
NOTHING: frozenset[tuple[int, Index]] = frozenset()


class Ran(NamedTuple):
    """Outputs of an op, the products it accumulated (all of them, and those of real inputs), and
    how many weights it multiplied by."""

    outputs: list[Array]
    macs: int = 0
    macs_in_bounds: int = 0
    weights: int = 0


def inputs_of(shapes: Sequence[Index]) -> list[Array]:
    """Arrays whose elements know their own place."""
    arrays = [filled(shape) for shape in shapes]
    for number, array in enumerate(arrays):
        for index in np.ndindex(*array.shape):
            array[index] = frozenset(((number, index),))
    return arrays


def filled(shape: Sequence[int]) -> Array:
    return np.full(tuple(shape), NOTHING, dtype=object)


def union(sets: Iterable[frozenset[Any]]) -> frozenset[Any]:
    return NOTHING.union(*sets)
