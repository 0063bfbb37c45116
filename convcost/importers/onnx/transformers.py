"""Operators of the domain com.microsoft for transformers: what onnxruntime fuses their embeddings,
their norms and their attention to."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from convcost.importers.building.apply import constant, then, viewed
from convcost.importers.building.attention import Keys, attend, heads_apart, heads_together
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored
from convcost.importers.onnx.attention import after_past
from convcost.importers.onnx.norms import normalised
from convcost.importers.onnx.products import linear, product
from convcost.importers.onnx.rotary import angles, rotated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.ops.op import Op
    from convcost.tensor import Tensor

NONE = 1 << 10  # the number of an input that no node has


def skip_norm(name: str, shift_at: int, bias_at: int) -> Callable[[Builder, Node], None]:
    """SkipLayerNormalization and its like: the norm of a sum, and the sum."""

    def act(b: Builder, node: Node) -> None:
        total = then(b, node, "add", b.tensor(node, 0), b.tensor(node, 1))
        if node.has(bias_at):
            total = then(b, node, "add", total, b.tensor(node, bias_at))
        eps = node.get("epsilon", 1e-12)
        last = (len(total.shape) - 1,)
        y = normalised(b, node, name, total, last, eps=eps, scale_at=2, shift_at=shift_at)
        b.give(node, y)
        for output in node.outputs[3:4]:
            b.values[output] = total

    return act


def embedded(b: Builder, node: Node) -> None:
    """EmbedLayerNormalization: the norm of the sum of the embeddings of words, of positions and of
    segments."""
    words = b.tensor(node, 0)
    total = then(b, node, "gather", b.tensor(node, 2), words, dim=0)
    positions = b.tensor(node, 3)
    if node.has(8):
        positions = then(b, node, "gather", positions, b.tensor(node, 8), dim=0)
    else:
        ends = (words.shape[1],)
        positions = then(b, node, "slice", positions, dims=(0,), starts=(0,), ends=ends)
    total = then(b, node, "add", total, positions)
    if node.has(1) and node.has(4):
        segments = then(b, node, "gather", b.tensor(node, 4), b.tensor(node, 1), dim=0)
        total = then(b, node, "add", total, segments)
    eps = node.get("epsilon", 1e-12)
    y = normalised(b, node, "layer_norm", total, (2,), eps=eps, scale_at=5, shift_at=6)
    b.give(node, y, *_mask_index(b, node, words))
    for output in node.outputs[2:3]:
        b.values[output] = total


def _mask_index(b: Builder, node: Node, words: Tensor) -> Sequence[Tensor]:
    """How many words of each sample the mask keeps, where the graph asks for it."""
    if not any(b.read[name] for name in node.outputs[1:2] if name):
        return ()
    if not node.has(7):
        return (constant(b, node, "lengths", repeat(0, words.shape[0]), words.shape[0]),)
    return (then(b, node, "sum", b.tensor(node, 7), dim=(1,), keepdim=False),)


def attention(b: Builder, node: Node) -> None:
    """Attention of com.microsoft: queries, keys and values are one product with the input."""
    x, matrix = b.tensor(node, 0), b.value(node, 1)
    bias = b.value(node, 2) if node.has(2) else None
    if isinstance(matrix, Stored) and (bias is None or isinstance(bias, Stored)):
        whole = linear(b, node, x, matrix, bias)
    else:
        whole = product(b, node, x, b.tensor(node, 1))
        if bias is not None:
            whole = then(b, node, "add", whole, b.tensor(node, 2))
    attended_together(b, node, whole, mask_at=3, past_at=4, added_at=5)


def attended_together(
    b: Builder, node: Node, whole: Tensor, *, mask_at: int, past_at: int, added_at: int
) -> None:
    """Attention to a tensor that holds queries, keys and values, one after the other."""
    third = whole.shape[2] // 3
    sizes: Sequence[int] = node.get("qkv_hidden_sizes", None) or (third, third, third)
    parts = b.add(node, _split(sizes), (whole,)).outputs
    q, k, v = (heads_apart(b, node, part, node.fields["num_heads"]) for part in parts)
    past = b.tensor(node, past_at) if node.has(past_at) else None
    if past is not None:
        k, v = (_after(b, node, past, side, x) for side, x in enumerate((k, v)))
    masks = _masks(b, node, mask_at, k.shape[2])
    added = (b.tensor(node, added_at),) if node.has(added_at) else ()
    first = past.shape[3] if past is not None else 0
    y = attend(
        b,
        node,
        q,
        k,
        v,
        scale=node.get("scale", None),
        keys=_looked_at(node, first, masks.pop("lengths", None)),
        added=added,
        allowed=tuple(masks.values()),
    ).y
    b.give(node, heads_together(b, node, y))
    if any(b.read[name] for name in node.outputs[1:2]):
        pair = [viewed(b, node, x, (1, *x.shape)) for x in (k, v)]
        b.values[node.outputs[1]] = then(b, node, "concat", *pair, dim=0)


def _split(sizes: Sequence[int]) -> Op:
    return make("split", sizes=tuple(sizes), dim=2)


def _after(b: Builder, node: Node, past: Tensor, side: int, x: Tensor) -> Tensor:
    """Keys or values after those of a past that holds both."""
    part = then(b, node, "slice", past, dims=(0,), starts=(side,), ends=(side + 1,))
    part = viewed(b, node, part, past.shape[1:])
    return then(b, node, "concat", part, x, dim=2)


def _looked_at(node: Node, first: int, lengths: Tensor | None = None) -> Keys:
    return Keys(first=first, right=0 if node.get("unidirectional", 0) else None, lengths=lengths)


def _masks(b: Builder, node: Node, number: int, keys: int) -> dict[str, Tensor]:
    """The mask of an input: how many keys each sample has, or which, or which each query sees."""
    if not node.has(number):
        return {}
    mask = b.tensor(node, number)
    if len(mask.shape) == 1:
        if mask.shape[0] > b.shape(node, 0)[0]:
            raise NotUnderstood("its mask is of where keys begin and end")
        return {"lengths": mask}
    axes = {2: (1, 2), 3: (1,), 4: ()}[len(mask.shape)]
    sizes = list(mask.shape)
    for axis in axes:
        sizes.insert(axis, 1)
    if sizes[3] > keys:
        raise NotUnderstood(f"its mask is for {sizes[3]} keys, and there are {keys}")
    return {"allowed": viewed(b, node, mask, tuple(sizes))}


def multi_head(b: Builder, node: Node) -> None:
    """MultiHeadAttention: queries, keys and values apart, or packed."""
    heads = node.fields["num_heads"]
    q, k, v = _of_heads(b, node, heads)
    first = b.shape(node, 6)[2] if node.has(6) else 0
    if k.shape[2] == 0:
        raise NotUnderstood("it has no keys")
    k, v = after_past(b, node, k, 6), after_past(b, node, v, 7)
    masks = _masks(b, node, 4, k.shape[2])
    found = attend(
        b,
        node,
        q,
        k,
        v,
        scale=node.get("scale", None),
        keys=_looked_at(node, first, masks.pop("lengths", None)),
        added=(b.tensor(node, 5),) if node.has(5) else (),
        allowed=tuple(masks.values()),
    )
    b.give(node, heads_together(b, node, found.y), k, v, found.scores)


def _of_heads(b: Builder, node: Node, heads: int) -> list[Tensor]:
    """Queries, keys and values as ``[batch, heads, positions, features]``, plus their biases, which
    those that are given so have already."""
    given = [b.tensor(node, number) for number in range(3) if node.has(number)]
    if len(given) < 3:  # packed as [batch, positions, heads, 2 or 3, features]
        packed = given.pop()
        count = packed.shape[3]
        given += [_unpacked(b, node, packed, side) for side in range(count)]
    if not node.has(3):
        return [x if len(x.shape) == 4 else heads_apart(b, node, x, heads) for x in given]
    parts: list[Tensor] = []
    bias, start = b.tensor(node, 3), 0
    for x in given:
        if len(x.shape) == 4:  # those of an encoder, which have theirs
            parts.append(x)
            continue
        ends = (start + x.shape[2],)
        own = then(b, node, "slice", bias, dims=(0,), starts=(start,), ends=ends)
        start += x.shape[2]
        parts.append(heads_apart(b, node, then(b, node, "add", x, own), heads))
    return parts


def _unpacked(b: Builder, node: Node, packed: Tensor, side: int) -> Tensor:
    """One of those packed, ``[batch, positions, heads x features]``."""
    taken = then(b, node, "slice", packed, dims=(3,), starts=(side,), ends=(side + 1,))
    batch, positions, heads, _, features = packed.shape
    return viewed(b, node, taken, (batch, positions, heads * features))


def grouped_query(b: Builder, node: Node) -> None:
    """GroupQueryAttention: causal, with heads of keys that several of queries share."""
    own, shared = node.fields["num_heads"], node.fields["kv_num_heads"]
    if node.has(1):
        parts = [b.tensor(node, number) for number in range(3)]
    else:
        packed = b.tensor(node, 0)
        size = packed.shape[2] // (own + 2 * shared)
        sizes = (own * size, shared * size, shared * size)
        parts = list(b.add(node, _split(sizes), (packed,)).outputs)
    counts = (own, shared, shared)
    q, k, v = (heads_apart(b, node, x, n) for x, n in zip(parts, counts, strict=True))
    first = b.shape(node, 3)[2] if node.has(3) else 0
    if node.get("do_rotary", 0):
        q, k = (_turned(b, node, x, first) for x in (q, k))
    k, v = after_past(b, node, k, 3), after_past(b, node, v, 4)
    window = node.get("local_window_size", -1)
    y = attend(
        b,
        node,
        q,
        k,
        v,
        scale=node.get("scale", 0.0) or None,
        softcap=node.get("softcap", 0.0),
        keys=Keys(first=first, right=0, left=window - 1 if window > 0 else None),
        added=(b.tensor(node, 10),) if node.has(10) else (),
    ).y
    b.give(node, heads_together(b, node, y), k, v)


def _turned(b: Builder, node: Node, x: Tensor, first: int) -> Tensor:
    """Queries or keys turned by the angles of their positions, of which the first is ``first``
    unless an input says where they stand."""
    caches = [b.tensor(node, number) for number in (7, 8)]
    positions = b.tensor(node, 9) if node.has(9) else None
    if positions is None:
        ends = (first + x.shape[2],)
        caches = [
            then(b, node, "slice", cache, dims=(0,), starts=(first,), ends=ends) for cache in caches
        ]
    cos, sin = (angles(b, node, cache, positions, x, heads_at=1) for cache in caches)
    interleaved = bool(node.get("rotary_interleaved", 0))
    return rotated(b, node, x, cos, sin, part=2 * cos.shape[3], interleaved=interleaved)


ACTS: dict[str, Callable[[Builder, Node], None]] = {
    "SkipLayerNormalization": skip_norm("layer_norm", shift_at=3, bias_at=4),
    "SkipSimplifiedLayerNormalization": skip_norm("rms_norm", shift_at=NONE, bias_at=3),
    "EmbedLayerNormalization": embedded,
    "Attention": attention,
    "MultiHeadAttention": multi_head,
    "GroupQueryAttention": grouped_query,
}
