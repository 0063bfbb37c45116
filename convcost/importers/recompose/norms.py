"""Normalisation by statistics of the sample, written out: means, differences, squares, a root.

Scale and shift that were layers of their own become the weight and the bias.
"""

from __future__ import annotations

from functools import partial
from itertools import permutations
from math import isclose, prod, sqrt
from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.recompose.graph import along, learned
from convcost.importers.recompose.region import ended, regions
from convcost.importers.recompose.rewrite import Match, one
from convcost.importers.recompose.sampled import TAKEN, NotSampled, values
from convcost.ops import op_name
from convcost.ops.layer_norm import InstanceNorm, LayerNorm, RMSNorm

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.importers.recompose.region import Region
    from convcost.importers.recompose.sampled import Numbers, Taken
    from convcost.network import Layer
    from convcost.ops.op import Op
    from convcost.tensor import Tensor, Weight

X = (0.9, -1.7, 0.4, 2.3, -0.6)  # numbers that are normalised together
STORED = ((1.3, 0.7, -0.4, 1.9, 0.2), (-0.8, 0.5, 1.1, -0.3, 0.6))  # of an array along them
AROUND = (0.0, 3.0)  # what is added to all: a mean that is not taken away shows
ENDS = frozenset(("add", "div", "multiply", "sub"))
ROOTS = frozenset(("l2", "pow", "sqrt"))
NEAR = 1e-6


class Norm(NamedTuple):
    """A norm that a region may be: with or without its mean taken away, and which of the arrays of
    the region is its weight and which its bias."""

    mean: bool
    eps: float
    roles: Mapping[str, int]

    def value(self, x: Numbers, stored: Sequence[Numbers]) -> Numbers:
        """Its result for numbers."""
        middle = sum(x) / len(x) if self.mean else 0.0
        apart = [number - middle for number in x]
        root = sqrt(sum(number * number for number in apart) / len(x) + self.eps)
        weight = stored[self.roles["weight"]] if "weight" in self.roles else (1.0,)
        bias = stored[self.roles["bias"]] if "bias" in self.roles else (0.0,)
        return [
            number / root * weight[n % len(weight)] + bias[n % len(bias)]
            for n, number in enumerate(apart)
        ]


def norms(graph: Graph) -> list[Match]:
    """The layers of a network that are a norm each."""
    if graph.ops.isdisjoint(TAKEN) or graph.ops.isdisjoint(ROOTS):
        return []
    return ended(graph, ENDS, partial(_norm, graph, {}))


def _norm(graph: Graph, known: dict[Hashable, Norm | None], end: Layer) -> Match | None:
    """The largest of the regions that a layer ends and that are a norm.

    Args:
        graph: the network.
        known: norms by how they are written, which grows.
        end: the layer.
    """
    match: Match | None = None
    for region in regions(graph, end):
        names = {op_name(type(layer.op)) for layer in region.layers}
        if names.isdisjoint(TAKEN) or names.isdisjoint(ROOTS):
            continue
        how = region.taken()
        if how is None or not how.axes or region.x.shape != end.outputs[0].shape:
            continue
        if region.x.batch_axis in how.axes or len(region.arrays) > 2:
            continue
        written = region.written
        if written not in known:
            every = (norm for norm in _candidates(region) if _is(region, how, norm))
            known[written] = next(every, None)
        norm = known[written]
        made = None if norm is None else _op(graph, region, how, norm)
        match = made or match
    return match


def _candidates(region: Region) -> Iterator[Norm]:
    """Norms with each number that the layers add, and each use of what is stored."""
    added = [getattr(layer.op, "amount", 0.0) for layer in region.layers]
    every = dict.fromkeys((*map(float, added), *region.numbers.values(), 0.0))
    roles = ("weight", "bias")[: len(region.arrays)]
    for eps in every:
        if 0 <= eps < 1:
            for order in permutations(range(len(region.arrays))):
                for mean in (True, False):
                    yield Norm(mean, eps, dict(zip(roles, order, strict=True)))


def _is(region: Region, how: Taken, norm: Norm) -> bool:
    """Whether a region makes what a norm does, where eps matters and where it does not."""
    counts = [_count(tensor, how) for tensor in region.arrays]
    stored = [numbers[:n] for numbers, n in zip(STORED, counts, strict=False)]
    for size in (1.0, sqrt(norm.eps) or 1e-3):
        for middle in AROUND:
            x = [(number + middle) * size for number in X]
            given = region.given(x, stored)
            try:
                made = values(region.layers, how, given)[region.end.outputs[0]]
            except (NotSampled, ArithmeticError, ValueError):
                return False
            wanted = norm.value(x, stored)
            pairs = zip(made, wanted, strict=True) if len(made) == len(wanted) else ()
            near = [isclose(a, b, rel_tol=NEAR, abs_tol=NEAR) for a, b in pairs]
            if not near or not all(near):
                return False
    return True


def _count(tensor: Tensor, how: Taken) -> int:
    """The numbers of a stored array along the axes that are reduced: those sampled, or one."""
    met = along(tensor.shape, how.x) or ()
    return len(X) if any(axis in how.axes for axis in met) else 1


def _op(graph: Graph, region: Region, how: Taken, norm: Norm) -> Match | None:
    """A norm as an op, if there is one that stores what it stores."""
    sizes = tuple(how.x[axis] for axis in how.axes)
    by_channel = how.axes == tuple(range(2, len(how.x))) and norm.mean
    weights = _weights(graph, region, norm, sizes)
    if by_channel and (norm.roles or len(how.x) > 3):  # of tokens the last axis is the features
        by_channels = all(along(t.shape, how.x) in ((1,), ()) for t in region.arrays)
        own = _weights(graph, region, norm, how.x[1:2]) if by_channels else None
        if own is not None and len(own) in (0, 2):
            op = InstanceNorm(eps=norm.eps, affine=bool(own))
            return one(region.layers, op, (region.x,), own)
    if weights is None or ("bias" in norm.roles and not norm.mean):
        return None
    if any(_count(tensor, how) == 1 < max(sizes) for tensor in region.arrays):
        return None
    return one(region.layers, _over_axes(how, norm), (region.x,), weights)


def _over_axes(how: Taken, norm: Norm) -> Op:
    scaled, shifted = "weight" in norm.roles, "bias" in norm.roles
    if norm.mean:
        shifted = shifted or not scaled
        return LayerNorm(dim=how.axes, eps=norm.eps, elementwise_affine=scaled, bias=shifted)
    return RMSNorm(dim=how.axes, eps=norm.eps, elementwise_affine=scaled)


def _weights(
    graph: Graph, region: Region, norm: Norm, sizes: tuple[int, ...]
) -> Mapping[str, Weight] | None:
    """The stored arrays in the shapes that the op wants, by role; None if one has another size."""
    found: dict[str, Weight] = {}
    for role, number in norm.roles.items():
        tensor = region.arrays[number]
        weight = graph.weight(tensor)
        if weight is None or prod(tensor.shape) != prod(sizes):
            return None
        found[role] = learned(weight, sizes)
    return found
