"""A formula gives the same whatever kind of number it is given."""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import NAMES, TRAPS, Expression, environments, expressions

from convcost.number import (
    Column,
    Interval,
    Must,
    Number,
    Symbol,
    at_least_zero,
    ceil_div,
    larger,
    prod,
    smaller,
    total,
)
from convcost.pow2 import log2_ceil, power_of_two

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def floor_divided(a: Any, b: Any) -> Any:
    return a // b


FORMULAS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": floor_divided,
    "%": operator.mod,
    "negative": operator.neg,
    "smaller": smaller,
    "larger": larger,
    "at_least_zero": at_least_zero,
    "ceil_div": ceil_div,
    "log2_ceil": log2_ceil,
    "power_of_two": power_of_two,
}
OF_ONE = ("negative", "at_least_zero", "log2_ceil", "power_of_two")
OF_TWO = [name for name in FORMULAS if name not in OF_ONE]
# What they mean, in Python's own words.
MEANINGS_OF_ONE: dict[str, Callable[[int], int]] = {
    "at_least_zero": lambda a: max(a, 0),
    "log2_ceil": lambda a: next(n for n in count() if 2**n >= a),
    "power_of_two": lambda a: next(2**n for n in count() if 2**n >= a),
}
MEANINGS_OF_TWO: dict[str, Callable[[int, int], int]] = {
    "//": lambda a, b: math.floor(Fraction(a, b)),
    "%": lambda a, b: a - b * math.floor(Fraction(a, b)),
    "smaller": min,
    "larger": max,
    "ceil_div": lambda a, b: math.ceil(Fraction(a, b)),
}
MEANINGS: dict[str, Callable[..., int]] = {
    **{name: FORMULAS[name] for name in ("+", "-", "*", "negative")},
    **MEANINGS_OF_ONE,
    **MEANINGS_OF_TWO,
}


def formula(e: Expression, names: Mapping[str, Any], tap: Any = 1) -> Any:
    """An expression as an op would write it."""
    match e:
        case ("name", name):
            return names[name]
        case ("int", value):
            return value
        case ("tap",):
            return tap
        case ("total", taps, term):
            return total(formula(taps, names, tap), lambda t: formula(term, names, t))
        case (name, *operands):
            return FORMULAS[name](*(formula(operand, names, tap) for operand in operands))
        case _:
            raise AssertionError(e)


def meaning(e: Expression, names: Mapping[str, int], tap: int = 1) -> int:
    """The value of an expression, in ints."""
    match e:
        case ("name", name):
            return names[name]
        case ("int", value):
            return value
        case ("tap",):
            return tap
        case ("total", taps, term):
            result = 0
            for t in range(meaning(taps, names, tap)):
                result += meaning(term, names, t)
            return result
        case (name, *operands):
            return MEANINGS[name](*(meaning(operand, names, tap) for operand in operands))
        case _:
            raise AssertionError(e)


@settings(max_examples=300)
@given(expressions, environments)
def test_ints_are_exact(e: Expression, names: dict[str, int]) -> None:
    assert formula(e, names) == meaning(e, names)


@settings(max_examples=300)
@given(expressions, environments)
def test_a_symbol_prints_python_that_means_the_formula(
    e: Expression, names: dict[str, int]
) -> None:
    printed = str(formula(e, {name: Symbol(name) for name in NAMES}))
    assert eval(printed, dict(names)) == meaning(e, names)


@pytest.mark.parametrize("e", TRAPS)
def test_symbols_keep_what_binds_together(e: Expression) -> None:
    names = {"h": 1009, "k": 3, "t": 100, "t_": 7}
    printed = str(formula(e, {name: Symbol(name) for name in NAMES}))
    assert eval(printed, dict(names)) == meaning(e, names)


