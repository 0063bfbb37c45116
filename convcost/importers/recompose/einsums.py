"""Products of attention by letters, as products of matrices.

``bqhd,bkhd->bhqk`` puts axes in an order and multiplies matrices: so do the blocks of the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.recompose.layout import reshape
from convcost.importers.recompose.moves import ordering
from convcost.importers.recompose.operands import factor_of
from convcost.importers.recompose.rewrite import Match, Step
from convcost.ops.activation import Softmax
from convcost.ops.einsum import Einsum
from convcost.ops.join import Add
from convcost.ops.kinds import labels_of
from convcost.ops.linear import MatMul
from convcost.ops.reshape import Reshaping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer
    from convcost.tensor import Tensor


def einsums(graph: Graph) -> list[Match]:
    """The einsums before and after a softmax along its last axis."""
    found: dict[Layer, Match] = {}
    for layer in graph.layers:
        if not isinstance(layer.op, Softmax) or layer.op.dim != len(layer.outputs[0].shape) - 1:
            continue
        scores, means = _before(graph, layer), graph.after(layer)
        if means is None or scores is None or {scores, means} & found.keys():
            continue
        made = [_steps(scores, scores.inputs), _steps(means, means.inputs, layer.outputs[0])]
        for product, steps in zip((scores, means), made, strict=True):
            if steps and all(made):
                found[product] = Match((product,), steps)
    return [*found.values()]


def _before(graph: Graph, softmax: Layer) -> Layer | None:
    """The einsum that makes the scores of a softmax, which are scaled and masked on the way."""
    layer = graph.before(softmax.inputs[0])
    while layer is not None and not isinstance(layer.op, Einsum):
        scaled = factor_of(graph, layer)
        if scaled is not None:
            layer = graph.before(scaled[0])
        elif isinstance(layer.op, (Add, Reshaping)):
            shape = layer.outputs[0].shape
            every = [graph.before(t) for t in layer.inputs if t.shape == shape]
            layer = next((made for made in every if made is not None and made.inputs), None)
        else:
            return None
    return layer


def _steps(
    product: Layer, inputs: Sequence[Tensor], first: Tensor | None = None
) -> list[Step] | None:
    """An einsum as a product of matrices, whose rows are those of ``first``, if given; None where
    it is none."""
    if not isinstance(product.op, Einsum):
        return None
    *labels, out = labels_of(product.op.equation)
    factors = [*zip(labels, inputs, strict=True)]
    swapped = out[-1] not in labels[1] if first is None else first is not inputs[0]
    (rows, a), (columns, b) = factors[::-1] if swapped else factors
    summed = [label for label in rows if label in columns and label not in out]
    own = [label for label in columns if label in out and label not in rows]
    if len(summed) != 1 or len(own) != 1 or len({*rows, *columns}) != len(out) + 1:
        return None
    (inner,), (n,) = summed, own
    left = [label for label in (out if first is None else rows) if label not in (inner, n)]
    *leading, m = left
    if m in columns:
        return None
    steps: list[Step] = []
    made = [
        _ordered(steps, a, rows, (*leading, m, inner)),
        _ordered(steps, b, columns, (*leading, inner, n)),
    ]
    steps.append(Step(MatMul(), (made[0], made[1]), None, product.name))
    order = tuple((*leading, m, n).index(label) for label in out)
    if order != tuple(range(len(out))):
        steps.append(Step(ordering(order), (len(steps) - 1,)))
    return steps


def _ordered(steps: list[Step], x: Tensor, labels: str, wanted: Sequence[str]) -> Tensor | int:
    """A factor with its axes in an order, and one of size 1 for a letter that it lacks."""
    made: Tensor | int = x
    order = tuple(labels.index(label) for label in wanted if label in labels)
    if order != tuple(range(len(order))):
        steps.append(Step(ordering(order), (made,)))
        made = len(steps) - 1
    if len(order) < len(wanted):
        sizes = dict(zip(labels, x.shape, strict=True))
        shape = [sizes.get(label, 1) for label in wanted]
        steps.append(Step(reshape(shape, own=order[0] == 0 and wanted[0] in labels), (made,)))
        made = len(steps) - 1
    return made
