"""Sizes that an exported program leaves open, and expressions of them.

They are written as SymPy represents its expressions: ``Mul(Integer(2), Symbol('s77', ...))``. A few
functions are all that sizes need, so a closed list of them is worked out here, on whole numbers.
"""

from __future__ import annotations

import ast
from math import prod
from typing import TYPE_CHECKING, Any

from convcost.parsing import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST = 1 << 14  # characters of an expression
MOST_BITS = 1 << 10


def _sum(*terms: int) -> int:
    return sum(terms)


def _product(*factors: int) -> int:
    return prod(factors)


def _floored(a: int, b: int) -> int:
    return a // b


def _left(a: int, b: int) -> int:
    return a % b


def _power(base: int, exponent: int) -> int:
    if not 0 <= exponent <= MOST_BITS or base.bit_length() * exponent > MOST_BITS:
        raise ValueError("the number is too large")
    return base**exponent


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Integer": int,
    "Add": _sum,
    "Mul": _product,
    "Pow": _power,
    "PowByNatural": _power,
    "FloorDiv": _floored,
    "CleanDiv": _floored,
    "CeilToInt": int,
    "FloorToInt": int,
    "Mod": _left,
    "PythonMod": _left,
    "Max": max,
    "Min": min,
}


class OpenSize(Exception):  # noqa: N818 - it says what is so
    """A size depends on a symbol that has no value; ``args`` has its name."""


def value_of(expression: str, known: Mapping[str, int]) -> int:
    """The value of an expression of sizes.

    Raises:
        OpenSize: a symbol in it has no value.
        ValueError: it is not an expression that sizes have.
    """
    if len(expression) > LONGEST:
        raise ValueError("the expression is too long")
    try:
        tree = parsed(expression)
        return _value(tree, known)
    except (SyntaxError, RecursionError, MemoryError, TypeError, ArithmeticError):
        raise ValueError(f"{expression[:60]!r} is not a size") from None


def symbol_of(expression: str) -> str | None:
    """The name of the symbol that an expression is; None where it is more than one."""
    try:
        tree = parsed(expression[:LONGEST])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _symbol(tree)


def _symbol(tree: ast.expr) -> str | None:
    if isinstance(tree, ast.Name):
        return tree.id
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.args:
        first: Any = tree.args[0]
        named = tree.func.id == "Symbol" and isinstance(first, ast.Constant)
        return str(first.value) if named else None
    return None


def _value(tree: ast.expr, known: Mapping[str, int]) -> int:
    name = _symbol(tree)
    if name is not None:
        if name not in known:
            raise OpenSize(name)
        return known[name]
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int):
        return tree.value
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_value(tree.operand, known)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        function = FUNCTIONS.get(tree.func.id)
        if function is not None:
            return function(*(_value(argument, known) for argument in tree.args))
    raise ValueError("it is not a size")
