"""Activations, and layers that do nothing at inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.slabs import by_slabs
from convcost.executor.stored import Stored

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def relu(xp: Plain, x: Array) -> Array:
    """``max(x, 0)``."""
    return xp.maximum(x, 0.0)


def relu6(xp: Plain, x: Array) -> Array:
    """``min(max(x, 0), 6)``."""
    y = xp.maximum(x, 0.0)
    return xp.minimum(y, 6.0, out=y)


def leaky_relu(xp: Plain, x: Array, *, negative_slope: float) -> Array:
    """``x`` where it is positive, ``negative_slope * x`` elsewhere."""
    return by_slabs(lambda x: np.where(xp.above(x, 0.0), x, xp.multiply(x, negative_slope)), x)


def prelu(xp: Plain, x: Array, *, weight: Array) -> Array:
    """``x`` where it is positive, ``weight * x`` elsewhere: one weight, or one a channel."""
    slopes = weight.reshape(-1, *[1] * (x.ndim - 2))
    return by_slabs(
        lambda x, slopes: np.where(xp.above(x, 0.0), x, xp.multiply(x, slopes)), x, slopes
    )


def prelu_stored(x: Shape, *, num_parameters: int) -> Stored:  # noqa: ARG001 - whatever it is
    """``weight``."""
    return Stored({"weight": (num_parameters,)})


def sigmoid(xp: Plain, x: Array) -> Array:
    """``1 / (1 + exp(-x))``."""
    return xp.sigmoid(x)


def tanh(xp: Plain, x: Array) -> Array:
    """Hyperbolic tangent."""
    return xp.tanh(x)


def softmax(xp: Plain, x: Array, *, dim: int) -> Array:
    """Exponentials over their sum; the largest is taken off first, so that none overflows."""
    shifted = xp.subtract(x, xp.max(x, dim))
    powers = xp.exp(shifted, out=shifted)
    return xp.divide(powers, xp.sum(powers, dim), out=powers)


def log_softmax(xp: Plain, x: Array, *, dim: int) -> Array:
    """Elements less the logarithm of the sum of their exponentials, the largest taken off first."""
    shifted = xp.subtract(x, xp.max(x, dim))
    logs = xp.log(xp.sum(xp.exp(shifted), dim))
    return xp.subtract(shifted, logs, out=shifted)


def identity(_xp: Plain, x: Array) -> Array:
    """``x`` itself."""
    return x
