"""Arithmetic element by element."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def add(xp: Plain, *inputs: Array) -> Array:
    """The sum of all inputs."""
    return _folded(xp.add, *inputs)


def multiply(xp: Plain, *inputs: Array) -> Array:
    """The product of all inputs."""
    return _folded(xp.multiply, *inputs)


def sub(xp: Plain, a: Array, b: Array) -> Array:
    """``a - b``."""
    return xp.subtract(a, b)


def div(xp: Plain, a: Array, b: Array) -> Array:
    """``a / b``."""
    return xp.divide(a, b)


def remainder(xp: Plain, a: Array, b: Array) -> Array:
    """Remainders with the sign of the divisor."""
    return xp.remainder(a, b)


def fmod(xp: Plain, a: Array, b: Array) -> Array:
    """Remainders with the sign of the dividend."""
    return xp.fmod(a, b)


def minimum(xp: Plain, *inputs: Array) -> Array:
    """The smallest of all inputs."""
    return _folded(xp.minimum, *inputs)


def maximum(xp: Plain, *inputs: Array) -> Array:
    """The largest of all inputs."""
    return _folded(xp.maximum, *inputs)


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


def _folded(act: Callable[..., Array], first: Array, second: Array, *others: Array) -> Array:
    """All inputs brought together, in place where the shape allows it."""
    y = act(first, second)
    for other in others:
        shape = np.broadcast_shapes(y.shape, other.shape)
        y = act(y, other, out=y if shape == y.shape else None)
    return y


def of_folded(*shapes: Shape) -> int:
    """Elements of the largest partial result that a later input makes grow."""
    most, made = 0, np.broadcast_shapes(*shapes[:2])
    for other in shapes[2:-1]:
        grown = np.broadcast_shapes(made, other)
        most, made = max(most, prod(made) * (grown != made)), grown
    return most
