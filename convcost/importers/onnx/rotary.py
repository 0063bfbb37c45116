"""RotaryEmbedding, written out: pairs of features turned by an angle of their position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.apply import then, viewed

if TYPE_CHECKING:
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor


def rotary_embedding(b: Builder, node: Node) -> None:
    """RotaryEmbedding of the standard: its caches come before the positions."""
    rotary(b, node, cos_at=1, sin_at=2, positions_at=3)


def rotary(b: Builder, node: Node, *, cos_at: int, sin_at: int, positions_at: int) -> None:
    """A rotary embedding whose caches and positions are inputs of these numbers: of
    ``[batch, heads, positions, features]``, or of features of all heads as the last of three
    axes."""
    x = b.tensor(node, 0)
    caches = [b.tensor(node, number) for number in (cos_at, sin_at)]
    positions = b.tensor(node, positions_at) if node.has(positions_at) else None
    flat = len(x.shape) == 3
    if flat:
        size = 2 * caches[0].shape[-1]
        heads = node.get("num_heads", 0) or x.shape[2] // size
        x = viewed(b, node, x, (*x.shape[:2], heads, x.shape[2] // heads))
    caches = [angles(b, node, cache, positions, x, heads_at=2 if flat else 1) for cache in caches]
    part = node.get("rotary_embedding_dim", 0) or x.shape[3]
    y = rotated(b, node, x, *caches, part=part, interleaved=bool(node.get("interleaved", 0)))
    b.give(node, viewed(b, node, y, b.shape(node, 0)))


def angles(
    b: Builder, node: Node, cache: Tensor, positions: Tensor | None, x: Tensor, heads_at: int
) -> Tensor:
    """The cosines or sines of each position, so that they broadcast over heads: picked by positions
    from one cache for all samples, or given for each sample and position."""
    batch, queries = x.shape[0], x.shape[3 - heads_at]
    if positions is not None:
        if positions.shape == (1,):  # where the first one stands, as com.microsoft has it
            b.differ(node, "its positions are taken to begin at 0")
            last = cache.shape[0]
            ends = (min(queries, last),)
            cache = then(b, node, "slice", cache, dims=(0,), starts=(0,), ends=ends)
        else:
            cache = then(b, node, "gather", cache, positions, dim=0)
    lead = batch if cache.shape[0] == batch and len(cache.shape) == 3 else 1
    sizes = [lead, queries, queries, cache.shape[-1]]
    sizes[heads_at] = 1
    return viewed(b, node, cache, tuple(sizes))


def rotated(
    b: Builder, node: Node, x: Tensor, cos: Tensor, sin: Tensor, *, part: int, interleaved: bool
) -> Tensor:
    """``x`` with the first ``part`` of its features turned: the first of each pair becomes
    ``cos x1 - sin x2``, the second ``sin x1 + cos x2``."""
    size = x.shape[3]
    turned = x if part == size else _sliced(b, node, x, 0, part)
    if interleaved:
        pairs = viewed(b, node, turned, (*x.shape[:3], part // 2, 2))
        sides = [_of_pair(b, node, pairs, side) for side in (0, 1)]
    else:
        sides = [_sliced(b, node, turned, n, n + part // 2) for n in (0, part // 2)]
    real = then(b, node, "sub", _times(b, node, sides[0], cos), _times(b, node, sides[1], sin))
    imag = then(b, node, "add", _times(b, node, sides[0], sin), _times(b, node, sides[1], cos))
    if interleaved:
        columns = [viewed(b, node, side, (*side.shape, 1)) for side in (real, imag)]
        y = viewed(b, node, then(b, node, "concat", *columns, dim=4), turned.shape)
    else:
        y = then(b, node, "concat", real, imag, dim=3)
    if part == size:
        return y
    return then(b, node, "concat", y, _sliced(b, node, x, part, size), dim=3)


def _times(b: Builder, node: Node, x: Tensor, y: Tensor) -> Tensor:
    return then(b, node, "multiply", x, y)


def _sliced(b: Builder, node: Node, x: Tensor, start: int, end: int) -> Tensor:
    return then(b, node, "slice", x, dims=(3,), starts=(start,), ends=(end,))


def _of_pair(b: Builder, node: Node, pairs: Tensor, side: int) -> Tensor:
    taken = then(b, node, "slice", pairs, dims=(4,), starts=(side,), ends=(side + 1,))
    return viewed(b, node, taken, pairs.shape[:4])


ACTS = {"RotaryEmbedding": rotary_embedding}
