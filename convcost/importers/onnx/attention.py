"""Attention of the standard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import then
from convcost.importers.building.attention import Keys, attend, heads_apart, heads_together

if TYPE_CHECKING:
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor


def after_past(b: Builder, node: Node, x: Tensor, number: int) -> Tensor:
    """Keys or values after those of before, if the input of that number gives such."""
    return then(b, node, "concat", b.tensor(node, number), x, dim=2) if node.has(number) else x


def attention(b: Builder, node: Node) -> None:
    """Attention of the standard."""
    q, k, v = (b.tensor(node, number) for number in range(3))
    flat = len(q.shape) == 3
    if flat:
        own, shared = node.fields["q_num_heads"], node.fields["kv_num_heads"]
        q = heads_apart(b, node, q, own)
        k, v = (heads_apart(b, node, x, shared) for x in (k, v))
    k, v = after_past(b, node, k, 4), after_past(b, node, v, 5)
    masks = (b.tensor(node, 3),) if node.has(3) else ()
    truth = masks and masks[0].dtype == "bool"
    found = attend(
        b,
        node,
        q,
        k,
        v,
        scale=node.get("scale", None),
        softcap=node.get("softcap", 0.0),
        keys=_keys(b, node),
        added=() if truth else masks,
        allowed=masks if truth else (),
    )
    steps = (found.scores, found.capped, found.masked, found.weights)
    y = heads_together(b, node, found.y) if flat else found.y
    step: int = node.get("qk_matmul_output_mode", 0)
    b.give(node, y, k, v, steps[step])


def _keys(b: Builder, node: Node) -> Keys:
    limits = [node.get(name, -1) for name in ("left_window_size", "right_window_size")]
    left, right = (None if limit < 0 else limit for limit in limits)
    if node.get("is_causal", 0):
        right = 0
    return Keys(
        first=b.shape(node, 4)[2] if node.has(4) else 0,
        left=left,
        right=right,
        lengths=b.tensor(node, 6) if node.has(6) else None,
    )


ACTS = {"Attention": attention}
