"""Values of an op's fields, by their kinds: most of them possible, some of them at an edge."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, cast

from convcost.ops import OPS, op_class
from convcost.ops.example import Example
from convcost.ops.fields import declared
from convcost.ops.kinds import (
    Borders,
    Count,
    Counts,
    Dims,
    Equation,
    Exact,
    FieldKind,
    Padding,
    PerAxis,
    Ratio,
    Real,
    Whole,
    Word,
    YesNo,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

EDGES = (0, -1, 1, 2, 3, 7, 63, 64, 65, 1023, 65536, 65537, 10**6, 10**9, 2**40, 2**40 + 1, 2**63)
SMALL = (1, 1, 2, 2, 3, 4, 5)
MOST_ELEMENTS = 4_000


@cache
def names() -> Sequence[str]:
    """Ops that a spec may have."""
    return [name for name in OPS if not op_class(name).opaque]


def layer(rng: Random) -> tuple[str, dict[str, Any], list[list[int]]]:
    """An op's name, fields and shapes of its inputs: an example's, with a few things changed."""
    name = rng.choice(names())
    op = op_class(name)
    example = rng.choice(op.examples or (Example(),))
    shapes = [list(shape) for shape in example.shapes]
    fields = {key: as_written(value) for key, value in example.fields.items()}
    shapes, fields = _smaller(shapes, fields, rng)
    for field, kind in declared(op).items():
        if rng.random() < (0.25 if field in fields else 0.12):
            fields[field] = value(rng, kind.kind, max(1, len(shapes[0]) - 1) if shapes else 1)
    if shapes and rng.random() < 0.25:
        shape = rng.choice(shapes)
        shape[rng.randrange(len(shape))] = rng.choice(EDGES if rng.random() < 0.3 else SMALL)
    if rng.random() < 0.06 and shapes:
        changed = rng.choice(shapes)
        changed[:] = changed[: rng.randint(0, 2)] if rng.random() < 0.5 else [*changed, 2]
    return name, fields, shapes


def as_written(given: Any) -> Any:
    """As JSON has it: lists for tuples, text for fractions."""
    if isinstance(given, (list, tuple)):
        return [as_written(part) for part in cast("Sequence[Any]", given)]
    return given if isinstance(given, (int, float, str)) or given is None else str(given)


def _smaller(
    shapes: list[list[int]], fields: dict[str, Any], rng: Random
) -> tuple[list[list[int]], dict[str, Any]]:
    """An example with all its numbers divided alike, most of the time."""
    by = rng.choice((1, 4, 8, 16)) if max(map(prod, shapes), default=0) > MOST_ELEMENTS else 1
    return _divided(shapes, by), {key: _divided(value, by) for key, value in fields.items()}


def _divided(given: Any, by: int) -> Any:
    if isinstance(given, list):
        return [_divided(part, by) for part in cast("list[Any]", given)]
    if isinstance(given, bool) or not isinstance(given, int) or given < 8:
        return given
    return max(1, given // by)


def value(rng: Random, kind: FieldKind, rank: int) -> Any:
    """A value of a kind of field, now and then one that it refuses."""
    if rng.random() < 0.04:
        return rng.choice(("n", "same", [], [[1]], -1, 0.5, True, None, "1/3", "{", [0] * 9))
    return _possible(rng, kind, rank)


def _possible(rng: Random, kind: FieldKind, rank: int) -> Any:
    match kind:
        case PerAxis():
            if rng.random() < 0.6:
                return value(rng, kind.each, rank)
            return [value(rng, kind.each, rank) for _ in range(rank)]
        case Padding() if rng.random() < 0.3:
            return rng.choice(("same", "valid"))
        case Padding() | Borders():
            amount = rng.choice((0, 1, 1, 2, 3, rng.choice(EDGES)))
            pair = [rng.choice((0, 1, 2)), amount]
            return rng.choice((amount, [amount] * rank, [pair] * rank))
        case YesNo():
            return rng.choice((True, False))
        case Word():
            return rng.choice(kind.words)
        case Equation():
            return rng.choice(
                ("ij,jk->ik", "abc,acd->abd", "ab,ab->a", "a,b->ab", "abcd,e->b", ",")
            )
        case Dims():
            return rng.choice((1, 2, -1, [1, 2], [2, 3], [1, 2, 3], [-1, 1], 4, 64, [1, 1]))
        case Counts() | Whole():
            return [_number(rng, -1) for _ in range(rng.choice((1, 1, 2, 3, rank)))]
        case Real() | Exact() | Ratio():
            return rng.choice((0, 1, -1, 0.5, "1/3", 2, 1e-5, "1e300", "-1e300", 3, 1000))
        case Count():
            return _number(rng, kind.least)
        case _:
            return _number(rng, 0)


def _number(rng: Random, least: int) -> int:
    return rng.choice(EDGES) if rng.random() < 0.1 else max(least, rng.choice((0, *SMALL, 8, -1)))
