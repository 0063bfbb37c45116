"""Batch norms written out: differences from a stored mean, over the root of a stored variance.

The arrays are told apart by the values that they give, as those of other norms are.
"""

from __future__ import annotations

from functools import partial
from itertools import permutations
from math import isclose, sqrt
from typing import TYPE_CHECKING

from convcost.importers.recompose.graph import along, learned
from convcost.importers.recompose.region import ended, regions
from convcost.importers.recompose.rewrite import Match, one
from convcost.importers.recompose.sampled import NotSampled, Taken, values
from convcost.ops import op_name
from convcost.ops.norm import BatchNorm
from convcost.tensor import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.importers.recompose.region import Region
    from convcost.network import Layer

ENDS = frozenset(("add", "div", "multiply", "sub"))
ROOTS = frozenset(("pow", "sqrt"))
ROLES = ("running_mean", "running_var", "weight", "bias")
POINTS = (0.9, -1.7, 40.0)
STORED = ((0.7, 1.9, 1.3, 0.4), (1e-4, 0.6, 2.1, 1.1), (2.2, 1e-5, 0.8, 1.7))
"""Numbers of the stored arrays: variances, too, that are as small as an eps."""
NEAR = 1e-6


def batch_norms(graph: Graph) -> list[Match]:
    """The layers of a network that are a batch norm each."""
    if not any(_is_stored_root(layer) for layer in graph.layers):
        return []
    return ended(graph, ENDS, partial(_norm, graph))


def _is_stored_root(layer: Layer) -> bool:
    """Whether a layer may take the root of a variance that is not one of samples."""
    return op_name(type(layer.op)) in ROOTS and layer.outputs[0].samples is None


def _norm(graph: Graph, end: Layer) -> Match | None:
    """The largest of the regions that a layer ends and that are a batch norm."""
    match: Match | None = None
    for region in regions(graph, end):
        names = {op_name(type(layer.op)) for layer in region.layers}
        if len(region.arrays) in (2, 4) and not names.isdisjoint(ROOTS):
            match = _made(graph, region) or match
    return match


def _made(graph: Graph, region: Region) -> Match | None:
    """A region as a batch norm; None where it is something else."""
    x = region.x.shape
    if x != region.end.outputs[0].shape or len(x) < 2 or x[1] == 1:
        return None
    if any(along(tensor.shape, x) != (1,) for tensor in region.arrays):
        return None
    for eps, roles in _candidates(region):
        if all(_is(region, eps, roles, stored) for stored in STORED):
            weights = _weights(graph, region, roles)
            op = BatchNorm(eps=eps, affine=len(roles) > 2)
            return None if weights is None else one(region.layers, op, (region.x,), weights)
    return None


def _candidates(region: Region) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Each number that is added as the eps, and what each of the stored arrays may be."""
    added = (getattr(layer.op, "amount", 0.0) for layer in region.layers)
    for eps in dict.fromkeys((*map(float, added), *region.numbers.values(), 0.0)):
        if 0 <= eps < 1:
            for roles in permutations(ROLES[: len(region.arrays)]):
                yield eps, roles


def _is(region: Region, eps: float, roles: Sequence[str], stored: Sequence[float]) -> bool:
    """Whether a region makes of some numbers what a batch norm does."""
    known = dict(zip(roles, stored, strict=False))
    root = sqrt(known["running_var"] + eps)
    how = Taken(region.x.shape, ())
    for x in POINTS:
        wanted = (x - known["running_mean"]) / root * known.get("weight", 1) + known.get("bias", 0)
        try:
            given = region.given([x], [[number] for number in known.values()])
            (made,) = values(region.layers, how, given)[region.end.outputs[0]]
        except (NotSampled, ArithmeticError, ValueError):
            return False
        if not isclose(made, wanted, rel_tol=NEAR, abs_tol=NEAR):
            return False
    return True


def _weights(graph: Graph, region: Region, roles: Sequence[str]) -> Mapping[str, Weight] | None:
    """The stored arrays: means and variances are not learned."""
    channels = region.x.shape[1:2]
    found: dict[str, Weight] = {}
    for tensor, role in zip(region.arrays, roles, strict=True):
        weight = graph.weight(tensor)
        if weight is None:
            return None
        scales = role in ("weight", "bias")
        kept = Weight(weight.name, channels, False, weight.dtype)
        found[role] = learned(weight, channels) if scales else kept
    return {role: found[role] for role in ROLES if role in found}
