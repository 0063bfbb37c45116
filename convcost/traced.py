"""Numbers that write down how they were made: the fifth kind, of whole computations.

Columns go through formulas; a network that is read, expanded and counted branches on its sizes,
which no column can. A :class:`Traced` is the number of one candidate, with its place in the
:class:`~convcost.trace.Trace` of all arithmetic that led to it. Where it is compared or turned into
an int, the answer is that candidate's, and the trace notes a *guard*: what was recorded holds for
every candidate for which all guards are answered alike, and says nothing of others. So code that
knows nothing of sweeps becomes a program over many candidates.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from convcost.number import Kind, Number
from convcost.trace import AXIS, BELOW, CALL, COLUMNS, CONSTANT, EQUAL, IS, WHOLE, WORKED, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from fractions import Fraction

    from convcost.trace import Exact


class Traced(Kind):
    """The number of one candidate, and the node of a trace that it is.

    It behaves as the int that it is (a fraction, where an expression made one), and so says that
    it is of that class; whoever asks has decided something.
    """

    __slots__ = ("number", "trace", "whole")

    def __init__(self, trace: Trace, number: int, value: Exact, *, whole: bool = True) -> None:
        self.trace = trace
        self.number = number
        trace.values[number] = value
        self.whole = whole  # for all candidates

    @property
    def value(self) -> Any:
        """The number that it is of the candidate."""
        return self.trace.values[self.number]

    @property
    def __class__(self) -> type[Any]:  # pyright: ignore - C code and `isinstance` see an int
        """The class of its value."""
        if not self.whole:
            is_whole = isinstance(self.value, int)
            self.trace.decided(self.trace.node(WHOLE, (self.number,)), is_whole)
        return cast("type[Any]", type(self.value))

    def settled(self) -> Traced:
        """Itself, for those candidates for which it is an int as here, or this very fraction."""
        if self.__class__ is not int:
            self.fixed()
        return self

    def fixed(self) -> Any:
        """The value itself, for the candidates that have it."""
        self.trace.decided(self.trace.node(IS, (self.number,), self.value), True)
        return self.value

    # Arithmetic

    @classmethod
    def combine(cls, operator: str, a: Number, b: Number) -> Number:
        """``a operator b``, noted; where that cannot differ it is not."""
        trace = (a if isinstance(a, Traced) else cast("Traced", b)).trace
        if (
            operator in ("//", "%") and cast("int", b) < 1
        ):  # else no candidate of this trace divides by zero
            return _worked_out(operator, fixed(a), fixed(b))
        x, y = plain(a), plain(b)
        first, second = node_of(trace, a), node_of(trace, b)
        same = _unchanged(operator, a, b, first == second)
        if same is not None:
            return same
        if operator in "+-" and not isinstance(b, Traced):
            return _moved(cast("Traced", a), b if operator == "+" else -b)
        if operator == "+" and not isinstance(a, Traced):
            return _moved(cast("Traced", b), a)
        if operator in "+*minmax" and first > second:
            first, second = second, first
        return cls(trace, trace.node(operator, (first, second)), _worked_out(operator, x, y))

    if not TYPE_CHECKING:  # a sequence is not multiplied, it is repeated

        def __mul__(self, other: object) -> object:
            return self.combine("*", self, other) if _counts(other) else NotImplemented

        def __rmul__(self, other: object) -> object:
            return self.combine("*", other, self) if _counts(other) else NotImplemented

    def __abs__(self) -> Number:
        """How far it is from 0."""
        return self.combine("max", self, -self)

    def __divmod__(self, other: Number) -> tuple[Number, Number]:
        return self // other, self % other

    def __rdivmod__(self, other: Number) -> tuple[Number, Number]:
        return other // self, other % self

    def __pos__(self) -> Number:
        return self

    # Decisions

    def _compared(self, operator: str, a: object, b: object) -> bool:
        """Whether a comparison holds, which is noted."""
        x, y = plain(a), plain(b)
        if not (isinstance(x, int) and isinstance(y, int)):
            for number in (a, b):
                if isinstance(number, Traced):
                    number.fixed()
            return x == y if operator == EQUAL else x < y
        first, second = (node_of(self.trace, cast("Number", number)) for number in (a, b))
        if first == second:
            return operator == EQUAL
        answer = x == y if operator == EQUAL else x < y
        return self.trace.decided(self.trace.node(operator, (first, second)), answer)

    if not TYPE_CHECKING:  # a formula must not branch, whatever its numbers

        def __eq__(self, other: object) -> bool:
            return self._compared(EQUAL, self, other) if _counts(other) else NotImplemented

        def __ne__(self, other: object) -> bool:
            return not self._compared(EQUAL, self, other) if _counts(other) else NotImplemented

        def __lt__(self, other: object) -> bool:
            return self._compared(BELOW, self, other)

        def __gt__(self, other: object) -> bool:
            return self._compared(BELOW, other, self)

        def __le__(self, other: object) -> bool:
            return not self._compared(BELOW, other, self)

        def __ge__(self, other: object) -> bool:
            return not self._compared(BELOW, self, other)

        def __bool__(self) -> bool:
            return not self._compared(EQUAL, self, 0)

        def __index__(self) -> int:
            return self.fixed()

        __int__ = __trunc__ = __index__

        def __float__(self) -> float:
            return float(self.fixed())

        @property
        def numerator(self) -> int:
            """Of the value itself."""
            return self.fixed().numerator

        @property
        def denominator(self) -> int:
            """Of the value itself."""
            return self.fixed().denominator

        def bit_length(self) -> int:
            """Of the value itself."""
            return self.fixed().bit_length()

        def __truediv__(self, other: Number) -> float:
            return self.fixed() / fixed(other)

        def __rtruediv__(self, other: Number) -> float:
            return fixed(other) / self.fixed()

        def __round__(self, digits: int | None = None) -> int:
            return round(self.fixed(), digits)

    def __hash__(self) -> int:
        """Of its node: numbers of one formula are one key, and others are not for being equal."""
        return hash((id(self.trace), self.trace.candidates, self.number))

    # Texts are of the candidate: sentences about it, which decide nothing.

    def __repr__(self) -> str:  # of its node, in whose place sentence_of puts a number
        return f"Traced({self.number})"

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, how: str) -> str:
        return format(self.value, how)


def on_axis(trace: Trace, name: str, value: Exact) -> Traced:
    """The candidate's value on an axis."""
    return Traced(trace, trace.node(AXIS, what=name), value, whole=False)


