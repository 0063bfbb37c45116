"""Sums of products in Einstein's notation, as matrix products."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def einsum(xp: Plain, a: Array, b: Array, *, equation: str) -> Array:
    """``[both, rows, inner]`` times ``[both, inner, columns]``, each for several axes."""
    inputs, _, out = equation.partition("->")
    left, _, right = inputs.partition(",")
    sizes = dict(zip(left + right, a.shape + b.shape, strict=True))
    both = [label for label in out if label in left and label in right]
    rows = [label for label in out if label not in right]
    columns = [label for label in out if label not in left]
    inner = [label for label in sizes if label not in out]

    def matrices(array: Array, labels: str, *groups: list[str]) -> Array:
        ordered = _ordered(array, labels, [label for group in groups for label in group], sizes)
        return ordered.reshape([prod(sizes[label] for label in group) for group in groups])

    first = matrices(a, left, both, rows, inner)
    second = matrices(b, right, both, inner, columns)
    y = xp.matmul(first, second) if inner else xp.multiply(first, second)
    made = both + rows + columns
    y = y.reshape([sizes[label] for label in made])
    return y.transpose([made.index(label) for label in out])


def of_einsum(a: Shape, b: Shape, *_y: Shape, equation: str) -> int:
    """The copies of those inputs whose axes are in another order, or are repeated."""
    inputs, _, out = equation.partition("->")
    left, _, right = inputs.partition(",")
    sizes = dict(zip(left + right, a + b, strict=True))
    both = [label for label in out if label in left and label in right]
    rows = [label for label in out if label not in right]
    columns = [label for label in out if label not in left]
    inner = [label for label in sizes if label not in out]
    wanted = ((left, (both, rows, inner)), (right, (both, inner, columns)))
    return sum(
        prod(sizes[label] for group in groups for label in group)
        for given, groups in wanted
        if any(_apart([a for a in given if sizes[a] > 1], group, sizes) for group in groups)
    )


def _apart(given: list[str], group: list[str], sizes: Mapping[str, int]) -> bool:
    """Whether axes cannot be merged without a copy: they do not follow each other."""
    labels = [label for label in group if sizes[label] > 1]
    there = [label for label in labels if label in given]
    if len(there) != len(labels):
        return bool(there)
    first = given.index(labels[0]) if labels else 0
    return given[first : first + len(labels)] != labels


def _ordered(array: Array, labels: str, wanted: list[str], sizes: Mapping[str, int]) -> Array:
    """The axes in an order, repeated along those that it does not have."""
    there = [label for label in wanted if label in labels]
    moved = array.transpose([labels.index(label) for label in there])
    shape = [sizes[label] if label in labels else 1 for label in wanted]
    return np.broadcast_to(moved.reshape(shape), [sizes[label] for label in wanted])
