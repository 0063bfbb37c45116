"""Attention, written out: products, scale, masks, softmax, products."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.building.apply import constant, then, transposed, viewed
from convcost.importers.building.borders import bordered
from convcost.importers.building.node import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.building.builder import Builder
    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor

LOWEST = -(2**100)  # of a key that is not looked at: its exponential is 0


class Keys(NamedTuple):
    """The keys that a query looks at, besides what masks say.

    Query ``i`` stands at position ``first + i`` of the keys; None is where it does not matter. It
    looks at ``left`` keys before that and at ``right`` after it, None being all. ``lengths``, if
    given, is how many keys each sample has.
    """

    first: int = 0
    left: int | None = None
    right: int | None = None
    lengths: Tensor | None = None


class Attended(NamedTuple):
    """The result of attention, ``[batch, heads, queries, features]``, and its steps."""

    y: Tensor
    scores: Tensor
    capped: Tensor
    masked: Tensor
    weights: Tensor


def attend(
    b: Builder,
    node: Node,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    scale: float | None = None,
    softcap: float = 0.0,
    keys: Keys | None = None,
    added: Sequence[Tensor] = (),
    allowed: Sequence[Tensor] = (),
) -> Attended:
    """Attention of queries to keys and values, each ``[batch, heads, positions, features]``.

    Args:
        b: the builder.
        node: the node that the layers are of.
        q: queries, whose heads may share those of keys and values.
        k: keys.
        v: values.
        scale: of the products; ``1 / sqrt(features)`` unless given.
        softcap: the bound that a tanh holds the products to; 0 is none.
        keys: which keys each query looks at.
        added: masks that are added to the products, as they broadcast.
        allowed: masks that are 1 where a query looks at a key.
    """
    batch, heads, queries, features = q.shape
    shared = heads // k.shape[1]
    if heads != shared * k.shape[1]:
        raise NotUnderstood(f"{k.shape[1]} heads of keys do not divide the {heads} of queries")
    turned = transposed(b, node, k, 0, 1, 3, 2)
    if shared > 1:
        q = viewed(b, node, q, (batch, k.shape[1], shared, queries, features))
        turned = viewed(b, node, turned, (*turned.shape[:2], 1, *turned.shape[2:]))
        v = viewed(b, node, v, (*v.shape[:2], 1, *v.shape[2:]))
    scores = then(b, node, "matmul", q, turned)
    whole = (batch, heads, queries, k.shape[2])
    scores = viewed(b, node, scores, whole)
    scores = then(b, node, "scale", scores, factor=scale or 1 / sqrt(features))
    capped = _capped(b, node, scores, softcap)
    masked = _masked(b, node, capped, keys or Keys(), added, allowed)
    weights = then(b, node, "softmax", masked, dim=3)
    y = then(b, node, "matmul", viewed(b, node, weights, (*q.shape[:-1], k.shape[2])), v)
    y = viewed(b, node, y, (batch, heads, queries, v.shape[-1]))
    return Attended(y, scores, capped, masked, weights)


def _capped(b: Builder, node: Node, x: Tensor, softcap: float) -> Tensor:
    if not softcap:
        return x
    x = then(b, node, "tanh", then(b, node, "scale", x, factor=1 / softcap))
    return then(b, node, "scale", x, factor=softcap)


def _masked(
    b: Builder,
    node: Node,
    x: Tensor,
    keys: Keys,
    added: Sequence[Tensor],
    allowed: Sequence[Tensor],
) -> Tensor:
    for mask in added:
        x = then(b, node, "add", x, _wide(b, node, mask, x.shape[3], value=LOWEST))
    for mask in allowed:
        x = _kept(b, node, x, _wide(b, node, mask, x.shape[3], value=0.0))
    if keys.lengths is not None:
        lengths = viewed(b, node, keys.lengths, (x.shape[0], 1, 1, 1))
        x = _kept(b, node, x, then(b, node, "less", _places(b, node, "keys", 0, x), lengths))
    for limit, name in ((keys.right, "greater"), (keys.left, "less")):
        if limit is not None:
            first = keys.first + (limit if name == "greater" else -limit)
            x = _limited(b, node, x, name, first, keys.lengths)
    return x


def _wide(b: Builder, node: Node, mask: Tensor, width: int, *, value: float) -> Tensor:
    """A mask for fewer keys than there are, the others being masked."""
    missing = width - mask.shape[-1]
    if missing <= 0 or mask.shape[-1] == 1:
        return mask
    borders = tuple((0, missing if axis == -1 else 0) for axis in range(-len(mask.shape), 0))
    return bordered(b, node, mask, borders, value=value)


def _limited(
    b: Builder, node: Node, x: Tensor, name: str, first: int, lengths: Tensor | None
) -> Tensor:
    """Scores without those of keys beyond, or before, the place of each query, the first of which
    is at ``first``; where samples have lengths, their last queries are at their ends."""
    queries = x.shape[2]
    own = _places(b, node, name, first, x, along=2)
    if lengths is not None:
        before = viewed(b, node, lengths, (x.shape[0], 1, 1, 1))
        before = then(b, node, "shift", before, amount=-queries)
        own = then(b, node, "add", own, before)
    beyond = then(b, node, name, _places(b, node, "keys", 0, x), own)
    return then(b, node, "where", beyond, _lowest(b, node), x)


def _kept(b: Builder, node: Node, x: Tensor, allowed: Tensor) -> Tensor:
    return then(b, node, "where", allowed, x, _lowest(b, node))


def _lowest(b: Builder, node: Node) -> Tensor:
    return constant(b, node, "lowest", (LOWEST,), 1)


def _places(
    b: Builder, node: Node, what: str, first: int, scores: Tensor, along: int = 3
) -> Tensor:
    """Positions of queries or keys, so that they broadcast with the scores."""
    n = scores.shape[along]
    shape = [n if axis == along else 1 for axis in range(4)]
    return constant(b, node, what, range(first, first + n), *shape)


def heads_apart(b: Builder, node: Node, x: Tensor, heads: int) -> Tensor:
    """``[batch, positions, heads x features]`` to ``[batch, heads, positions, features]``."""
    if x.shape[-1] % heads:
        raise NotUnderstood(f"its {heads} heads do not divide {x.shape[-1]} features")
    apart = viewed(b, node, x, (*x.shape[:2], heads, x.shape[2] // heads))
    return transposed(b, node, apart, 0, 2, 1, 3)


def heads_together(b: Builder, node: Node, x: Tensor) -> Tensor:
    """``[batch, heads, positions, features]`` to ``[batch, positions, heads x features]``."""
    batch, heads, positions, features = x.shape
    y = transposed(b, node, x, 0, 2, 1, 3)
    return viewed(b, node, y, (batch, positions, heads * features))
