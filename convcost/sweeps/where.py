"""Conditions on candidates: ``macs < 600M and peak < 2MB and width >= 0.5``."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from convcost.errors import ConvcostError, quoted, similar
from convcost.further_metrics import is_bytes, is_of_a_tool, is_time
from convcost.metrics import FIELD, METRICS, PEAK, RATIOS
from convcost.parsing import parsed
from convcost.spec.quantity import count, size, time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import numpy.typing as npt

    Columns: TypeAlias = "Mapping[str, npt.NDArray[Any]]"
    Evaluate: TypeAlias = "Callable[[Columns], Any]"
    Term: TypeAlias = "tuple[Evaluate, str | None]"

SHORT = {
    "peak": PEAK,
    "field": FIELD,
    "traffic": "traffic_bytes",
    "weights": "weight_bytes",
    "activations": "activation_bytes",
}
"""Short names of metrics, which are understood wherever an axis has not the name."""

_AMOUNT = re.compile(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?)\s*([kKMGTP]i?B?|B|[num]?s)(?!\w)")
KINDS = COUNTS, BYTES, TIMES = "counts", "bytes", "times"
"""The kinds of the terms of a condition, besides "" of a number that is written without a unit, and
None of what goes with all of them."""


def _differ(a: Any, b: Any) -> Any:
    """Whether numbers differ; NaN, a ratio that there is not, differs from nothing."""
    return np.logical_or(np.less(a, b), np.greater(a, b))


_COMPARISONS: Mapping[type[ast.cmpop], tuple[Any, Any]] = {
    ast.Lt: (np.less, np.greater_equal),
    ast.LtE: (np.less_equal, np.greater),
    ast.Gt: (np.greater, np.less_equal),
    ast.GtE: (np.greater_equal, np.less),
    ast.Eq: (np.equal, _differ),
    ast.NotEq: (_differ, np.equal),
}
"""Each comparison as written, and under a ``not``."""
_ARITHMETIC: Mapping[type[ast.operator], Any] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
}


HELP = "a condition compares figures, as in: macs < 600M and peak < 2MB"


class BadCondition(ConvcostError):  # noqa: N818 - it names what is wrong
    """A condition that cannot be read."""


def full_name(name: str, axes: Collection[str]) -> str:
    """The axis or the metric that a name stands for. Whether a tool or a device has a figure of
    that name is found out once it is worked out.

    Raises:
        BadCondition: there is none.
    """
    known = name if name in axes else SHORT.get(name, name)
    if known in axes or known in METRICS or is_of_a_tool(known):
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
            raise self._bad("is not a condition") from None
        self._evaluate = self._truth(tree)

    def __reduce__(self) -> tuple[object, ...]:
        """The text, and the axes that it is read with."""
        return Where, (self.text, [*self.axes])

    def holds(self, columns: Columns) -> npt.NDArray[np.bool_]:
        """The rows for which it holds. A comparison with a figure that is not known does not hold,
        neither as written nor under a ``not``."""
        rows = len(next(iter(columns.values())))
        return np.broadcast_to(np.asarray(self._evaluate(columns), bool), (rows,))

    def _bad(self, says: str, helps: str = HELP) -> BadCondition:
        return BadCondition(f"--where: {quoted(self.text)} {says}\n  {helps}")

    def _amount(self, match: re.Match[str]) -> str:
        """An amount as a number under the name of its kind."""
        kind = BYTES if match[2].endswith("B") else TIMES if match[2].endswith("s") else COUNTS
        try:
            amount = {BYTES: size, TIMES: time, COUNTS: count}[kind](match[0])
        except ValueError as error:
            raise BadCondition(f"--where: {quoted(match[0])} {error}") from None
        return f"{kind}({amount})"

    def _truth(self, node: ast.expr, negated: bool = False) -> Evaluate:
        """A condition, or its contrary: a ``not`` is passed on to the comparisons, since of two
        contrary ones none holds where a figure is not known."""
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = [self._truth(value, negated) for value in values]
                every = isinstance(op, ast.And) != negated
                join = np.logical_and if every else np.logical_or
                return lambda columns: join.reduce(_alike([part(columns) for part in parts]))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._truth(operand, not negated)
            case ast.Compare(left=left, ops=ops, comparators=others) if all(
                type(op) in _COMPARISONS for op in ops
            ):
                parts = [self._number(one) for one in (left, *others)]
                for (_, one), (_, other) in pairwise(parts):
                    self._together(one, other)
                compare = [_COMPARISONS[type(op)][negated] for op in ops]
                join = np.logical_or if negated else np.logical_and
                return lambda columns: join.reduce(
                    _alike(_compared(compare, [of(columns) for of, _ in parts]))
                )
            case _:
                raise self._bad("is not a condition")

    def _number(self, node: ast.expr) -> Term:
        match node:
            case ast.Constant(value=bool() | int() | float()):
                value: Any = node.value
                if isinstance(value, float):
                    value = Fraction(str(value))
                return (lambda _: value), ""
            case ast.Call(func=ast.Name(id=kind), args=[ast.Constant(value=int())]) if (
                kind in KINDS
            ):
                return self._number(node.args[0])[0], kind
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute(value=ast.Name(id=name), attr=part):
                return self._named(f"{name}.{part}")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                of, kind = self._number(operand)
                return (lambda columns: _applied(np.negative, of(columns))), kind
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._combined(self._number(left), op, self._number(right))
            case _:
                raise self._bad("compares what is not a figure")

    def _combined(self, left: Term, op: ast.operator, right: Term) -> Term:
        (a, of_a), (b, of_b) = left, right
        apply = _ARITHMETIC[type(op)]
        if isinstance(op, ast.Mult):
            kind = of_a or of_b if "" in (of_a, of_b) else None
        else:
            self._together(of_a, of_b)
            kind = of_a or of_b
        return (lambda columns: _applied(apply, a(columns), b(columns))), kind

    def _together(self, *kinds: str | None) -> None:
        """Refuse numbers of different kinds beside each other."""
        if None in kinds or len({*kinds}) == 1:
            return
        if "" not in kinds:
            raise self._bad(f"has {' and '.join(map(str, kinds))} beside each other")
        if TIMES in kinds:
            raise self._bad("has a time without its unit", "write it as in: t4.bound < 5ms")

    def _named(self, name: str) -> Term:
        if name in ("true", "false") and name not in self.axes:
            raise self._bad(f"compares with `{name}`: axes of words are chosen by their values")
        name = full_name(name, self.axes)
        self.names[name] = None
        return (lambda columns: columns[name]), self._kind(name)

    def _kind(self, name: str) -> str | None:
        if name in self.axes or name in RATIOS:
            return None
        return TIMES if is_time(name) else BYTES if is_bytes(name) else COUNTS


def _alike(parts: list[Any]) -> list[Any]:
    return list(np.broadcast_arrays(*parts))


def _applied(apply: Any, *values: Any) -> Any:
    """Arithmetic that does not overflow; None where a number is not known."""
    if not any(map(_is_array, values)):
        return apply(*values)
    rows = np.broadcast_arrays(*(np.asarray(value, object) for value in values))
    known = np.logical_and.reduce([_known(row) for row in rows])
    found = np.full(known.shape, None, object)
    found[known] = apply(*(row[known] for row in rows))
    return found


def _known(values: Any) -> Any:
    """The values that are not None, nor what a ratio is where there is none."""
    return np.array([one is not None and one == one for one in values.tolist()], bool)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _compared(compare: list[Any], values: list[Any]) -> list[Any]:
    """Each value of a chain beside the next."""
    return [_pair(one, a, b) for one, (a, b) in zip(compare, pairwise(values), strict=True)]


def _pair(compare: Any, a: Any, b: Any) -> Any:
    """One comparison; exact where one side is a fraction, and false where one is not known."""
    arrays = [one for one in (a, b) if _is_array(one) and one.dtype == object]
    if not arrays and not any(isinstance(value, Fraction) for value in (a, b)):
        return compare(a, b)
    x, y = np.broadcast_arrays(*(np.atleast_1d(np.asarray(one, object)) for one in (a, b)))
    known = _known(x) & _known(y)
    holds = np.zeros(x.shape, bool)
    holds[known] = compare(x[known], y[known]).astype(bool)
    return holds
