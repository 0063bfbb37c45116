"""Numbers that remember what they were made of, so that a backward pass can be run.

An object array of :class:`Traced` goes through the same kernels as one of floats. Each number that
depends on what is learned keeps the numbers that it was made of and its derivative by each; going
back through them in reverse order gives the gradient of a sum of outputs by everything. Griewank
and Walther, "Evaluating Derivatives", 2nd edition, 2008, chapter 3.

Products that are terms of sums are marked, and what the way back multiplies for them is counted as
it is multiplied. Numbers that depend on nothing learned are tallies and have no gradient.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.executor.tally import Scalars, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array

STEP = 1e-6  # from a number to the next, for derivatives that are not written out


class Traced(Tally):
    """A number that depends on something learned."""

    __slots__ = ("gradient", "of_sum", "parts")
    made: list[Traced] = []  # noqa: RUF012 - one tape for all, on purpose

    def __init__(self, value: float, parts: Sequence[tuple[Traced, float]] = ()) -> None:
        super().__init__(value)
        self.parts = parts
        self.gradient: float | None = None
        self.of_sum = False  # whether it is a product that is the term of a sum
        if parts:
            Traced.made.append(self)

    def back(self, counted: list[int]) -> None:
        """Hand the own gradient on to what it was made of.

        Args:
            counted: products by inputs and by weights, where those of sums are added. They are made
                of a gradient of 0 too, as they are of padding.
        """
        if self.gradient is None and not self.of_sum:
            return
        for part, derivative in self.parts:
            part.gradient = (part.gradient or 0.0) + (self.gradient or 0.0) * derivative
            counted[isinstance(part, Learned)] += self.of_sum

    def __mul__(self, other: Any) -> Tally:
        return _of_two(self, other, self.value * _value(other), _value(other), self.value)

    def __add__(self, other: Any) -> Tally:
        return _of_two(self, other, self.value + _value(other), 1.0, 1.0)

    def __sub__(self, other: Any) -> Tally:
        return _of_two(self, other, self.value - _value(other), 1.0, -1.0)

    def __rsub__(self, other: Any) -> Tally:
        return _of_two(other, self, _value(other) - self.value, 1.0, -1.0)

    def __truediv__(self, other: Any) -> Tally:
        return _quotient(self, other)

    def __rtruediv__(self, other: Any) -> Tally:
        return _quotient(other, self)

    def __mod__(self, other: Any) -> Tally:
        a, b = self.value, _value(other)
        return _of_two(self, other, float(np.remainder(a, b)), 1.0, -float(np.floor(a / b)))

    def fmod(self, other: Any) -> Tally:
        """See Tally."""
        a, b = self.value, _value(other)
        return _of_two(self, other, float(np.fmod(a, b)), 1.0, -float(np.trunc(a / b)))

    __rmul__ = __mul__
    __radd__ = __add__
    __hash__ = None  # type: ignore[assignment] - see Tally

    def _with(self, value: Tally, derivative: float) -> Tally:
        return Traced(value.value, ((self, derivative),))

    def __neg__(self) -> Tally:
        return Traced(-self.value, ((self, -1.0),))

    def __abs__(self) -> Tally:
        return self._with(super().__abs__(), math.copysign(1.0, self.value))

    def __floor__(self) -> Tally:
        return Traced(float(np.floor(self.value)), ((self, 0.0),))

    def __ceil__(self) -> Tally:
        return Traced(float(np.ceil(self.value)), ((self, 0.0),))

    def rint(self) -> Tally:
        """See Tally."""
        return Traced(float(np.rint(self.value)), ((self, 0.0),))

    def sqrt(self) -> Tally:
        """See Tally."""
        root = super().sqrt()
        return self._with(root, 0.5 / root.value if root.value else math.inf)

    def exp(self) -> Tally:
        """See Tally."""
        power = super().exp()
        return self._with(power, power.value)

    def log(self) -> Tally:
        """See Tally."""
        return self._with(super().log(), 1 / self.value if self.value else math.inf)

    def sin(self) -> Tally:
        """See Tally."""
        return self._with(super().sin(), math.cos(self.value))

    def cos(self) -> Tally:
        """See Tally."""
        return self._with(super().cos(), -math.sin(self.value))

    def tanh(self) -> Tally:
        """See Tally."""
        y = super().tanh()
        return self._with(y, 1 - y.value * y.value)

    def sigmoid(self) -> Tally:
        """See Tally."""
        y = super().sigmoid()
        return self._with(y, y.value * (1 - y.value))

    def erf(self) -> Tally:
        """See Tally."""
        return self._with(
            super().erf(), 2 / math.sqrt(math.pi) * math.exp(-self.value * self.value)
        )

    def __pow__(self, exponent: Any) -> Tally:
        return _power(self, exponent)

    def __rpow__(self, base: Any) -> Tally:
        return _power(base, self)


class Learned(Traced):
    """An element of an array that a layer learns."""

    __slots__ = ()


class Sum(Traced):
    """A sum of products, as matrix products have them."""

    __slots__ = ("column", "row")

    def __init__(self, value: float, row: Sequence[Tally], column: Sequence[Tally]) -> None:
        super().__init__(value)
        self.row, self.column = row, column
        Traced.made.append(self)

    def back(self, counted: list[int]) -> None:
        """See Traced."""
        gradient = self.gradient or 0.0
        for a, b in zip(self.row, self.column, strict=True):
            for factor, other in ((a, b), (b, a)):
                if isinstance(factor, Traced):
                    factor.gradient = (factor.gradient or 0.0) + gradient * other.value
                    counted[isinstance(factor, Learned)] += 1


class Counted(NamedTuple):
    """Products of the gradients of a part of a tape: by inputs, and by learned arrays."""

    by_input: int
    by_weight: int


def rewound(part: Sequence[Traced]) -> Counted:
    """Hand gradients on through a part of the tape, the last number first.

    Returns:
        What was multiplied for products that are terms of sums.
    """
    found = [0, 0]
    for number in reversed(part):
        number.back(found)
    return Counted(*found)


class Tracing(Scalars):
    """Plain arithmetic on arrays of traced numbers."""

    def matmul(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """See Plain: a number for each sum."""
        return _into(out, _sums(a, b))

    def product(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """See Plain."""
        made = np.multiply(a, b)
        for number in made.flat:
            if isinstance(number, Traced):
                number.of_sum = True
        return _into(out, made)

    def maximum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return _into(out, _taken(super().maximum(a, b), a, b))

    def minimum(self, a: Array, b: Array | float, out: Array | None = None) -> Array:
        """See Plain."""
        return _into(out, _taken(super().minimum(a, b), a, b))

    def negative(self, a: Array) -> Array:
        """See Plain."""
        return np.asarray(np.frompyfunc(_negative, 1, 1)(a), dtype=object)

    def sigmoid(self, a: Array, out: Array | None = None) -> Array:
        """See Plain."""
        return _into(out, np.frompyfunc(lambda x: x.sigmoid(), 1, 1)(a))

    def erf(self, a: Array) -> Array:
        """See Plain."""
        return np.asarray(np.frompyfunc(lambda x: x.erf(), 1, 1)(a), dtype=object)

    def function(self, name: str, a: Array) -> Array:
        """See Plain: the derivative is the slope between two numbers beside each element."""
        values = self.numbers(a)
        with np.errstate(all="ignore"):
            of = getattr(np, name)
            slopes = (of(values + STEP) - of(values - STEP)) / (2 * STEP)
            made = of(values)
        result = np.empty(a.shape, dtype=object)
        every = zip(a.flat, made.flat, slopes.flat, strict=True)
        result.reshape(-1)[:] = [
            Traced(y, ((x, slope),)) if isinstance(x, Traced) else Tally(y) for x, y, slope in every
        ]
        return result

    def full(self, shape: Sequence[int], value: float, like: Array) -> Array:
        """See Plain. What is put around a map that has a gradient belongs to that map."""
        if not any(isinstance(number, Traced) for number in like.flat):
            return super().full(shape, value, like)
        return leaves(np.full(tuple(shape), value), Traced)


def leaves(values: Array, kind: type[Traced]) -> Array:
    """An array of floats as one of numbers that have a gradient and are made of no others."""
    result = np.empty(values.shape, dtype=object)
    result.reshape(-1)[:] = [kind(value) for value in values.reshape(-1).tolist()]
    return result


def as_tensor(made: Any) -> Array:
    """An array that has a gradient as a whole or not at all, as in frameworks: a number that has
    none, such as the 0 of a relu, gets one where others have one."""
    array = np.asarray(made)
    traced = any(isinstance(number, Traced) for number in array.flat)
    return _all_traced(array) if traced else array


def _taken(made: Array, *given: Any) -> Array:
    """Return the elements taken of several arrays, traced if any of the arrays is, even if none of
    its own elements was taken."""
    arrays = (np.asarray(array) for array in given)
    traced = any(isinstance(number, Traced) for array in arrays for number in array.flat)
    return _all_traced(made) if traced else made


def _all_traced(array: Array) -> Array:
    whole = np.empty(array.shape, dtype=object)
    whole.reshape(-1)[:] = [n if isinstance(n, Traced) else Traced(n.value) for n in array.flat]
    return whole


def _value(number: Any) -> float:
    return number.value if isinstance(number, Tally) else float(number)


def _of_two(a: Any, b: Any, value: float, by_a: float, by_b: float) -> Tally:
    pairs = ((a, by_a), (b, by_b))
    return Traced(value, tuple(pair for pair in pairs if isinstance(pair[0], Traced)))


def _quotient(a: Any, b: Any) -> Tally:
    x, y = _value(a), _value(b)
    value = x / y if y else math.nan
    return _of_two(a, b, value, 1 / y if y else math.nan, -value / y if y else math.nan)


def _power(a: Any, b: Any) -> Tally:
    x, y = _value(a), _value(b)
    value = (Tally(x) ** y).value
    by_x = y * (Tally(x) ** (y - 1)).value if y else 0.0
    return _of_two(a, b, value, by_x, value * math.log(x) if x > 0 else 0.0)


def _negative(x: Tally) -> Tally:
    return -x if isinstance(x, Traced) else Tally(-x.value)


def _into(out: Array | None, made: Any) -> Array:
    if out is None:
        return np.asarray(made, dtype=object)
    out[...] = made
    return out


def _sums(a: Array, b: Array) -> Array:
    """Matrix products over the last two axes, each sum one number."""
    outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    rows = np.broadcast_to(a, (*outer, *a.shape[-2:])).reshape(-1, *a.shape[-2:])
    columns = np.broadcast_to(b, (*outer, *b.shape[-2:])).reshape(-1, *b.shape[-2:])
    made = np.empty((len(rows), a.shape[-2], b.shape[-1]), dtype=object)
    for matrix, first, second in zip(made, rows, columns, strict=True):
        turned = [column.tolist() for column in second.T]
        for row, numbers in zip(matrix, map(np.ndarray.tolist, first), strict=True):
            row[:] = [_sum(numbers, column) for column in turned]
    return made.reshape(*outer, a.shape[-2], b.shape[-1])


def _sum(row: Sequence[Tally], column: Sequence[Tally]) -> Tally:
    value = sum(a.value * b.value for a, b in zip(row, column, strict=True))
    traced = any(isinstance(factor, Traced) for factor in (*row, *column))
    return Sum(value, row, column) if traced else Tally(value)
