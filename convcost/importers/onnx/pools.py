"""Pooling, and sampling at places that are worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.allowance import work
from convcost.importers.building.grids import sampled
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored
from convcost.importers.onnx.windows import paddings, pairs, per_axis, reached

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor


def pooled(b: Builder, node: Node, name: str, x: Tensor, **fields: int) -> Tensor:
    """A ``max_pool``, ``avg_pool`` or ``lp_pool`` of ``x`` with the attributes of a node."""
    return _pooled(b, node, name, x, **fields)[0]


def _pooled(b: Builder, node: Node, name: str, x: Tensor, **fields: int) -> Sequence[Tensor]:
    kernel = tuple(node.fields["kernel_shape"])
    dilation = per_axis(node, "dilations", len(kernel))
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    stride = per_axis(node, "strides", len(kernel))
    op = make(
        name,
        len(x.shape) - 2,
        kernel_size=kernel,
        stride=stride,
        padding=reached(paddings(node, x.shape[2:], kernel), x.shape[2:], spans, stride),
        dilation=dilation,
        ceil_mode=bool(node.get("ceil_mode", 0)),
        **fields,
    )
    return b.add(node, op, (x,)).outputs


def max_pool(b: Builder, node: Node) -> None:
    """MaxPool, with positions in the whole tensor where a second output has them."""
    wanted = node.outputs[1:2] not in ([], [""])
    if wanted and node.get("storage_order", 0):
        raise NotUnderstood("its positions are counted column by column")
    places = {"return_indices": wanted, "indices_of_all": wanted}
    b.give(node, *_pooled(b, node, "max_pool", b.tensor(node, 0), **places))


def max_unpool(b: Builder, node: Node) -> None:
    """MaxUnpool."""
    x, at = b.tensor(node, 0), b.tensor(node, 1)
    kernel = tuple(node.fields["kernel_shape"])
    size = b.ints(node, 2)
    op = make(
        "max_unpool",
        len(x.shape) - 2,
        kernel_size=kernel,
        stride=per_axis(node, "strides", len(kernel)),
        padding=pairs(node.get("pads", [0] * 2 * len(kernel)), len(kernel)),
        output_size=None if size is None else tuple(size[2:]),
    )
    b.give(node, b.add(node, op, (x, at)).outputs[0])


def lp_pool(b: Builder, node: Node) -> None:
    """LpPool."""
    norm_type = int(node.get("p", 2))
    b.give(node, pooled(b, node, "lp_pool", b.tensor(node, 0), norm_type=norm_type))


def average_pool(b: Builder, node: Node) -> None:
    """AveragePool."""
    b.give(node, averaged(b, node, b.tensor(node, 0)))


def averaged(b: Builder, node: Node, x: Tensor) -> Tensor:
    """The means of an AveragePool of ``x``."""
    padded = bool(node.get("count_include_pad", 0))
    return pooled(b, node, "avg_pool", x, count_include_pad=padded)


def plain(name: str) -> Callable[[Builder, Node], None]:
    """An operator without attributes."""

    def act(b: Builder, node: Node) -> None:
        b.give(node, b.add(node, make(name), (b.tensor(node, 0),)).outputs[0])

    return act


def global_lp_pool(b: Builder, node: Node) -> None:
    """GlobalLpPool: the norm of each channel's map."""
    x, p = b.tensor(node, 0), int(node.get("p", 2))
    dims = tuple(range(2, len(x.shape)))
    steps: list[tuple[str, dict[str, Any]]] = [("l1" if p == 1 else "l2", {"dim": dims})]
    if p > 2:
        powers = ("pow", {"exponent": p}), ("sum", {"dim": dims}), ("pow", {"exponent": 1 / p})
        steps = [("abs", {}), *powers]
    for name, fields in steps:
        keep = {"keepdim": True} if "dim" in fields else {}
        x = b.add(node, make(name, 2, **fields, **keep), (x,)).outputs[0]
    b.give(node, x)


