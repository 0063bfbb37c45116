"""Arithmetic element by element, and along axes."""

from __future__ import annotations

from functools import reduce
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain


def add(xp: Plain, *inputs: Array) -> Array:
    """The sum of all inputs."""
    return reduce(xp.add, inputs)


def multiply(xp: Plain, *inputs: Array) -> Array:
    """The product of all inputs."""
    return reduce(xp.multiply, inputs)


def sub(xp: Plain, a: Array, b: Array) -> Array:
    """``a - b``."""
    return xp.subtract(a, b)


def div(xp: Plain, a: Array, b: Array) -> Array:
    """``a / b``."""
    return xp.divide(a, b)


def minimum(xp: Plain, *inputs: Array) -> Array:
    """The smallest of all inputs."""
    return reduce(xp.minimum, inputs)


def maximum(xp: Plain, *inputs: Array) -> Array:
    """The largest of all inputs."""
    return reduce(xp.maximum, inputs)


def power(xp: Plain, *inputs: Array, exponent: float | None) -> Array:
    """The input to a constant power, or the first to the power of the second."""
    return xp.power(inputs[0], inputs[1] if exponent is None else exponent)


def scale(xp: Plain, x: Array, *, factor: float) -> Array:
    """``factor * x``."""
    return xp.multiply(x, factor)


def shift(xp: Plain, x: Array, *, amount: float) -> Array:
    """``x + amount``."""
    return xp.add(x, amount)


def absolute(xp: Plain, x: Array) -> Array:
    """``max(x, -x)``."""
    return xp.absolute(x)


def exp(xp: Plain, x: Array) -> Array:
    """Exponentials."""
    return xp.exp(x)


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


def _kept(y: Array, dim: Sequence[int], keepdim: bool) -> Array:
    """The array with its reduced axes of size 1, or without them."""
    return y if keepdim else y.squeeze(tuple(dim))