def node_of(trace: Trace, number: Number | Fraction) -> int:
    """The node of a number; of a constant, where it is not a traced one."""
    if isinstance(number, Traced):
        return number.settled().number
    return trace.node(CONSTANT, what=int(cast("int", number)))


def called(
    key: Hashable,
    function: Callable[..., object],
    arguments: Sequence[Traced],
    value: object,
) -> object:
    """A function that was called with traced numbers, and gave ``value`` for their values.

    Args:
        key: what tells it from other functions.
        function: of exact numbers, None for those where it fails.
        arguments: what it was called with, at least one.
        value: what it gave.

    Returns:
        a number that is traced; all else as it is, for the candidates for which it is.
    """
    trace = arguments[0].trace
    trace.functions.setdefault(key, function)
    node = trace.node(CALL, (argument.number for argument in arguments), key)
    if isinstance(value, (bool, str)):
        trace.decided(trace.node(IS, (node,), value), True)
        return value
    if not _counts(value):
        for argument in arguments:
            argument.fixed()
        return value
    trace.decided(trace.node(WORKED, (node,)), True)
    return Traced(trace, node, cast("Exact", value), whole=False)


def sentence_of(trace: Trace, sentence: str) -> str:
    """A sentence about the candidate, with its numbers in place of nodes: what a list shows."""

    def number(found: re.Match[str]) -> str:
        return str(trace.values.get(int(found[1]), found[0]))

    return re.sub(r"Traced\((\d{1,9})\)", number, sentence)


def _moved(a: Traced, by: Number) -> Number:
    """A traced number and an int; ints one after the other are one."""
    trace, base = a.trace, node_of(a.trace, a)
    node = trace.nodes[base]
    moved = cast("int", by)
    if node.operator == "+" and trace.nodes[node.arguments[1]].operator == CONSTANT:
        base = node.arguments[0]
        moved += cast("int", trace.nodes[node.arguments[1]].what)
    value = cast("int", a.value) + cast("int", by)
    if not moved:
        return Traced(trace, base, value)
    return Traced(trace, trace.node("+", (base, node_of(trace, moved))), value)


