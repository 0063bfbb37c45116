"""The arithmetic that kernels are written against, plain and counting.

Kernels move elements with NumPy and calculate with an ``xp``: :class:`Plain` calculates,
:class:`Counting` calculates just the same and adds up the sizes of what it was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.special import Array, erf

if TYPE_CHECKING:
    from collections.abc import Sequence

Axes = int | tuple[int, ...]


class Plain:
    """Arithmetic on arrays. Each operation returns ``out`` where one is given, else a new array.

    ``nan_is_lost``: a NaN marks what is not known, so what is asked of it is not known either.
    """

    nan_is_lost = True

    def matmul(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Matrix products over the last two axes."""
        return np.matmul(a, b, out=out)

    def product(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Element-wise products that are terms of a sum, as those of a convolution are."""
        return np.multiply(a, b, out=out)

    def multiply(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """Element-wise products."""
        return np.multiply(a, b, out=out)

    def add(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """Element-wise sums."""
        return np.add(a, b, out=out)

    def subtract(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Element-wise differences."""
        return np.subtract(a, b, out=out)

    def divide(self, a: Array | float, b: Array | float, out: Array | None = None) -> Array:
        """Element-wise quotients."""
        return np.divide(a, b, out=out)

    def remainder(self, a: Array, b: Array) -> Array:
        """Remainders with the sign of the divisor; NaN where that is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.remainder(a, b)

    def fmod(self, a: Array, b: Array) -> Array:
        """Remainders with the sign of the dividend; NaN where the divisor is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.fmod(a, b)

    def maximum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """The larger of each two elements."""
        return np.maximum(a, b, out=out)

    def minimum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """The smaller of each two elements."""
        return np.minimum(a, b, out=out)

    def floor(self, a: Array) -> Array:
        """The largest whole number not above each element; NaN stays NaN."""
        return np.floor(a)

    def ceil(self, a: Array) -> Array:
        """The smallest whole number not below each element; NaN stays NaN."""
        return np.ceil(a)

    def rint(self, a: Array) -> Array:
        """The whole number nearest to each element, of two the even one; NaN stays NaN."""
        return np.rint(a)

    def above(self, a: Array, bound: Array | float) -> Array:
        """Whether each element is above a bound; NaN is taken for one that is."""
        return np.logical_not(a <= bound)

    def below(self, a: Array, bound: Array | float) -> Array:
        """Whether each element is below a bound; NaN is taken for one that is."""
        return np.logical_not(a >= bound)

    def equal(self, a: Array, b: Array) -> Array:
        """Whether each two elements are the same."""
        return np.equal(a, b)

    def negative(self, a: Array) -> Array:
        """Each element with the other sign, which is not counted."""
        return np.negative(a)

    def absolute(self, a: Array) -> Array:
        """The larger of each element and its negative."""
        return np.abs(a)

    def sum(self, a: Array, axes: Axes) -> Array:
        """Sums along axes, which stay with size 1."""
        return np.add.reduce(a, axis=axes, keepdims=True)

    def max(self, a: Array, axes: Axes) -> Array:
        """Largest elements along axes, which stay with size 1."""
        return np.maximum.reduce(a, axis=axes, keepdims=True)

    def min(self, a: Array, axes: Axes) -> Array:
        """Smallest elements along axes, which stay with size 1."""
        return np.minimum.reduce(a, axis=axes, keepdims=True)

    def prod(self, a: Array, axes: Axes) -> Array:
        """Products along axes, which stay with size 1."""
        return np.multiply.reduce(a, axis=axes, keepdims=True)

    def sqrt(self, a: Array) -> Array:
        """Square roots; NaN for what is not real."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(a)

    def exp(self, a: Array, out: Array | None = None) -> Array:
        """Exponentials."""
        return np.exp(a, out=out)

    def log(self, a: Array, out: Array | None = None) -> Array:
        """Natural logarithms; NaN for what is not real."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(a, out=out)

    def sin(self, a: Array) -> Array:
        """Sines."""
        return np.sin(a)

    def cos(self, a: Array) -> Array:
        """Cosines."""
        return np.cos(a)

    def function(self, name: str, a: Array) -> Array:
        """A transcendental function by its name in NumPy, of each element; NaN for what is not
        real."""
        with np.errstate(all="ignore"):
            return getattr(np, name)(a)

    def power(self, a: Array, exponent: Array | float) -> Array:
        """Powers; NaN for what is not real."""
        with np.errstate(invalid="ignore"):
            return np.power(a, exponent)

    def tanh(self, a: Array, out: Array | None = None) -> Array:
        """Hyperbolic tangents."""
        return np.tanh(a, out=out)

    def sigmoid(self, a: Array, out: Array | None = None) -> Array:
        """``1 / (1 + exp(-a))``, as one primitive: through tanh, which cannot overflow."""
        half = np.multiply(a, 0.5, out=out)
        np.tanh(half, out=half)
        half *= 0.5
        half += 0.5
        return half

    def erf(self, a: Array) -> Array:
        """The error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t t)`` from 0."""
        return erf(a)

    def full(self, shape: Sequence[int], value: float, like: Array) -> Array:
        """An array of one value, of the kind that ``like`` has."""
        return np.full(tuple(shape), value, dtype=like.dtype)

    def constant(self, values: Array, like: Array) -> Array:
        """Known values as an array of the kind that ``like`` is."""
        return values.astype(like.dtype)

    def factors(self, values: Array, like: Array) -> Array:
        """Known values that inputs are multiplied by."""
        return self.constant(values, like)

    def numbers(self, a: Array) -> Array:
        """The elements as NumPy's numbers, to find addresses with: no arithmetic."""
        return a


class Running(Plain):
    """Arithmetic as programs do it: a NaN is a number that was worked out, and can be asked
    about."""

    nan_is_lost = False


class Counting(Plain):
    """Arithmetic that adds up what it does, in ``counts``."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.reset()

    def reset(self) -> dict[str, int]:
        """Start anew; return the counts so far."""
        before = self.counts
        self.counts = dict.fromkeys(
            ("macs", "multiplies", "adds", "divides", "comparisons", "transcendentals"), 0
        )
        return before

    def matmul(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """See Plain."""
        result = np.matmul(a, b, out=out)
        inner = a.shape[-1]
        self.counts["macs"] += result.size * inner
        self.counts["multiplies"] += result.size * inner
        self.counts["adds"] += result.size * (inner - 1)
        return result

    def product(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """See Plain."""
        result = np.multiply(a, b, out=out)
        self.counts["macs"] += result.size
        self.counts["multiplies"] += result.size
        return result

    def multiply(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("multiplies", np.multiply(a, b, out=out))

    def add(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("adds", np.add(a, b, out=out))

    def subtract(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("adds", np.subtract(a, b, out=out))

    def divide(self, a: Array | float, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("divides", np.divide(a, b, out=out))

    def remainder(self, a: Array, b: Array) -> Array:
        """See Plain."""
        return self._counted("divides", super().remainder(a, b))

    def fmod(self, a: Array, b: Array) -> Array:
        """See Plain."""
        return self._counted("divides", super().fmod(a, b))

    def maximum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("comparisons", np.maximum(a, b, out=out))

    def minimum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("comparisons", np.minimum(a, b, out=out))

    def floor(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("comparisons", super().floor(a))

    def ceil(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("comparisons", super().ceil(a))

    def rint(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("comparisons", super().rint(a))

    def above(self, a: Array, bound: Array | float) -> Array:
        """See Plain."""
        return self._counted("comparisons", super().above(a, bound))

    def below(self, a: Array, bound: Array | float) -> Array:
        """See Plain."""
        return self._counted("comparisons", super().below(a, bound))

    def equal(self, a: Array, b: Array) -> Array:
        """See Plain."""
        return self._counted("comparisons", super().equal(a, b))

    def absolute(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("comparisons", np.abs(a))

    def sum(self, a: Array, axes: Axes) -> Array:
        """See Plain."""
        result = super().sum(a, axes)
        self.counts["adds"] += a.size - result.size
        return result

    def max(self, a: Array, axes: Axes) -> Array:
        """See Plain."""
        result = super().max(a, axes)
        self.counts["comparisons"] += a.size - result.size
        return result

    def min(self, a: Array, axes: Axes) -> Array:
        """See Plain."""
        result = super().min(a, axes)
        self.counts["comparisons"] += a.size - result.size
        return result

    def prod(self, a: Array, axes: Axes) -> Array:
        """See Plain."""
        result = super().prod(a, axes)
        self.counts["multiplies"] += a.size - result.size
        return result

    def sqrt(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().sqrt(a))

    def exp(self, a: Array, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("transcendentals", np.exp(a, out=out))

    def log(self, a: Array, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().log(a, out))

    def sin(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().sin(a))

    def cos(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().cos(a))

    def function(self, name: str, a: Array) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().function(name, a))

    def power(self, a: Array, exponent: Array | float) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().power(a, exponent))

    def erf(self, a: Array) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().erf(a))

    def tanh(self, a: Array, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("transcendentals", np.tanh(a, out=out))

    def sigmoid(self, a: Array, out: Array | None = None) -> Array:
        """See Plain."""
        return self._counted("transcendentals", super().sigmoid(a, out))

    def _counted(self, what: str, result: Array) -> Array:
        self.counts[what] += result.size
        return result
