"""Softmax written out: exponentials over their sum, of numbers less the largest of them or not."""

from __future__ import annotations

from functools import partial
from math import exp, isclose
from typing import TYPE_CHECKING

from convcost.importers.recompose.region import ended, regions
from convcost.importers.recompose.rewrite import Match, one
from convcost.importers.recompose.sampled import NotSampled, values
from convcost.ops import op_name
from convcost.ops.activation import Softmax

if TYPE_CHECKING:
    from convcost.importers.recompose.graph import Graph
    from convcost.importers.recompose.region import Region
    from convcost.network import Layer

ENDS = frozenset(("div", "multiply"))
X = (0.9, -1.7, 0.4, 2.3, -0.6)  # numbers along the axis
AROUND = (0.0, 5.0)  # what is added to all: nothing that shows
NEAR = 1e-6


def softmaxes(graph: Graph) -> list[Match]:
    """The layers of a network that are a softmax each."""
    return ended(graph, ENDS, partial(_softmax, graph)) if "exp" in graph.ops else []


def _softmax(graph: Graph, end: Layer) -> Match | None:
    """The largest of the regions that a layer ends and that are a softmax."""
    match: Match | None = None
    for region in regions(graph, end):
        names = {op_name(type(layer.op)) for layer in region.layers}
        if not region.arrays and {"exp", "sum"} <= names:
            match = _made(region) or match
    return match


def _made(region: Region) -> Match | None:
    """A region as a softmax; None where it is something else."""
    how, x = region.taken(), region.x
    if how is None or len(how.axes) != 1 or x.shape != region.end.outputs[0].shape:
        return None
    (axis,) = how.axes
    if axis == x.batch_axis:
        return None
    for middle in AROUND:
        sampled = [number + middle for number in X]
        try:
            made = values(region.layers, how, region.given(sampled, ()))[region.end.outputs[0]]
        except (NotSampled, ArithmeticError, ValueError):
            return None
        each = [exp(number) for number in sampled]
        share = len(X) / x.shape[axis]
        wanted = [number / sum(each) * share for number in each]
        if len(made) != len(X):
            return None
        if not all(isclose(a, b, rel_tol=NEAR) for a, b in zip(made, wanted, strict=True)):
            return None
    return one(region.layers, Softmax(dim=axis), (x,), {})
