"""Answers to questions about elements: 1 for yes, 0 for no.

What is asked of a NaN has a NaN for an answer where it marks what is lost, so that probes see who
read it.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, overload

import numpy as np

from convcost.executor.slabs import by_slabs

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.executor.namespace import Array, Plain


def less(xp: Plain, a: Array, b: Array) -> Array:
    """Whether ``a`` is below ``b``."""
    return answers(xp, xp.below, a, b)


def greater(xp: Plain, a: Array, b: Array) -> Array:
    """Whether ``a`` is above ``b``."""
    return answers(xp, xp.above, a, b)


def equal(xp: Plain, a: Array, b: Array) -> Array:
    """Whether ``a`` is ``b``."""
    return answers(xp, xp.equal, a, b)


def logical_and(xp: Plain, a: Array, b: Array) -> Array:
    """Whether neither is 0."""
    return answers(xp, lambda a, b: np.logical_and(xp.numbers(a), xp.numbers(b)), a, b)


def logical_or(xp: Plain, a: Array, b: Array) -> Array:
    """Whether not both are 0."""
    return answers(xp, lambda a, b: np.logical_or(xp.numbers(a), xp.numbers(b)), a, b)


def logical_xor(xp: Plain, a: Array, b: Array) -> Array:
    """Whether one of them is 0."""
    return answers(xp, lambda a, b: np.logical_xor(xp.numbers(a), xp.numbers(b)), a, b)


def logical_not(xp: Plain, x: Array) -> Array:
    """Whether it is 0."""
    return answers(xp, lambda x: np.logical_not(xp.numbers(x)), x)


def isnan(xp: Plain, x: Array) -> Array:
    """Whether it differs from itself."""
    return _kinds(xp, lambda x: np.logical_not(xp.equal(x, x)), x)


def isinf(xp: Plain, x: Array, *, positive: bool, negative: bool) -> Array:
    """Whether it is one of the infinities that are asked about."""

    def found(x: Array) -> Array:
        one = np.zeros(x.shape, dtype=bool)
        for sign, asked in ((1, positive), (-1, negative)):
            if asked:
                one |= xp.equal(x, xp.full((1,) * x.ndim, sign * np.inf, like=x)).astype(bool)
        return one

    return _kinds(xp, found, x)


def _kinds(xp: Plain, found: Callable[[Array], Array], x: Array) -> Array:
    """Apply a predicate that knows NaN."""
    if xp.nan_is_lost:
        return answers(xp, found, x)
    return by_slabs(lambda x: xp.constant(found(x), like=x), x)


@overload
def answers(xp: Plain, found: Callable[[Array], Array], x: Array, /) -> Array: ...


@overload
def answers(xp: Plain, found: Callable[[Array, Array], Array], a: Array, b: Array, /) -> Array: ...


def answers(xp: Plain, found: Callable[..., Array], *asked: Array) -> Array:
    """Apply a predicate to the elements of some arrays, and return its answers as an array like the
    first; NaN wherever one of the elements is NaN."""

    def each(*some: Array) -> Array:
        unknown = reduce(np.logical_or, (np.isnan(xp.numbers(x)) for x in some))
        return xp.constant(np.where(unknown, np.nan, found(*some)), like=some[0])

    return by_slabs(each, *asked)
