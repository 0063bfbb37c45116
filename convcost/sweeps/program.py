"""A trace as a program over many candidates: each step once for each combination of the values that
it depends on, and no step that nothing asks for.

Arithmetic is of int64 while bounds prove that no row overflows, and of Python's own ints from the
first step where they do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from convcost.number import INT64, Column, Interval
from convcost.trace import AXIS, BELOW, EQUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from convcost.sweeps.rows import Axes, Rows
    from convcost.trace import Node, Trace

    Array = npt.NDArray[Any]

NUMPY: Mapping[str, Any] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "//": np.floor_divide,
    "%": np.remainder,
    "min": np.minimum,
    "max": np.maximum,
    BELOW: np.less,
    EQUAL: np.equal,
}


class Values(NamedTuple):
    """The values of a step: of combinations of some axes, between bounds where they are ints."""

    array: Array
    axes: Axes
    bounds: Interval | None = None


class Program:
    """The steps of a trace that some of its nodes need.

    Args:
        trace: which they are of.
        wanted: the nodes.
        values: what the axes have, by their names.
    """

    def __init__(
        self, trace: Trace, wanted: Iterable[int], values: Mapping[str, Sequence[Any]]
    ) -> None:
        self.trace = trace
        self.wanted = tuple(dict.fromkeys(wanted))
        self.axis_values = values
        self.axes: dict[int, Axes] = {}
        needed = self._needed()
        self.steps = [(number, trace.nodes[number]) for number in sorted(needed)]
        for number, node in self.steps:
            self.axes[number] = self._axes_of(node)
        self.ends = self._ends()
        self._called: dict[int, dict[Any, Any]] = {}

    def _needed(self) -> set[int]:
        needed: set[int] = set()
        left = [*self.wanted]
        while left:
            number = left.pop()
            if number not in needed:
                needed.add(number)
                left += self.trace.nodes[number].arguments
        return needed

    def _axes_of(self, node: Node) -> Axes:
        if node.operator == AXIS:
            return frozenset((cast("str", node.what),))
        return frozenset[str]().union(*(self.axes[number] for number in node.arguments))

    def _ends(self) -> dict[int, list[int]]:
        """The nodes that a step is the last to need, by the step."""
        last: dict[int, int] = {}
        for number, node in self.steps:
            for argument in node.arguments:
                last[argument] = number
        ends: dict[int, list[int]] = {}
        kept = frozenset(self.wanted)
        for argument, number in last.items():
            if argument not in kept:
                ends.setdefault(number, []).append(argument)
        return ends

    def run(self, rows: Rows) -> dict[int, Values]:
        """The values of the nodes that are wanted."""
        found: dict[int, Values] = {}
        for number, node in self.steps:
            found[number] = self._step(number, node, [found[n] for n in node.arguments], rows)
            for ended in self.ends.get(number, ()):
                del found[ended]
        return {number: found[number] for number in self.wanted}

    def _step(self, number: int, node: Node, given: Sequence[Values], rows: Rows) -> Values:
        axes = self.axes[number]
        match node.operator:
            case "axis":
                return self._on_axis(cast("str", node.what), rows, axes)
            case "constant":
                value = cast("int", node.what)
                return Values(_ints([value]), axes, Interval(value, value))
            case "call":
                return self._call(number, node, given, rows, axes)
            case "columns":
                columns = [Column(rows.spread(one.array, one.axes, axes)) for one in given]
                made = cast("Column", self.trace.functions[node.what](*columns))
                return Values(made.rows, axes, made.bounds)
            case "whole" | "worked" | "is":
                return Values(_told(node, given[0].array), axes)
            case _:
                return _combined(node.operator, given[0], given[1], rows, axes)

    def _on_axis(self, axis: str, rows: Rows, axes: Axes) -> Values:
        values = self.axis_values[axis]
        return _values([values[code] for code in rows.of_axis(axis).tolist()], axes)

    def _call(
        self, number: int, node: Node, given: Sequence[Values], rows: Rows, axes: Axes
    ) -> Values:
        """A function called once for each combination of numbers; what it gave is kept."""
        function = self.trace.functions[node.what]
        kept = self._called.setdefault(number, {})
        if len(kept) > MOST_KEPT:
            kept.clear()
        columns = [rows.spread(one.array, one.axes, axes).tolist() for one in given]
        results: list[Any] = []
        for numbers in zip(*columns, strict=True):
            if numbers not in kept:
                kept[numbers] = None if None in numbers else function(*numbers)
            results.append(kept[numbers])
        return _values(results, axes)


MOST_KEPT = 200_000
"""The results of an expression that are kept, to be looked up."""


def _ints(values: Sequence[int]) -> Array:
    try:
        return np.array(values, np.int64)
    except OverflowError:
        return np.array(values, object)


def _values(values: list[Any], axes: Axes) -> Values:
    """Values of any kind: an array of ints where all are."""
    if all(type(value) is int for value in values):
        return Values(_ints(values), axes, Interval(min(values), max(values)))
    array = np.empty(len(values), object)
    array[:] = values
    return Values(array, axes)


def _told(node: Node, array: Array) -> Array:
    """Evaluate a predicate on each value of a call."""
    match node.operator:
        case "is" if array.dtype != object:
            return array == node.what
        case "is":
            alike = [
                value == node.what and isinstance(value, bool) == isinstance(node.what, bool)
                for value in array.tolist()
            ]
            return np.array(alike, bool)
        case _ if array.dtype != object:
            return np.ones(len(array), bool)
        case "whole":
            return np.array([type(value) is int for value in array], bool)
        case _:
            return np.array([_is_number(value) for value in array], bool)


def _is_number(value: object) -> bool:
    return hasattr(type(value), "denominator") and not isinstance(value, bool)


def _as_ints(values: Values) -> Values:
    """Values of which those that are not ints are of candidates that a guard leaves out."""
    if values.bounds is not None:
        return values
    ints = [value if type(value) is int else 1 for value in values.array.tolist()]
    return Values(_ints(ints), values.axes, Interval(min(ints), max(ints)))


def _tight(values: Values) -> Values:
    array = values.array
    return values._replace(bounds=Interval(int(array.min()), int(array.max())))


def _combined(operator: str, a: Values, b: Values, rows: Rows, axes: Axes) -> Values:
    """One step of arithmetic, or a comparison."""
    a, b = _as_ints(a), _as_ints(b)
    if operator in ("//", "%"):
        b = _divisor(b)
    function = NUMPY[operator]
    if operator in (BELOW, EQUAL):
        made = function(rows.spread(a.array, a.axes, axes), rows.spread(b.array, b.axes, axes))
        return Values(made.astype(bool), axes)
    bounds = _bounds(operator, a, b)
    if not _fits(bounds):
        a, b = _tight(a), _tight(b)
        bounds = _bounds(operator, a, b)
    kind = np.int64 if all(map(_fits, (a.bounds, b.bounds, bounds))) else object
    x, y = (rows.spread(v.array.astype(kind, copy=False), v.axes, axes) for v in (a, b))
    made = function(x, y)
    return Values(made, axes, bounds) if kind is np.int64 else _tight(Values(made, axes))


def _bounds(operator: str, a: Values, b: Values) -> Interval:
    assert a.bounds is not None
    assert b.bounds is not None
    return Interval.combine(operator, a.bounds, b.bounds)


def _fits(bounds: Interval | None) -> bool:
    return bounds is not None and INT64.low <= bounds.low and bounds.high <= INT64.high


def _divisor(values: Values) -> Values:
    """A divisor: where it is below 1, a guard leaves the candidate out."""
    assert values.bounds is not None
    if values.bounds.low >= 1:
        return values
    array = np.maximum(values.array, 1)
    return Values(array, values.axes, Interval(1, max(1, values.bounds.high)))
