"""Heads of keys and values that several of queries share, repeated for each of those.

Exporters show them along an axis more, expand or tile that, and show all of it as heads again: a
copy of keys and values for each group. Products broadcast, so there the heads that share them are
an axis of the queries, and nothing is copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.recompose.layout import reshape
from convcost.importers.recompose.moves import order_of, ordering
from convcost.importers.recompose.operands import factor_of
from convcost.importers.recompose.rewrite import Match, Step
from convcost.ops.linear import MatMul
from convcost.ops.pick import Expand, Tile
from convcost.ops.reshape import Reshaping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer
    from convcost.tensor import Tensor

SHARED = 2  # the axis along which heads are repeated: batch, heads, those that share one, ...


class _Repeated(NamedTuple):
    """Heads before they are repeated, ``[batch, heads, 1, positions, features]``, and the layers
    that do it and move or scale them then."""

    heads: Tensor
    repeat: Sequence[Layer]
    after: Sequence[Layer]


def shared_heads(graph: Graph) -> list[Match]:
    """The products of a network with heads that were repeated."""
    found: list[Match] = []
    for layer in graph.layers:
        repeated = _repeated(graph, layer) if isinstance(layer.op, MatMul) else None
        if repeated is not None:
            found.append(Match((*repeated.repeat, *repeated.after, layer), _steps(layer, repeated)))
    return found


def _repeated(graph: Graph, product: Layer) -> _Repeated | None:
    """The tensor that the second factor of a product repeats for several heads, with the layers
    that do so; None if it repeats nothing."""
    (a, b), y = (tensor.shape for tensor in product.inputs), product.outputs[0].shape
    if not len(a) == len(b) == len(y) or a[:2] != b[:2] or len(y) != SHARED + 2:
        return None
    after: list[Layer] = []
    layer = graph.before(product.inputs[1])
    while layer is not None and (order_of(layer) == (0, 1, 3, 2) or factor_of(graph, layer)):
        scaled = factor_of(graph, layer)
        after.append(layer)
        layer = graph.before(layer.inputs[0] if scaled is None else scaled[0])
    if layer is None or not isinstance(layer.op, Reshaping):
        return None
    expand = graph.before(layer.inputs[0])
    if expand is None or not isinstance(expand.op, (Expand, Tile)):
        return None
    heads, wide = expand.inputs[0].shape, expand.outputs[0].shape
    if len(heads) != len(wide) or len(wide) != SHARED + 3 or heads[SHARED] != 1:
        return None
    times = wide[SHARED]
    if wide != (*heads[:SHARED], times, *heads[SHARED + 1 :]) or graph.leaf(expand.inputs[0]):
        return None
    if layer.outputs[0].shape != (heads[0], heads[1] * times, *heads[SHARED + 1 :]):
        return None
    return _Repeated(expand.inputs[0], (expand, layer), after[::-1])


def _steps(product: Layer, repeated: _Repeated) -> list[Step]:
    batch, heads, *_ = repeated.heads.shape
    queries = product.inputs[0]
    steps: list[Step] = []
    keys: Tensor | int = repeated.heads
    before: Tensor = repeated.repeat[-1].outputs[0]
    for layer in repeated.after:
        order, op = order_of(layer), layer.op
        if order is not None:
            op = ordering((0, 1, SHARED, SHARED + 2, SHARED + 1))
        inputs = tuple(keys if tensor is before else tensor for tensor in layer.inputs)
        steps.append(Step(op, inputs, layer.weights, layer.name))
        keys, before = len(steps) - 1, layer.outputs[0]
    shared = queries.shape[1] // heads
    steps.append(Step(reshape((batch, heads, shared, *queries.shape[2:]), own=True), (queries,)))
    steps.append(Step(product.op, (len(steps) - 1, keys), None, product.name))
    steps.append(Step(reshape(product.outputs[0].shape, own=True), (len(steps) - 1,)))
    return steps
