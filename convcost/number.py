"""The kinds of number a formula may be given.

A cost formula is plain arithmetic (``+ - * // %``) and the primitives of this module. It is written
once and means four things:

* ``int``: an exact count;
* :class:`Column`: exact counts of many candidates at once;
* :class:`Interval`: bounds on a count, whatever the candidate;
* :class:`Symbol`: the formula itself, printed as it was written.

So a formula never branches on a size. The last three refuse to be compared or converted, which
makes such a branch an error in the type checker and in every test that passes a Symbol. What a
formula requires of its sizes it yields as :class:`Must`. Ints go with every kind; two of the other
kinds do not go together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt


class Kind:
    """A number that stands for more than one int; subclasses say how two of them combine."""

    __slots__ = ()
    __array_ufunc__: ClassVar[None] = (
        None  # so that NumPy's scalars do not take over our arithmetic
    )

    @classmethod
    def combine(cls, operator: str, a: Number, b: Number) -> Number:
        """``a operator b``, where operator is one of ``+ - * // % min max``."""
        raise NotImplementedError  # every kind overrides it

    def __add__(self, other: Number) -> Number:
        return self.combine("+", self, other)

    def __radd__(self, other: Number) -> Number:
        return self.combine("+", other, self)

    def __sub__(self, other: Number) -> Number:
        return self.combine("-", self, other)

    def __rsub__(self, other: Number) -> Number:
        return self.combine("-", other, self)

    def __mul__(self, other: Number) -> Number:
        return self.combine("*", self, other)

    def __rmul__(self, other: Number) -> Number:
        return self.combine("*", other, self)

    def __floordiv__(self, other: Number) -> Number:
        return self.combine("//", self, other)

    def __rfloordiv__(self, other: Number) -> Number:
        return self.combine("//", other, self)

    def __mod__(self, other: Number) -> Number:
        return self.combine("%", self, other)

    def __rmod__(self, other: Number) -> Number:
        return self.combine("%", other, self)

    def __neg__(self) -> Number:
        return self.combine("-", 0, self)

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"a formula must not branch on a size, or turn it into an int: {self!r}")

    if not TYPE_CHECKING:  # to a type checker these do not exist, so a branch is an error there too
        __bool__ = __int__ = __index__ = __float__ = __round__ = _refuse
        __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
        __hash__ = object.__hash__


Number: TypeAlias = int | Kind
Shape: TypeAlias = tuple[Number, ...]


class Must(NamedTuple):
    """A condition of a formula: it holds where ``margin`` is at least 0.

    ``says`` is the sentence for the user when it does not, with the names of ``values`` in braces;
    it is filled in only then. ``field`` names the field of the op to point at, ``inputs`` the
    numbers of the inputs that disagree.
    """

    margin: Number
    says: str
    field: str | None = None
    values: Mapping[str, object] = {}
    inputs: Sequence[int] = ()

    def sentence(self) -> str:
        """The condition's complaint about these numbers."""
        return self.says.format_map(self.values)


# Primitives: together with + - * // % they are all that a formula may use.


def smaller(a: Number, b: Number) -> Number:
    """The smaller of two numbers."""
    if isinstance(a, Kind) or isinstance(b, Kind):
        return _kind(a, b).combine("min", a, b)
    return min(a, b)


def larger(a: Number, b: Number) -> Number:
    """The larger of two numbers."""
    if isinstance(a, Kind) or isinstance(b, Kind):
        return _kind(a, b).combine("max", a, b)
    return max(a, b)


def at_least_zero(a: Number) -> Number:
    """``a``, or 0 where it is negative."""
    return larger(a, 0)


