"""One formula for all kinds of number: what ints say of several ops, the other kinds say of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.number import Column, Interval, Kind, Symbol
from convcost.ops.fields import annotation, declared

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from convcost.ops.op import Op


def lifted(values: Sequence[Any], kind: Callable[[list[int]], Kind]) -> Any:
    """The same nested tuples as each of ``values``, with one number in place of their ints."""
    first = values[0]
    if isinstance(first, tuple):
        values = cast("Sequence[tuple[Any, ...]]", values)
        assert len(set(map(len, values))) == 1
        return tuple(lifted(parts, kind) for parts in zip(*values, strict=True))
    return kind(list(values)) if isinstance(first, int) and min(values) >= 0 else first


def lifted_op(ops: Sequence[Any], kind: Callable[[list[int]], Kind]) -> Op:
    """One op for several, with one number in place of those that its fields say may be any kind."""
    op = cast("type[Op]", type(ops[0]))
    numbers = [
        field
        for field in declared(op)
        if any(word in annotation(op, field) for word in ("Number", "Shape", "Pairs"))
    ]
    values = {name: lifted([getattr(op, name) for op in ops], kind) for name in numbers}
    return ops[0].replaced(**values)


def parts(result: Any) -> Collection[Any]:
    """The items of a tuple, or the values of a dict."""
    return cast("dict[Any, Any]", result).values() if isinstance(result, dict) else result


def pairs(result: Any, expected: Any) -> list[tuple[Any, Any]]:
    """The numbers of a result beside those of another of the same form."""
    if isinstance(result, (tuple, dict)):
        both = zip(parts(result), parts(expected), strict=True)
        return [pair for part, other in both for pair in pairs(part, other)]
    return [(result, expected)]


def agree(
    answers: Callable[[Any, Sequence[Any]], Any], ops: Sequence[Any], rows: Sequence[Sequence[Any]]
) -> None:
    """All kinds of number say of several ops what ints say of each: ``answers(op, shapes)``."""
    exact = [answers(op, shapes) for op, shapes in zip(ops, rows, strict=True)]
    rows = [tuple(shapes) for shapes in rows]

    columns = answers(lifted_op(ops, Column), lifted(rows, Column))
    intervals = answers(
        lifted_op(ops, lambda v: Interval(min(v), max(v))),
        lifted(rows, lambda v: Interval(min(v), max(v))),
    )
    names: dict[str, list[int]] = {}

    def named(values: list[int]) -> Symbol:
        names[f"x{len(names)}"] = values
        return Symbol(f"x{len(names) - 1}")

    symbols = answers(lifted_op(ops, named), lifted(rows, named))
    for row, expected in enumerate(exact):
        for found, value in pairs(columns, expected):
            assert (found.rows.tolist()[row] if isinstance(found, Column) else found) == value
        for found, value in pairs(intervals, expected):
            assert value in (found if isinstance(found, Interval) else [found])
        here = {name: values[row] for name, values in names.items()}
        for found, value in pairs(symbols, expected):
            assert eval(str(found), dict(here)) == value