def col2im(b: Builder, node: Node) -> None:
    """Col2Im; a border that is not the same on both sides is cut off after."""
    x = b.tensor(node, 0)
    size, kernel = (tuple(b.ints(node, number) or []) for number in (1, 2))
    rank = len(size)
    borders = pairs(node.get("pads", [0] * 2 * rank), rank)
    even = all(before == after for before, after in borders)
    grown = size if even else tuple(n + sum(pair) for n, pair in zip(size, borders, strict=True))
    op = make(
        "fold",
        output_size=grown,
        kernel_size=kernel,
        dilation=per_axis(node, "dilations", rank),
        padding=tuple(before for before, _ in borders) if even else None,
        stride=per_axis(node, "strides", rank),
    )
    y = b.add(node, op, (x,)).outputs[0]
    if not even:
        ends = tuple(before + n for (before, _), n in zip(borders, size, strict=True))
        starts = tuple(before for before, _ in borders)
        cut = make("slice", dims=tuple(range(2, rank + 2)), starts=starts, ends=ends)
        y = b.add(node, cut, (y,)).outputs[0]
    b.give(node, y)


def grid_sample(b: Builder, node: Node) -> None:
    """GridSample."""
    modes = {"linear": "bilinear", "cubic": "bicubic"}
    mode: str = node.get("mode", "linear")
    y = sampled(
        b,
        node,
        b.tensor(node, 0),
        b.tensor(node, 1),
        mode=modes.get(mode, mode),
        border=node.get("padding_mode", "zeros"),
        corners=bool(node.get("align_corners", 0)),
    )
    b.give(node, y)


def affine_grid(b: Builder, node: Node) -> None:
    """AffineGrid: each axis' places times their column of a matrix, added up, and the last column.

    Written so, places of an axis meet their factors once, and no products are accumulated.
    """
    theta, sizes = b.tensor(node, 0), b.ints(node, 1) or []
    out = sizes[2:]
    rank = len(out)
    if theta.shape != (sizes[0], rank, rank + 1):
        raise NotUnderstood(f"its matrices {list(theta.shape)} do not fit {sizes}")

    def column(number: int) -> Tensor:
        op = make("slice", dims=(2,), starts=(number,), ends=(number + 1,))
        taken = b.add(node, op, (theta,)).outputs[0]
        shape = (sizes[0], *[1] * rank, rank)
        return b.add(node, make("view", shape=shape), (taken,)).outputs[0]

    terms: list[Tensor] = []
    for axis, n in enumerate(out):
        stored = Stored(f"{node.outputs[0]}.places{axis}", (n,), theta.dtype, learned=False)
        b.weight(stored).values = _places(n, corners=bool(node.get("align_corners", 0)))
        along = [n if a == axis else 1 for a in range(rank)]
        places = b.passed(stored.reshaped((1, *along, 1)))
        pair = (places, column(rank - 1 - axis))
        terms.append(b.add(node, make("multiply"), pair).outputs[0])
    b.give(node, b.add(node, make("add"), (*terms, column(rank))).outputs[0])


def _places(n: int, *, corners: bool) -> tuple[Fraction, ...]:
    """Where ``n`` positions lie between -1 and 1."""
    from fractions import Fraction

    work(n, "writing out the places of a grid")
    if corners:
        return tuple(Fraction(2 * i - n + 1, max(1, n - 1)) for i in range(n))
    return tuple(Fraction(2 * i + 1 - n, n) for i in range(n))


def blocks(b: Builder, node: Node) -> None:
    """DepthToSpace and SpaceToDepth."""
    x, size = b.tensor(node, 0), node.fields["blocksize"]
    rank = len(x.shape) - 2
    factor = (size,) * rank
    channels_first = node.get("mode", "DCR") == "CRD"
    if node.op == "SpaceToDepth" and channels_first:
        op = make("pixel_unshuffle", rank, downscale_factor=factor)
    elif node.op == "SpaceToDepth":
        op = make("space_to_depth", rank, block_size=factor)
    elif channels_first:
        op = make("pixel_shuffle", rank, upscale_factor=factor)
    else:
        op = make("depth_to_space", rank, block_size=factor)
    b.give(node, b.add(node, op, (x,)).outputs[0])


ACTS = {
    "MaxPool": max_pool,
    "MaxUnpool": max_unpool,
    "LpPool": lp_pool,
    "GlobalLpPool": global_lp_pool,
    "Col2Im": col2im,
    "AveragePool": average_pool,
    "GlobalAveragePool": plain("global_avg_pool"),
    "GlobalMaxPool": plain("global_max_pool"),
    "AffineGrid": affine_grid,
    "GridSample": grid_sample,
    "DepthToSpace": blocks,
    "SpaceToDepth": blocks,
}