def ceil_div(a: Number, b: Number) -> Number:
    """``a / b`` rounded up, for ``b > 0``."""
    return -(-a // b)


def prod(numbers: Iterable[Number]) -> Number:
    """The product of all numbers; 1 for none."""
    return math.prod(cast("Iterable[int]", numbers))  # multiplies any kind


def total(taps: Number, term: Callable[[Number], Number]) -> Number:
    """The sum of ``term(t)`` for t in ``0 .. taps - 1``."""
    if isinstance(taps, Symbol):
        tap = Symbol(_free_name(f"{taps} {term(Symbol('?'))}"))
        return Symbol(f"sum({term(tap)} for {tap} in range({taps}))")
    if isinstance(taps, int):
        return sum(cast("Iterable[int]", map(term, range(taps))))  # adds any kind
    result: Number = 0
    most = taps.high if isinstance(taps, Interval) else _bounds(taps).high
    for tap in range(most):
        is_there = at_least_zero(smaller(taps - tap, 1))  # 1 while tap < taps, 0 from there on
        result = result + is_there * term(tap)
    return result


def _kind(a: Number, b: Number) -> type[Kind]:
    return type(a if isinstance(a, Kind) else cast("Kind", b))


def _free_name(text: str) -> str:
    """A name for the variable of a sum that its text does not use: ``t``, or ``t_`` ..."""
    from re import search

    name = "t"
    while search(rf"\b{name}\b", text):
        name += "_"
    return name


class Interval(Kind):
    """All ints from ``low`` to ``high``, both included.

    Arithmetic gives bounds that contain every result; they need not be reached, because an interval
    does not know that it appears twice in a formula.
    """

    __slots__ = ("high", "low")

    def __init__(self, low: int, high: int) -> None:
        if low > high:
            raise ValueError(f"an interval from {low} to {high} is empty")
        self.low = low
        self.high = high

    def __repr__(self) -> str:
        return f"Interval({self.low}, {self.high})"

    def __contains__(self, value: int) -> bool:
        return self.low <= value <= self.high

    @classmethod
    def combine(cls, operator: str, a: Number, b: Number) -> Interval:
        """Bounds of ``a operator b``; ZeroDivisionError where a divisor may be below 1."""
        x, y = _interval(a), _interval(b)
        if operator == "+":
            return Interval(x.low + y.low, x.high + y.high)
        if operator == "-":
            return Interval(x.low - y.high, x.high - y.low)
        if operator == "min":
            return Interval(min(x.low, y.low), min(x.high, y.high))
        if operator == "max":
            return Interval(max(x.low, y.low), max(x.high, y.high))
        if operator == "*":
            corners = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high]
            return Interval(min(corners), max(corners))
        if y.low < 1:
            raise ZeroDivisionError(f"a divisor in {y!r} may be zero or negative")
        if operator == "//":
            corners = [x.low // y.low, x.low // y.high, x.high // y.low, x.high // y.high]
            return Interval(min(corners), max(corners))
        if y.low == y.high and x.low // y.low == x.high // y.low:  # one quotient: % only shifts
            return Interval(x.low % y.low, x.high % y.low)
        return Interval(0, min(x.high, y.high - 1) if x.low >= 0 else y.high - 1)


def _interval(a: Number) -> Interval:
    if isinstance(a, Interval):
        return a
    if isinstance(a, int):
        return Interval(a, a)
    raise TypeError(f"an interval combines with ints and intervals, not with {a!r}")


INT64 = Interval(-(2**63), 2**63 - 1)


class Column(Kind):
    """One int a row: a formula over columns prices every row at once.

    Rows are int64 while the bounds prove that no row can overflow, and Python's own unbounded ints
    from the first step where they do not: slower, never wrong.
    """

    __slots__ = ("bounds", "rows")

    def __init__(self, rows: npt.ArrayLike) -> None:
        """Take any sequence of ints; TypeError for rows that are not, ValueError for none."""
        import numpy as np

        array = np.asarray(rows, dtype=None if isinstance(rows, np.ndarray) else object)
        if array.ndim != 1 or array.size == 0:
            raise ValueError(f"a column has one axis and at least one row, not shape {array.shape}")
        if array.dtype.kind not in "iu":
            array = np.array([_whole(row) for row in array], dtype=object)
        self.bounds = Interval(int(array.min()), int(array.max()))
        self.rows: npt.NDArray[Any] = array.astype(_dtype(self.bounds))

    def __repr__(self) -> str:
        return f"Column({self.rows!r})"

    @classmethod
    def combine(cls, operator: str, a: Number, b: Number) -> Column:
        """``a operator b`` row by row; ZeroDivisionError where a divisor may be below 1."""
        if isinstance(a, Column) and isinstance(b, Column) and a.rows.size != b.rows.size:
            raise ValueError(f"columns of {a.rows.size} and {b.rows.size} rows do not pair")
        x, y = _bounds(a), _bounds(b)
        dtype = _dtype(x, y, Interval.combine(operator, x, y))
        rows = _ufunc(operator)(_rows(a, dtype), _rows(b, dtype))
        result = cls.__new__(cls)
        result.rows = rows
        # The rows themselves may be tighter than what the operands' bounds promise.
        result.bounds = Interval(int(rows.min()), int(rows.max()))
        return result


def _whole(row: object) -> int:
    import numpy as np

    if isinstance(row, bool) or not isinstance(row, (int, np.integer)):
        raise TypeError(f"a column holds ints, not {row!r}")
    return int(cast("int", row))


def _bounds(a: Number) -> Interval:
    if isinstance(a, Column):
        return a.bounds
    if isinstance(a, int):
        return Interval(a, a)
    raise TypeError(f"a column combines with ints and columns, not with {a!r}")


def bounds_of(a: Number) -> Interval:
    """The bounds of a number that has no name."""
    return a if isinstance(a, Interval) else _bounds(a)


def _dtype(*bounds: Interval) -> type[Any]:
    import numpy as np

    fits = all(INT64.low <= b.low and b.high <= INT64.high for b in bounds)
    return np.int64 if fits else object


def _rows(a: Number, dtype: type[Any]) -> npt.NDArray[Any]:
    import numpy as np

    return a.rows.astype(dtype, copy=False) if isinstance(a, Column) else np.asarray(a, dtype=dtype)


def _ufunc(operator: str) -> np.ufunc:
    import numpy as np

    return {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "//": np.floor_divide,
        "%": np.remainder,
        "min": np.minimum,
        "max": np.maximum,
    }[operator]


# How strongly a text binds, weakest first. A quotient binds less than a product, because a product
# may be regrouped and a quotient not: a * (b * c) needs no brackets, a * (b // c) does.
_SUM, _NEGATIVE, _QUOTIENT, _PRODUCT, _ATOM = range(5)
# By operator: how strongly operands must bind to stand without brackets, and the result at most.
_BINDING = {
    "+": (_SUM, _SUM, _SUM),
    "-": (_SUM, _QUOTIENT, _SUM),
    "*": (_NEGATIVE, _PRODUCT, _PRODUCT),
    "//": (_NEGATIVE, _ATOM, _QUOTIENT),
    "%": (_NEGATIVE, _ATOM, _QUOTIENT),
}


class Symbol(Kind):
    """A number by name: a formula over symbols prints itself.

    The text is Python: evaluated with a number for every name (and ``min``, ``max``, ``sum`` and
    ``range``) it gives what the formula gives for those numbers.
    """

    __slots__ = ("added", "binds", "text")

    def __init__(
        self, text: str, binds: int = _ATOM, added: tuple[Symbol, int] | None = None
    ) -> None:
        self.text = text
        self.binds = binds
        self.added = added or (self, 0)  # what it is a sum of, where it ends in an int

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Symbol({self.text!r})"

    @classmethod
    def combine(cls, operator: str, a: Number, b: Number) -> Symbol:
        """``a operator b`` as text. What changes nothing is not worth writing: adding 0,
        multiplying by 1, ints one after the other, a number against itself."""
        if operator in "+-" and isinstance(a, Symbol) and isinstance(b, int):
            start, constant = a.added
            return start._plus(constant + b if operator == "+" else constant - b)
        x, y = _symbol(a), _symbol(b)
        if operator in ("min", "max"):
            return x if x.text == y.text else Symbol(f"{operator}({x}, {y})")
        if (operator == "*" and "0" in (x.text, y.text)) or (operator == "-" and x.text == y.text):
            return Symbol("0")
        unit = {"+": "0", "-": "0", "*": "1", "//": "1"}.get(operator)
        if y.text == unit:
            return x
        if x.text == unit and operator in "+*":
            return y
        if x.text == unit and operator == "-":
            return Symbol(f"-{y.within(_ATOM)}", _NEGATIVE)
        left, right, at_most = _BINDING[operator]
        binds = min(at_most, x.binds) if x.binds >= left else at_most
        return Symbol(f"{x.within(left)} {operator} {y.within(right)}", binds)

    def _plus(self, number: int) -> Symbol:
        if not number:
            return self
        sign = "+" if number > 0 else "-"
        return Symbol(f"{self.within(_SUM)} {sign} {abs(number)}", _SUM, (self, number))

    def within(self, binds: int) -> str:
        """The text, in brackets if it binds less than what stands beside it."""
        return self.text if self.binds >= binds else f"({self})"


def _symbol(a: Number) -> Symbol:
    if isinstance(a, Symbol):
        return a
    if isinstance(a, int):
        return Symbol(str(int(a)), _ATOM if a >= 0 else _NEGATIVE)  # True is 1
    raise TypeError(f"a symbol combines with ints and symbols, not with {a!r}")
