"""Functions of one number, written out.

``x sigmoid(x)`` is ``silu``, whatever the order of its factors.
"""

from __future__ import annotations

from functools import cache, partial
from math import isclose, isnan
from typing import TYPE_CHECKING, Any

from convcost.importers.recompose.region import ended, regions
from convcost.importers.recompose.rewrite import Match, one
from convcost.importers.recompose.sampled import EACH, NotSampled, values
from convcost.ops import op_class, op_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.importers.recompose.region import Region
    from convcost.importers.recompose.sampled import Taken
    from convcost.network import Layer
    from convcost.ops.op import Op

NAMED: Sequence[tuple[str, dict[str, Any]]] = (
    ("relu", {}),
    ("relu6", {}),
    ("sigmoid", {}),
    ("silu", {}),
    ("hard_sigmoid", {}),
    ("hard_swish", {}),
    ("gelu", {"approximate": "none"}),
    ("gelu", {"approximate": "tanh"}),
    ("softplus", {"beta": 1, "threshold": 20}),
    ("mish", {}),
    ("softsign", {}),
)
"""The functions that have names of their own, and the fields of their ops."""

ENDS = frozenset(
    ("add", "clip", "div", "log", "maximum", "minimum", "multiply", "reciprocal", "scale")
)
"""The ops that may come last where one of those is written out."""

LONGEST_CHAIN = 5  # layers of a function that reads its input once
FURTHER = 4  # layers that are looked at before those that are a function already

POINTS = (
    *(1.5, -0.7, -2.2, 3.1, -50, -8, -6.1, -4.3, -3.1, -2.9, -1.3, -0.2, -0.01, 0),
    *(0.01, 0.3, 0.9, 2.2, 2.9, 4.4, 5.9, 6.1, 8, 19.9, 50, 1000, -1000, 1e10, -1e10),
)
"""Where functions are compared: between their bends, near them and far away, beyond the bounds of
whole numbers of 32 bits."""

NEAR = {"float16": 3e-4, "bfloat16": 3e-3}
"""How far values may differ where constants are stored in fewer digits; the two kinds of ``gelu``
are up to 5e-4 apart."""


def functions(graph: Graph) -> list[Match]:
    """The layers of a network that are one function of a number each."""
    return ended(graph, ENDS, partial(_function, graph, {}))


def _function(graph: Graph, known: dict[Hashable, Op | None], end: Layer) -> Match | None:
    """The largest of the regions that a layer ends and that are a function.

    Args:
        graph: the network.
        known: those of regions by how they are written, which grows.
        end: the layer.
    """
    match: Match | None = None
    for region in regions(graph, end):
        count = len(region.layers)
        if match is not None and count > len(match.parts) + FURTHER:
            break
        if region.arrays or region.x.shape != end.outputs[0].shape:
            continue
        if count > LONGEST_CHAIN and region.is_chain:
            break
        written = region.written
        if written not in known:
            known[written] = _op(region)
        op = known[written]
        if op is not None:
            match = one(region.layers, op, (region.x,), {})
    return match


@cache
def _ops() -> Sequence[Op]:
    """The functions that have names."""
    return [op_class(name)(**fields) for name, fields in NAMED]


@cache
def _points() -> Sequence[tuple[float, Sequence[float]]]:
    """Each point, and what each of the functions makes of it."""
    return [(x, [EACH[op_name(type(op))](op, x) for op in _ops()]) for x in POINTS]


def _op(region: Region) -> Op | None:
    """The op whose values are those of a region at all points; of several the nearest."""
    how = region.taken()
    if how is None or how.axes:
        return None
    off = [0.0] * len(NAMED)
    left: Sequence[int] = range(len(NAMED))
    near = NEAR.get(region.x.dtype, 1e-5)
    for x, wanted in _points():
        y = _value(region, how, x)
        if y is None:
            return None
        left = [n for n in left if isclose(wanted[n], y, rel_tol=near, abs_tol=near)]
        if not left:
            return None
        for n in left:
            off[n] += abs(wanted[n] - y)
    return _ops()[min(left, key=lambda n: off[n])]


def _value(region: Region, how: Taken, x: float) -> float | None:
    try:
        made = values(region.layers, how, region.given([x], ()))
    except (NotSampled, ArithmeticError, ValueError):
        return None
    (y,) = made[region.end.outputs[0]]
    return None if isnan(y) else y