@settings(max_examples=300)
@given(expressions, st.lists(environments, min_size=2, max_size=4))
def test_a_column_is_ints_row_by_row(e: Expression, rows: list[dict[str, int]]) -> None:
    columns = {name: Column([row[name] for row in rows]) for name in NAMES}
    result = formula(e, columns)
    values = result.rows.tolist() if isinstance(result, Column) else [result] * len(rows)
    assert values == [meaning(e, row) for row in rows]


@settings(max_examples=300)
@given(expressions, st.lists(environments, min_size=1, max_size=4))
@example(("%", ("name", "h"), ("int", 7)), [{"h": 13, "k": 1, "t": 1, "t_": 1}])
def test_an_interval_contains_every_result(e: Expression, rows: list[dict[str, int]]) -> None:
    intervals = {
        name: Interval(min(row[name] for row in rows), max(row[name] for row in rows))
        for name in NAMES
    }
    result = formula(e, intervals)
    for row in rows:
        value = meaning(e, row)
        assert value in result if isinstance(result, Interval) else value == result


@pytest.mark.parametrize("operator", OF_TWO)
@given(
    low=st.integers(-20, 20),
    wide=st.integers(0, 12),
    divisor=st.integers(1, 9),
    by=st.integers(0, 5),
)
def test_intervals_are_tight_enough(
    operator: str, low: int, wide: int, divisor: int, by: int
) -> None:
    """Bounds that every operation alone reaches, but those of a remainder."""
    act = FORMULAS[operator]
    found = act(Interval(low, low + wide), Interval(divisor, divisor + by))
    values = [
        act(a, b) for a in range(low, low + wide + 1) for b in range(divisor, divisor + by + 1)
    ]
    assert all(value in found for value in values)
    if operator != "%":
        assert (found.low, found.high) == (min(values), max(values))
    else:
        assert found.low >= 0
        assert found.high < divisor + by


def test_intervals_of_remainders() -> None:
    for dividend, divisor, bounds in (
        (Interval(64, 64), 2, (0, 0)),  # so that "64 divides by 2" is proved
        (Interval(8, 10), 7, (1, 3)),
        (Interval(-3, -1), 7, (4, 6)),
        (Interval(6, 8), 7, (0, 6)),
        (Interval(0, 3), Interval(5, 9), (0, 3)),
        (Interval(0, 30), Interval(5, 9), (0, 8)),
        (Interval(-1, 3), Interval(5, 9), (0, 8)),
    ):
        found = dividend % divisor
        assert isinstance(found, Interval)
        assert (found.low, found.high) == bounds


KINDS = [Symbol("h"), Column([3, 4]), Interval(3, 4)]
USES: list[Callable[[Any], object]] = [
    bool,
    int,
    float,
    round,
    range,
    lambda n: 1 if n % 2 else 0,
    lambda n: n == 3,
    lambda n: n != 3,
    lambda n: n > 3,
    lambda n: n >= 3,
    lambda n: max(n, 1),
    lambda n: n in [3, 5],
    [1, 2, 3].__getitem__,
    math.floor,
]


@pytest.mark.parametrize("number", KINDS, ids=lambda kind: type(kind).__name__)
@pytest.mark.parametrize("use", USES)
def test_kinds_refuse_to_be_branched_on_or_converted(
    number: Number, use: Callable[[Any], object]
) -> None:
    with pytest.raises(TypeError):
        use(number)


def test_the_refusal_names_the_number() -> None:
    number: Any = Symbol("in_h")
    with pytest.raises(TypeError) as refusal:
        bool(number == 3)
    assert str(refusal.value) == (
        "a formula must not branch on a size, or turn it into an int: Symbol('in_h')"
    )


@pytest.mark.parametrize("operator", OF_TWO)
@pytest.mark.parametrize("pair", [(a, b) for a in KINDS for b in KINDS if a is not b])
def test_two_kinds_do_not_go_together(operator: str, pair: tuple[Any, Any]) -> None:
    with pytest.raises(TypeError):
        FORMULAS[operator](*pair)


