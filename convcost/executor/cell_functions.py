"""The functions that recurrent layers apply inside of their cells, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.executor.activation import leaky_relu, relu, sigmoid, tanh
from convcost.executor.smooth import elu, softplus, softsign, thresholded_relu

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.executor.namespace import Array, Plain


def apply(xp: Plain, function: str | Sequence[str | float], x: Array) -> Array:
    """A function of each element: a word, or a word and its numbers."""
    word, *numbers = (function,) if isinstance(function, str) else function
    return _FUNCTIONS[str(word)](xp, x, *numbers)


def _hard_sigmoid(xp: Plain, x: Array, alpha: float = 0.2, beta: float = 0.5) -> Array:
    """``min(max(alpha x + beta, 0), 1)``, as ONNX has it."""
    y = _affine(xp, x, alpha, beta)
    xp.maximum(y, 0.0, out=y)
    return xp.minimum(y, 1.0, out=y)


def _affine(xp: Plain, x: Array, alpha: float = 1.0, beta: float = 0.0) -> Array:
    y = xp.multiply(x, alpha)
    return xp.add(y, beta, out=y)


def _scaled_tanh(xp: Plain, x: Array, alpha: float = 1.0, beta: float = 1.0) -> Array:
    y = xp.multiply(x, beta)
    xp.tanh(y, out=y)
    return xp.multiply(y, alpha, out=y)


def _leaky_relu(xp: Plain, x: Array, alpha: float = 0.01) -> Array:
    return leaky_relu(xp, x, negative_slope=alpha)


def _thresholded_relu(xp: Plain, x: Array, alpha: float = 1.0) -> Array:
    return thresholded_relu(xp, x, alpha=alpha)


def _elu(xp: Plain, x: Array, alpha: float = 1.0) -> Array:
    return elu(xp, x, alpha=alpha)


def _softplus(xp: Plain, x: Array) -> Array:
    return softplus(xp, x, beta=1.0, threshold=20.0)


_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": _leaky_relu,
    "thresholded_relu": _thresholded_relu,
    "elu": _elu,
    "softsign": softsign,
    "softplus": _softplus,
    "hard_sigmoid": _hard_sigmoid,
    "affine": _affine,
    "scaled_tanh": _scaled_tanh,
}
