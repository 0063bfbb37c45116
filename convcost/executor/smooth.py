"""Activations that take several operations an element."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.slabs import by_slabs

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain

# Klambauer et al., arXiv 1706.02515, equation 14.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def silu(xp: Plain, x: Array) -> Array:
    """``x * sigmoid(x)``."""
    y = xp.sigmoid(x)
    return xp.multiply(y, x, out=y)


def gelu(xp: Plain, x: Array, *, approximate: str) -> Array:
    """``x / 2 * (1 + erf(x / sqrt(2)))``, or with a tanh of a cubic in place of erf."""
    odd = _cubic_tanh if approximate == "tanh" else _scaled_erf

    def each(x: Array) -> Array:
        y = odd(xp, x)
        xp.add(y, 1.0, out=y)
        return xp.multiply(y, xp.multiply(x, 0.5), out=y)

    return by_slabs(each, x)


def _scaled_erf(xp: Plain, x: Array) -> Array:
    return xp.erf(xp.multiply(x, sqrt(0.5)))


def _cubic_tanh(xp: Plain, x: Array) -> Array:
    linear = sqrt(2 / pi)
    inner = xp.multiply(x, x)
    xp.multiply(inner, 0.044715 * linear, out=inner)
    xp.add(inner, linear, out=inner)
    xp.multiply(inner, x, out=inner)
    return xp.tanh(inner, out=inner)


def elu(xp: Plain, x: Array, *, alpha: float) -> Array:
    """``max(x, 0) + alpha * (exp(min(x, 0)) - 1)``."""

    def each(x: Array) -> Array:
        below = xp.exp(xp.minimum(x, 0.0))
        xp.add(below, -1.0, out=below)
        xp.multiply(below, alpha, out=below)
        return xp.add(below, xp.maximum(x, 0.0), out=below)

    return by_slabs(each, x)


def selu(xp: Plain, x: Array) -> Array:
    """An elu of such an alpha and at such a scale that mean 0 and variance 1 stay."""
    y = elu(xp, x, alpha=SELU_ALPHA)
    return xp.multiply(y, SELU_SCALE, out=y)


def shrink(xp: Plain, x: Array, *, lambd: float, shift: float) -> Array:
    """0 about 0, and the rest moved towards it."""

    def each(x: Array) -> Array:
        above, below = xp.above(x, lambd), xp.below(x, -lambd)
        moves = np.where(above, -shift, np.where(below, shift, 0.0))
        moved = xp.add(x, xp.constant(moves, like=x))
        between = np.logical_not(np.logical_or(above, below))
        return np.where(between, xp.full((1,) * x.ndim, 0.0, like=x), moved)

    return by_slabs(each, x)


def softplus(xp: Plain, x: Array, *, beta: float, threshold: float) -> Array:
    """``log(1 + exp(beta * x)) / beta``, and ``x`` where ``beta * x`` is above the threshold."""

    def each(x: Array) -> Array:
        steep = xp.multiply(x, beta)
        y = _log_of_one_more(xp, steep, threshold)
        return np.where(xp.above(steep, threshold), x, xp.divide(y, beta, out=y))

    return by_slabs(each, x)


def mish(xp: Plain, x: Array) -> Array:
    """``x * tanh(log(1 + exp(x)))``; where x is above 20 the tanh is 1."""
    y = _log_of_one_more(xp, x, 20.0)
    xp.tanh(y, out=y)
    return xp.multiply(y, x, out=y)


def softsign(xp: Plain, x: Array) -> Array:
    """``x / (1 + max(x, -x))``."""
    return by_slabs(lambda x: xp.divide(x, xp.add(xp.absolute(x), 1.0)), x)


def celu(xp: Plain, x: Array, *, alpha: float) -> Array:
    """``max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)``."""

    def each(x: Array) -> Array:
        below = xp.minimum(x, 0.0)
        xp.divide(below, alpha, out=below)
        xp.exp(below, out=below)
        xp.add(below, -1.0, out=below)
        xp.multiply(below, alpha, out=below)
        return xp.add(below, xp.maximum(x, 0.0), out=below)

    return by_slabs(each, x)


def thresholded_relu(xp: Plain, x: Array, *, alpha: float) -> Array:
    """``x`` where it is above ``alpha``, else 0."""
    zero = xp.full((1,) * x.ndim, 0.0, like=x)
    return by_slabs(lambda x, zero: np.where(xp.above(x, alpha), x, zero), x, zero)


def _log_of_one_more(xp: Plain, x: Array, most: float) -> Array:
    """``log(1 + exp(min(x, most)))``."""
    y = xp.minimum(x, most)
    xp.exp(y, out=y)
    xp.add(y, 1.0, out=y)
    return xp.log(y, out=y)


def hard_sigmoid(xp: Plain, x: Array) -> Array:
    """``min(max(x + 3, 0), 6) / 6``."""
    y = xp.add(x, 3.0)
    xp.maximum(y, 0.0, out=y)
    xp.minimum(y, 6.0, out=y)
    return xp.divide(y, 6.0, out=y)


def hard_swish(xp: Plain, x: Array) -> Array:
    """``x * min(max(x + 3, 0), 6) / 6``."""
    y = hard_sigmoid(xp, x)
    return xp.multiply(y, x, out=y)