@pytest.mark.parametrize("number", KINDS, ids=lambda kind: type(kind).__name__)
@pytest.mark.parametrize("other", [1.5, np.int64(3), np.array([1, 2]), "3", None, Fraction(1, 2)])
@pytest.mark.parametrize("operator", OF_TWO)
def test_kinds_go_with_ints_only(number: Any, other: Any, operator: str) -> None:
    act = FORMULAS[operator]
    with pytest.raises(TypeError):
        act(number, other)
    with pytest.raises(TypeError):
        act(other, number)


def test_mixing_kinds_is_explained() -> None:
    symbol, rows, interval = KINDS
    with pytest.raises(TypeError, match=r"^a symbol combines with ints and symbols, not with Col"):
        smaller(symbol, rows)
    with pytest.raises(
        TypeError, match=r"^a column combines with ints and columns, not with Interval\(3, 4\)$"
    ):
        smaller(rows, interval)
    with pytest.raises(TypeError, match=r"^an interval combines with ints and intervals, not with"):
        smaller(interval, symbol)


@pytest.mark.parametrize("zero", [0, -1])
def test_divisors_below_one_are_refused(zero: int) -> None:
    for divide in (FORMULAS["//"], FORMULAS["%"], ceil_div):
        with pytest.raises(ZeroDivisionError):
            divide(Column([3, 4]), Column([1, zero]))
        with pytest.raises(ZeroDivisionError):
            divide(Interval(3, 4), Interval(zero, 2))


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="an interval from 2 to 1 is empty"):
        Interval(2, 1)


PRINTED: list[tuple[Callable[[Any, Any], Number], str]] = [
    (lambda h, s: (h + 2 * 1 - 3) // s + 1, "(h - 1) // s + 1"),
    (lambda h, s: ceil_div(h, s), "-(-h // s)"),
    (lambda h, s: ceil_div(h + 1, s), "-(-(h + 1) // s)"),
    (lambda h, s: smaller(h, s) - larger(h, s), "min(h, s) - max(h, s)"),
    (lambda h, s: at_least_zero(h - s), "max(h - s, 0)"),
    (lambda h, s: prod([h, s, 1, 4]), "h * s * 4"),
    (lambda h, s: h * (s // 4) * 1 + 0, "h * (s // 4)"),
    (lambda h, s: h - (s - 1) - (-1), "h - (s - 1) + 1"),
    (lambda h, s: h + (s - 1), "h + s - 1"),
    (lambda h, s: -(h % s), "-(h % s)"),
    (lambda h, s: total(h, lambda t: t * s), "sum(t * s for t in range(h))"),
    (lambda h, _: total(3, lambda t: t * h), "h + 2 * h"),
    (lambda h, s: h * s - 1 + True, "h * s"),
    (lambda h, s: (h - 3 + 5) * (s + 2 - 4), "(h + 2) * (s - 2)"),
    (lambda h, s: larger(h * s, h * s) - smaller(h, h) - 0 * s, "h * s - h"),
    (
        lambda h, s: total(h, lambda t: total(s, lambda u: t + u)),
        "sum(sum(t_ + t for t in range(s)) for t_ in range(h))",
    ),
]


@pytest.mark.parametrize(("printed", "text"), PRINTED)
def test_symbols_print_formulas_as_they_are_written(
    printed: Callable[[Number, Number], Number], text: str
) -> None:
    assert str(printed(Symbol("h"), Symbol("s"))) == text


def test_products_and_sums_of_nothing() -> None:
    assert prod([]) == 1
    assert total(0, lambda tap: tap + 1) == 0
    assert prod([2**40] * 10) == 2**400


def test_a_condition_fills_in_its_sentence() -> None:
    must = Must(
        -1, "groups ({groups}) do not divide {channels}", "groups", {"groups": 3, "channels": 64}
    )
    assert must.sentence() == "groups (3) do not divide 64"
    assert Must(0, "fine").inputs == ()
