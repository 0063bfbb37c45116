"""Orders of axes, whatever the op that says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.ops.reshape import Permute, Transpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Layer
    from convcost.ops.op import Op


def order_of(layer: Layer | None) -> tuple[int, ...] | None:
    """For each axis that a layer makes, the axis of its input that it is; None where it does more
    than that."""
    op = None if layer is None else layer.op
    if isinstance(op, Permute):
        return (0, *op.dims)
    return op.dims if isinstance(op, Transpose) else None


def ordering(order: Sequence[int]) -> Op:
    """The op that puts axes in an order."""
    own = order[0] == 0
    return Permute(dims=tuple(order[1:])) if own else Transpose(dims=tuple(order))
