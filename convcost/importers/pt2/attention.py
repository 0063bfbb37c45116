"""Attention, whose steps PyTorch has in one operator."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.apply import viewed
from convcost.importers.building.attention import Keys, attend

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor

FUSED_AXES = (3, 4)
"""Axes of queries for which PyTorch has one operator, which gives no gradient to a mask; all else
is computed step by step."""
STEPS = ".steps"
"""What the function's name then ends in, as tools and the backward pass see the steps."""


def attention(b: Builder, node: Node) -> None:
    """scaled_dot_product_attention, of tensors with any axes before tokens and features."""
    q, k, v = (b.arg(node, name) for name in ("query", "key", "value"))
    lead = q.shape[:-2]
    masks = (b.arg(node, "attn_mask"),) if node.gives("attn_mask") else ()
    truth = bool(masks) and masks[0].dtype == "bool"
    if len(q.shape) not in FUSED_AXES or (masks and not truth and _is_learned(b, masks[0])):
        node.function += STEPS
    fours = [_four(b, node, x) for x in (q, k, v)]
    found = attend(
        b,
        node,
        *fours,
        scale=node.get("scale", None),
        keys=Keys(right=0) if node.get("is_causal", False) else None,
        added=() if truth else masks,
        allowed=masks if truth else (),
    )
    b.give(node, viewed(b, node, found.y, (*lead, *found.y.shape[-2:])))


def _is_learned(b: Builder, mask: Tensor) -> bool:
    """Whether a mask is made of learned arrays, so that they have gradients from it."""
    wanted = {mask}
    for layer in reversed(b.network.layers):
        if wanted.isdisjoint(layer.outputs):
            continue
        if any(weight.learned for weight in layer.weights.values()):
            return True
        wanted.difference_update(layer.outputs)
        wanted.update(layer.inputs)
        if not wanted:
            break
    return False


def _four(b: Builder, node: Node, x: Tensor) -> Tensor:
    """``[batch, heads, tokens, features]``."""
    rank = len(x.shape)
    if rank == 4:
        return x
    lead = x.shape[:-2]
    pair = (1,) * (2 - len(lead)) + lead if rank < 4 else (lead[0], prod(lead[1:]))
    return viewed(b, node, x, (*pair, *x.shape[-2:]))


ACTS: dict[str, Callable[[Builder, Node], None]] = {"scaled_dot_product_attention": attention}
