"""Maps whose channels come last, among layers that have them first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import transposed
from convcost.ops.reshape import Permute, Transpose

if TYPE_CHECKING:
    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor


def channels_first(b: Builder, node: Node, x: Tensor) -> Tensor:
    """``[N, *, C]`` as ``[N, C, *]``. Where the layer before has just put the channels last, for
    this node alone, that is taken back: a chain of such nodes moves nothing in between."""
    rank = len(x.shape)
    last = b.network.layers[-1] if b.network.layers else None
    if last is not None and last.outputs[0] is x and b.readers(x) == 1:
        order = (0, *last.op.dims) if isinstance(last.op, Permute) else ()
        order = last.op.dims if isinstance(last.op, Transpose) else order
        if order == (0, *range(2, rank), 1):
            b.take_back(1)
            return last.inputs[0]
    return transposed(b, node, x, 0, rank - 1, *range(1, rank - 1))


def channels_last(b: Builder, node: Node, x: Tensor) -> Tensor:
    """``[N, C, *]`` as ``[N, *, C]``."""
    return transposed(b, node, x, 0, *range(2, len(x.shape)), 1)
