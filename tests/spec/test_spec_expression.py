"""Expressions by themselves: exact, closed, and read as a person means them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.spec.expression import parse
from convcost.spec.functions import make_divisible, square_root
from convcost.spec.quantity import count
from convcost.spec.syntax import ExpressionError, UnknownNameError


def value(text: str, **names: Any) -> Any:
    def look_up(name: str) -> Any:
        if name not in names:
            raise UnknownNameError(name)
        return names[name]

    return parse(text).evaluate(look_up)


EXACT = {
    "3": 3,
    "-3": -3,
    "+3": 3,
    "1_000": 1000,
    "1e3": 1000,
    "1E3": 1000,
    "1.5e3": 1500,
    "2.50": Fraction(5, 2),
    ".5": Fraction(1, 2),
    "5.": 5,
    "0x10": 16,
    "0": 0,
    "0.0": 0,
    "0.07 * 200": 14,
    "0.1 + 0.2": Fraction(3, 10),
    "4 / 2": 2,
    "1 / 3 * 3": 1,
    "7 // 2": 3,
    "-7 // 2": -4,
    "7 % 3": 1,
    "2 ** 10": 1024,
    "2 ** -1": Fraction(1, 2),
    "(1 / 2) ** 2": Fraction(1, 4),
    "2 + 3 * 4 - (5 - 6)": 15,
    "- - 3": 3,
    "min(3, 1, 2)": 1,
    "max(3, 1.5)": 3,
    "ceil(7 / 2)": 4,
    "floor(7 / 2)": 3,
    "floor(-7 / 2)": -4,
    "round(7 / 3)": 2,
    "round(2.5)": 2,
    "make_divisible(32 * 0.75, 8)": 24,
    "sqrt(64)": 8,
    "sqrt(0)": 0,
    "1 / sqrt(9 / 4)": Fraction(2, 3),
    "1 < 2 <= 2 != 3": True,
    "1 == 1.0": True,
    "3 > 3 or 3 >= 3": True,
    "not (true and false)": True,
    "1 if 2 > 3 else 4": 4,
    "same": "same",
    "valid if 1 > 2 else concat": "concat",
    "same == same and same != 3": True,
    "true": True,
    "True": True,
    "false": False,
}


@pytest.mark.parametrize(("text", "exact"), EXACT.items())
def test_a_value(text: str, exact: Any) -> None:
    result = value(text)
    assert result == exact
    assert type(result) is type(exact)


def test_names() -> None:
    assert value("8 * width", width=Fraction(3, 2)) == 12
    assert value("k == same", k="same") is True
    assert value("sizes", sizes=[3, 5]) == [3, 5]
    assert value("α * größe", α=2, größe=3) == 6
    assert parse("a if b else min(c, 2)").names == {"a", "b", "c"}
    assert parse("same if true else 1").names == frozenset()


def test_what_is_not_asked_is_not_evaluated() -> None:
    assert value("1 if c else 1 // zero", c=True, zero=0) == 1
    assert value("c or missing", c=True) is True
    assert value("c and missing", c=False) is False
    assert value("1 < x < missing", x=0) is False


def test_it_is_folded_once() -> None:
    assert parse("2 ** 10").constant == 1024
    assert parse("2 ** n").constant is None
    with pytest.raises(ExpressionError, match="by zero"):
        parse("1 // 0")


numbers = st.fractions(min_value=-1000, max_value=1000, max_denominator=100)


@given(numbers, numbers)
def test_arithmetic_is_that_of_fractions(a: Fraction, b: Fraction) -> None:
    assert value("a + b * a - b", a=a, b=b) == a + b * a - b
    assert value("a < b", a=a, b=b) is (a < b)
    if b:
        assert value("a / b + a // b + a % b", a=a, b=b) == a / b + a // b + a % b


@given(st.lists(st.integers(1, 9), max_size=3), st.integers(1, 9))
def test_arithmetic_of_a_list_is_that_of_each_value(sizes: list[int], number: int) -> None:
    for operator in ("+", "-", "*", "/", "//", "%", "**"):
        with_number = [value(f"{size} {operator} {number}") for size in sizes]
        assert value(f"sizes {operator} {number}", sizes=sizes) == with_number
        of_number = [value(f"{number} {operator} {size}") for size in sizes]
        assert value(f"{number} {operator} sizes", sizes=sizes) == of_number


def test_lists_go_value_by_value() -> None:
    assert value("d * (k - 1) // 2", k=[1, 3, 7], d=[1, 2, 3]) == [0, 2, 9]
    assert value("2 * pads", pads=[[1, 0], [2, 3]]) == [[2, 0], [4, 6]]
    assert value("sizes * sizes", sizes=[]) == []
    with pytest.raises(ExpressionError, match=r"go value by value, and these have 2 and 1 values"):
        value("a + b", a=[1, 2], b=[3])
    with pytest.raises(ExpressionError, match=r"a number is wanted, and this is true"):
        value("1 + a", a=[1, True])


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**9))
def test_decimals_are_exact(number: Any) -> None:
    text = str(number)
    assert value(text.lstrip("0") if text.startswith("00") else text) == Fraction(number)


# Sandler et al., arXiv 1801.04381, and the reference code they published with it: channels of
# MobileNetV2 at widths 0.35, 0.5, 0.75, 1.3 and 1.4 (of 32, 16, 24, 32, 64, 96, 160, 320).
PUBLISHED = {
    "0.35": (16, 8, 8, 16, 24, 32, 56, 112),
    "0.5": (16, 8, 16, 16, 32, 48, 80, 160),
    "0.75": (24, 16, 24, 24, 48, 72, 120, 240),
    "1.0": (32, 16, 24, 32, 64, 96, 160, 320),
    "1.3": (40, 24, 32, 40, 80, 128, 208, 416),
    "1.4": (48, 24, 32, 48, 88, 136, 224, 448),
}


@pytest.mark.parametrize(("width", "channels"), PUBLISHED.items())
def test_make_divisible_gives_the_published_channels(width: str, channels: tuple[int, ...]) -> None:
    full = PUBLISHED["1.0"]
    assert tuple(value(f"make_divisible({c} * {width}, 8)") for c in full) == channels


@given(numbers.filter(lambda n: n > 0), st.integers(1, 64))
def test_make_divisible(number: Fraction, divisor: int) -> None:
    result = make_divisible(number, divisor)
    assert result % divisor == 0
    assert result >= divisor
    assert 10 * result >= 9 * number  # at most 10 % below
    assert abs(result - number) < max(divisor, Fraction(3, 2) * divisor)


@given(numbers.filter(lambda n: n >= 0))
def test_square_root(number: Fraction) -> None:
    assert square_root(number * number) == number
    root, rounding = square_root(number), 1 + Fraction(1, 2**60)
    assert root * root <= number <= (root * rounding) ** 2


def test_no_root_of_what_is_negative() -> None:
    with pytest.raises(ExpressionError, match="the root is of a number from 0 up") as caught:
        value("1 + sqrt(x)", x=-1)
    assert (caught.value.offset, caught.value.width) == (9, 1)


AMOUNTS = {
    "4M": 4_000_000,
    "4 M": 4_000_000,
    "1.5G": 1_500_000_000,
    "300_000": 300_000,
    "300k": 300_000,
    "0": 0,
    "0.001k": 1,
    "2T": 2 * 10**12,
    "1P": 10**15,
    " 7 ": 7,
    "007": 7,
}


@pytest.mark.parametrize(("text", "exact"), AMOUNTS.items())
def test_an_amount(text: str, exact: int) -> None:
    assert count(text) == exact


@pytest.mark.parametrize("text", ["", "M", "-4M", "+4M", "4MM", "4e6", "4,000", "0.0001k", "4 KB"])
def test_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|unit|whole|bytes"):
        count(text)


def read(text: str) -> None:
    """An expression or an error with a place: nothing else."""
    offset = 0
    try:
        parse(text).evaluate(lambda _: 3)
    except ExpressionError as error:
        offset = error.offset
    assert 0 <= offset <= max(0, len(text) - 1)


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    read(text)


pieces = st.sampled_from(
    [
        "3",
        "0",
        "1.5",
        "x",
        "same",
        "true",
        "(",
        ")",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "<",
        "==",
        "and",
        "or",
        "not",
        "if",
        "else",
        "min(",
        "max(",
        "round(",
        ",",
        "[",
        "]",
        "{",
        "}",
        ":",
        "=",
        "1e9",
        "9**9",
        ".",
        "_",
        "'",
        '"',
        "lambda",
        "for",
        "in",
        ":=",
        "await",
        "~",
        "@",
        "^",
        "&",
        "|",
        "<<",
        "\\",
        "#",
        "\t",
        "\n",
        "é",
        "010",
        "0x",
        "f'",
        "None",
    ]
)


@given(st.lists(pieces, max_size=30).map(" ".join))
def test_any_pieces_are_an_expression_or_an_error(text: str) -> None:
    read(text)
