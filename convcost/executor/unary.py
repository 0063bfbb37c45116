"""Functions of one number, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.logic import answers

if TYPE_CHECKING:
    from convcost.executor.namespace import Array, Plain


def neg(xp: Plain, x: Array) -> Array:
    """``-x``."""
    return xp.negative(x)


def sqrt(xp: Plain, x: Array) -> Array:
    """Square roots; NaN for what is not real."""
    return xp.sqrt(x)


def reciprocal(xp: Plain, x: Array) -> Array:
    """``1 / x``."""
    return xp.divide(1.0, x)


def log(xp: Plain, x: Array) -> Array:
    """Natural logarithms; NaN for what is not real."""
    return xp.log(x)


def erf(xp: Plain, x: Array) -> Array:
    """The error function."""
    return xp.erf(x)


def sin(xp: Plain, x: Array) -> Array:
    """Sines."""
    return xp.sin(x)


def cos(xp: Plain, x: Array) -> Array:
    """Cosines."""
    return xp.cos(x)


def tan(xp: Plain, x: Array) -> Array:
    """Tangents."""
    return xp.function("tan", x)


def asin(xp: Plain, x: Array) -> Array:
    """Arc sines; NaN for what is not real."""
    return xp.function("arcsin", x)


def acos(xp: Plain, x: Array) -> Array:
    """Arc cosines; NaN for what is not real."""
    return xp.function("arccos", x)


def atan(xp: Plain, x: Array) -> Array:
    """Arc tangents."""
    return xp.function("arctan", x)


def sinh(xp: Plain, x: Array) -> Array:
    """Hyperbolic sines."""
    return xp.function("sinh", x)


def cosh(xp: Plain, x: Array) -> Array:
    """Hyperbolic cosines."""
    return xp.function("cosh", x)


def asinh(xp: Plain, x: Array) -> Array:
    """Inverse hyperbolic sines."""
    return xp.function("arcsinh", x)


def acosh(xp: Plain, x: Array) -> Array:
    """Inverse hyperbolic cosines; NaN for what is not real."""
    return xp.function("arccosh", x)


def atanh(xp: Plain, x: Array) -> Array:
    """Inverse hyperbolic tangents; NaN for what is not real."""
    return xp.function("arctanh", x)


def cast(xp: Plain, x: Array, *, to: str) -> Array:
    """The same numbers, whole or 0 and 1 where the type is; their arrays stay as they are, so that
    NaNs can be followed through them."""
    if to.startswith("float") or to == "bfloat16":
        return x.copy()

    def found(x: Array) -> Array:
        return xp.numbers(x) != 0 if to == "bool" else np.trunc(xp.numbers(x))

    return answers(xp, found, x)


def floor(xp: Plain, x: Array) -> Array:
    """The largest whole numbers not above."""
    return xp.floor(x)


def ceil(xp: Plain, x: Array) -> Array:
    """The smallest whole numbers not below."""
    return xp.ceil(x)


def rounded(xp: Plain, x: Array) -> Array:
    """The nearest whole numbers."""
    return xp.rint(x)


def sign(xp: Plain, x: Array) -> Array:
    """1, -1 or 0."""
    return answers(xp, lambda x: xp.above(x, 0.0).astype(float) - xp.below(x, 0.0), x)


def clip(xp: Plain, x: Array, *, min: float | None, max: float | None) -> Array:
    """``x`` between bounds."""
    if min is None:
        return x.copy() if max is None else xp.minimum(x, max)
    y = xp.maximum(x, min)
    return y if max is None else xp.minimum(y, max, out=y if y.ndim else None)
