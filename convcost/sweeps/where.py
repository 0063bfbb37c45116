"""Conditions on candidates: ``macs < 600M and peak < 2MB and width >= 0.5``."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.errors import ConvcostError, quoted, similar
from convcost.metrics import FIELD, METRICS, PEAK
from convcost.parsing import parsed
from convcost.spec.quantity import count, size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import numpy.typing as npt

    Columns = Mapping[str, npt.NDArray[Any]]
    Evaluate = Callable[[Columns], Any]

SHORT = {
    "peak": PEAK,
    "field": FIELD,
    "traffic": "traffic_bytes",
    "weights": "weight_bytes",
    "activations": "activation_bytes",
}
"""Short names of metrics, which are understood wherever an axis has not the name."""

_AMOUNT = re.compile(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?)\s*([kKMGTP]i?B?|B)(?!\w)")
_COMPARISONS: Mapping[type[ast.cmpop], Any] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_ARITHMETIC: Mapping[type[ast.operator], Any] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
}


class BadCondition(ConvcostError):  # noqa: N818 - it names what is wrong
    """A condition that cannot be read."""


def full_name(name: str, axes: Collection[str]) -> str:
    """The axis or the metric that a name stands for.

    Raises:
        BadCondition: there is none.
    """
    known = name if name in axes else SHORT.get(name, name)
    if known in axes or known in METRICS:
        return known
    words = (*axes, *METRICS, *SHORT)
    notes = similar(name, words, "figure") or (f"figures: {', '.join(METRICS)}",)
    raise BadCondition(
        "\n  ".join((f"there is no figure {quoted(name)}, and no such axis", *notes))
    )


class Where:
    """A condition: the names that it reads, and its answer for each row of columns."""

    def __init__(self, text: str, axes: Collection[str]) -> None:
        self.text = text
        self.axes = axes
        self.names: dict[str, None] = {}
        try:
            tree = parsed(_AMOUNT.sub(self._amount, text.strip()))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._bad("is no condition") from None
        self._evaluate = self._truth(tree)

    def holds(self, columns: Columns) -> npt.NDArray[np.bool_]:
        """The rows for which it holds; it holds for none of which a figure is not known."""
        rows = len(next(iter(columns.values())))
        return np.broadcast_to(np.asarray(self._evaluate(columns), bool), (rows,))

    def _bad(self, says: str) -> BadCondition:
        return BadCondition(
            f"--where: {quoted(self.text)} {says}\n"
            "  a condition compares figures, as in: macs < 600M and peak < 2MB"
        )

    def _amount(self, match: re.Match[str]) -> str:
        try:
            amount = size(match[0]) if match[2].endswith("B") else count(match[0])
        except ValueError as error:
            raise BadCondition(f"--where: {quoted(match[0])} {error}") from None
        return str(amount)

    def _truth(self, node: ast.expr) -> Evaluate:
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = [self._truth(value) for value in values]
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return lambda columns: join.reduce(_alike([part(columns) for part in parts]))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._truth(operand)
                return lambda columns: np.logical_not(inner(columns))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(
                type(op) in _COMPARISONS for op in ops
            ):
                parts = [self._number(one) for one in (left, *others)]
                compare = [_COMPARISONS[type(op)] for op in ops]
                return lambda columns: _compared(compare, [part(columns) for part in parts])
            case _:
                raise self._bad("is no condition")

    def _number(self, node: ast.expr) -> Evaluate:
        match node:
            case ast.Constant(value=bool() | int() | float()):
                value: Any = node.value
                if isinstance(value, float):
                    value = Fraction(str(value))
                return lambda _: value
            case ast.Name(id=name):
                known = self._name(name)
                return lambda columns: columns[known]
            case ast.Attribute(value=ast.Name(id=name), attr=part):
                known = self._name(f"{name}.{part}")
                return lambda columns: columns[known]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self._number(operand)
                return lambda columns: -inner(columns)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                a, b, apply = self._number(left), self._number(right), _ARITHMETIC[type(op)]
                return lambda columns: apply(_exact(a(columns)), _exact(b(columns)))
            case _:
                raise self._bad("compares what is no figure")

    def _name(self, name: str) -> str:
        if name in self.axes or name in SHORT or name in METRICS:
            name = full_name(name, self.axes)
            self.names[name] = None
            return name
        if name in ("true", "false"):
            raise self._bad(f"compares with `{name}`: axes of words are chosen by their values")
        return full_name(name, self.axes)


def _alike(parts: list[Any]) -> list[Any]:
    return list(np.broadcast_arrays(*parts))


def _exact(value: Any) -> Any:
    """Numbers that do not overflow."""
    return np.asarray(value, object) if _is_array(value) else value


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _compared(compare: list[Any], values: list[Any]) -> Any:
    holds: Any = True
    for number, one in enumerate(compare):
        holds = np.logical_and(holds, _pair(one, values[number], values[number + 1]))
    return holds


def _pair(compare: Any, a: Any, b: Any) -> Any:
    """One comparison; exact where one side is a fraction, and false where one is not known."""
    arrays = [one for one in (a, b) if _is_array(one) and one.dtype == object]
    if not arrays and not any(isinstance(value, Fraction) for value in (a, b)):
        return compare(a, b)
    x, y = np.broadcast_arrays(np.asarray(a, object), np.asarray(b, object))
    known = np.array([p is not None and q is not None for p, q in zip(x.flat, y.flat, strict=True)])
    holds = np.zeros(x.size, bool)
    holds[known] = compare(x.reshape(-1)[known], y.reshape(-1)[known]).astype(bool)
    return holds.reshape(x.shape)
