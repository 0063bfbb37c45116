"""Numbers that count what is done with them: the check on the counting namespace.

An object array of tallies goes through the same kernels; whatever NumPy calls to multiply or add
two elements is counted one by one. Slow (about half a million operations a second) and
incorruptible.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.executor.namespace import Array, Plain

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tally:
    """A float whose arithmetic is counted in ``Tally.counts``."""

    __slots__ = ("value",)
    counts: dict[str, int] = {}  # noqa: RUF012 - one count for all, on purpose

    def __init__(self, value: float) -> None:
        self.value = value

    @classmethod
    def reset(cls) -> dict[str, int]:
        """Start anew; return the counts so far."""
        before = dict(cls.counts)
        cls.counts.update(multiplies=0, adds=0, divides=0, comparisons=0, transcendentals=0)
        return before

    @classmethod
    def array(cls, values: Array) -> Array:
        """An array of floats as one of tallies."""
        result = np.empty(values.shape, dtype=object)
        flat = result.reshape(-1)
        for index, value in enumerate(values.reshape(-1).tolist()):
            flat[index] = cls(value)
        return result

    def _counted(self, what: str, value: float) -> Tally:
        Tally.counts[what] += 1
        return Tally(value)

    def __mul__(self, other: Any) -> Tally:
        return self._counted("multiplies", self.value * _value(other))

    def __add__(self, other: Any) -> Tally:
        return self._counted("adds", self.value + _value(other))

    def __sub__(self, other: Any) -> Tally:
        return self._counted("adds", self.value - _value(other))

    def __truediv__(self, other: Any) -> Tally:
        return self._counted("divides", self.value / _value(other))

    def __rtruediv__(self, other: Any) -> Tally:
        return self._counted("divides", _value(other) / self.value)

    def __mod__(self, other: Any) -> Tally:
        return self._counted("divides", float(np.remainder(self.value, _value(other))))

    def fmod(self, other: Any) -> Tally:
        """The remainder with the sign of the dividend."""
        return self._counted("divides", float(np.fmod(self.value, _value(other))))

    __rmul__ = __mul__
    __radd__ = __add__

    def _compared(self, answer: bool) -> bool:
        Tally.counts["comparisons"] += 1
        return answer

    def __ge__(self, other: Any) -> bool:
        return self._compared(self.value >= _value(other))

    def __le__(self, other: Any) -> bool:
        return self._compared(self.value <= _value(other))

    def __eq__(self, other: object) -> bool:
        return self._compared(self.value == _value(other))

    __hash__ = None  # type: ignore[assignment] - one that is compared is not looked up

    def __abs__(self) -> Tally:
        return self._counted("comparisons", abs(self.value))

    # The names that NumPy calls for functions of objects.

    def __floor__(self) -> Tally:
        return self._counted("comparisons", math.floor(self.value))

    def __ceil__(self) -> Tally:
        return self._counted("comparisons", math.ceil(self.value))

    def rint(self) -> Tally:
        """The nearest whole number, of two the even one."""
        return self._counted("comparisons", round(self.value))

    def sqrt(self) -> Tally:
        """Square root; NaN where it is not real."""
        root = math.sqrt(self.value) if self.value >= 0 else math.nan
        return self._counted("transcendentals", root)

    def exp(self) -> Tally:
        """Exponential."""
        return self._counted("transcendentals", math.exp(self.value))

    def log(self) -> Tally:
        """Natural logarithm; NaN where it is not real."""
        if self.value > 0:
            return self._counted("transcendentals", math.log(self.value))
        return self._counted("transcendentals", -math.inf if self.value == 0 else math.nan)

    def sin(self) -> Tally:
        """Sine."""
        return self._counted("transcendentals", math.sin(self.value))

    def cos(self) -> Tally:
        """Cosine."""
        return self._counted("transcendentals", math.cos(self.value))

    def tanh(self) -> Tally:
        """Hyperbolic tangent."""
        return self._counted("transcendentals", math.tanh(self.value))

    def sigmoid(self) -> Tally:
        """``1 / (1 + exp(-a))``."""
        return self._counted("transcendentals", 0.5 + 0.5 * math.tanh(0.5 * self.value))

    def erf(self) -> Tally:
        """The error function."""
        return self._counted("transcendentals", math.erf(self.value))

    def transformed(self, value: float) -> Tally:
        """The value of a transcendental function of it."""
        return self._counted("transcendentals", value)

    def __pow__(self, exponent: Any) -> Tally:
        try:
            power = math.pow(self.value, _value(exponent))
        except ValueError:  # not real
            power = math.nan
        return self._counted("transcendentals", power)


Tally.reset()


def _value(number: Any) -> float:
    return number.value if isinstance(number, Tally) else float(number)


def _tallies(numbers: Array | float) -> Array:
    return numbers if isinstance(numbers, np.ndarray) else Tally.array(np.asarray(numbers))


class Scalars(Plain):
    """Plain arithmetic on arrays of tallies."""

    # The one compared is also what is kept: a float that came through could be compared or added
    # to another later on, and nobody would count it.

    def maximum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return super().maximum(a, _tallies(b), out)

    def minimum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return super().minimum(a, _tallies(b), out)

    def negative(self, a: Array) -> Array:
        """See Plain."""
        return np.asarray(np.frompyfunc(lambda x: Tally(-x.value), 1, 1)(a), dtype=object)

    def sigmoid(self, a: Array, out: Array | None = None) -> Array:
        """See Plain."""
        result = np.empty(a.shape, dtype=object) if out is None else out
        result[...] = np.frompyfunc(Tally.sigmoid, 1, 1)(a)
        return result

    def erf(self, a: Array) -> Array:
        """See Plain."""
        return np.asarray(np.frompyfunc(Tally.erf, 1, 1)(a), dtype=object)

    def function(self, name: str, a: Array) -> Array:
        """See Plain."""
        of_floats = super().function(name, self.numbers(a))
        pairs = zip(a.flat, of_floats.flat, strict=True)
        result = np.empty(a.shape, dtype=object)
        result.reshape(-1)[:] = [element.transformed(value) for element, value in pairs]
        return result

    def full(
        self,
        shape: Sequence[int],
        value: float,
        like: Array,  # noqa: ARG002 - counted numbers have no dtype
    ) -> Array:
        """See Plain."""
        return Tally.array(np.full(tuple(shape), value))

    def constant(self, values: Array, like: Array) -> Array:  # noqa: ARG002 - as in `full`
        """See Plain."""
        return Tally.array(values)

    def numbers(self, a: Array) -> Array:
        """See Plain."""
        return np.reshape([element.value for element in a.flat], a.shape)
