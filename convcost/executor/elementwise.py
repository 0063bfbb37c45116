"""Arithmetic element by element."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def remainder(xp: Plain, a: Array, b: Array) -> Array:
    """Remainders with the sign of the divisor."""
    return xp.remainder(a, b)


def fmod(xp: Plain, a: Array, b: Array) -> Array:
    """Remainders with the sign of the dividend."""
    return xp.fmod(a, b)


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