def _counts(other: object) -> bool:
    """Whether something is a number: an int, a fraction, or one that is traced."""
    return hasattr(type(other), "numerator")


def is_traced(value: object) -> bool:
    """Whether a value is a traced number, which says of itself that it is an int."""
    return type(value) is Traced


def told_apart(value: object) -> Hashable:
    """Return a key that tells a value of a spec from others. For a traced number it is the node and
    not the value, so that what is cached holds for other candidates, and nothing is decided by
    it."""
    kind = type(value)
    if kind is Traced:
        return (kind, cast("Traced", value).number)
    if kind is list or kind is tuple:
        return (kind, *map(told_apart, cast("Iterable[object]", value)))
    return str(value) if isinstance(value, str) else (kind, value)  # True is no 1


def plain(value: Any) -> Any:
    """The value for the candidate that is traced; tuples through and through."""
    if type(value) is Traced:
        return value.value
    if type(value) is tuple:
        return tuple(map(plain, cast("tuple[object, ...]", value)))
    return value


def holds_traced(value: object) -> bool:
    """Whether a value is traced, or a tuple that holds such a one somewhere."""
    if type(value) is tuple:
        return any(map(holds_traced, cast("tuple[object, ...]", value)))
    return type(value) is Traced


def fixed(value: Any) -> Any:
    """A number as an int, for the candidates of a trace that have it."""
    return value.fixed() if type(value) is Traced else value


def through_columns(function: Callable[..., Number], *arguments: Number) -> Number | None:
    """The result of a function of ints and columns for traced numbers; None where none is traced.

    It is called with columns for many candidates, so it decides nothing.
    """
    traced = [argument for argument in arguments if type(argument) is Traced]
    if not traced:
        return None
    trace = traced[0].trace
    trace.functions[function] = function
    number = trace.node(
        COLUMNS, (node_of(trace, argument) for argument in arguments), cast("Hashable", function)
    )
    return Traced(trace, number, cast("int", function(*map(plain, arguments))))


def through_ints(
    function: Callable[..., object], key: Hashable, *arguments: Number
) -> object | None:
    """The result of a function of ints for traced numbers; None where none is traced.

    It is called once for each combination of numbers, so it may decide what it likes.

    Args:
        function: of all the arguments.
        key: what tells it from other functions.
        arguments: numbers, some of which may be traced.
    """
    traced = [argument for argument in arguments if type(argument) is Traced]
    if not traced:
        return None
    others = tuple(None if type(one) is Traced else one for one in arguments)

    def of(*numbers: Exact) -> object:
        if any(number.denominator != 1 for number in numbers):
            return None  # sizes of a candidate that is not a network
        left = iter(numbers)
        return function(*(next(left) if one is None else one for one in others))

    return called((key, others), of, traced, of(*map(plain, traced)))


def _unchanged(operator: str, a: Number, b: Number, same: bool) -> Number | None:
    """The result where it is one of the numbers, or a constant, for all candidates."""
    x, y = (None if isinstance(n, Traced) else n for n in (a, b))
    if (x == 0 and operator in "+*//%") or (y == 0 and operator in "+-*"):
        return 0 if x == 0 and operator in ("*", "//", "%") else _other(operator, a, b, x)
    if y == 1 and operator in ("*", "//"):
        return a
    if x == 1 and operator == "*":
        return b
    if y == 1 and operator == "%":
        return 0
    if same and operator in ("-", "%"):
        return 0
    if same and operator == "//":
        return 1
    return a if same and operator in ("min", "max") else None


def _other(operator: str, a: Number, b: Number, x: Number | None) -> Number:
    """The result where one of two numbers is 0."""
    if operator == "*":
        return 0
    return b if x == 0 else a


def _worked_out(operator: str, x: int, y: int) -> int:
    match operator:
        case "+":
            return x + y
        case "-":
            return x - y
        case "*":
            return x * y
        case "//":
            return x // y
        case "%":
            return x % y
        case "min":
            return min(x, y)
        case _:
            return max(x, y)
