"""Pooling, resizing and borders."""

from __future__ import annotations

from fractions import Fraction
from math import copysign, isfinite
from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import viewed
from convcost.importers.building.borders import bordered
from convcost.importers.building.grids import sampled
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.parts import kept
from convcost.importers.pt2.windows import each, evenly, field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.ops.op import Op
    from convcost.tensor import Tensor

    Act = Callable[[Builder, Node], None]


def _rank(node: Node) -> int:
    """The spatial axes that an operator's name says, as ``max_pool2d`` does."""
    found = [int(c) for c in node.op if c in "123"]
    return found[0] if found else 2


def _on_maps(b: Builder, node: Node, op: Op, rank: int) -> list[Tensor]:
    """An op on the input, which may be one sample alone."""
    x = b.arg(node, "self")
    if len(x.shape) == rank + 1:
        made = b.add(node, op, (viewed(b, node, x, (1, *x.shape)),)).outputs
        return [viewed(b, node, y, y.shape[1:]) for y in made]
    return [*b.add(node, op, (x,)).outputs]


def _window(node: Node, rank: int) -> dict[str, Any]:
    kernel = each(node.fields["kernel_size"], rank)
    stride = node.get("stride", None)
    return {
        "kernel_size": kernel,
        "stride": each(stride, rank) if stride else kernel,
        "padding": evenly(field(node, "padding", rank, 0)),
        "ceil_mode": bool(node.get("ceil_mode", False)),
    }


def max_pool(b: Builder, node: Node) -> None:
    """max_pool1d to 3d, with positions where a second output has them."""
    rank = _rank(node)
    fields = _window(node, rank)
    wanted = "indices" in node.op and any(b.read[name] for name in node.outputs[1:])
    op = make(
        "max_pool",
        rank,
        **fields,
        dilation=field(node, "dilation", rank, 1),
        return_indices=wanted,
    )
    b.give(node, *_on_maps(b, node, op, rank))


def avg_pool(b: Builder, node: Node) -> None:
    """avg_pool1d to 3d."""
    rank = _rank(node)
    if node.get("divisor_override", None) is not None:
        raise NotUnderstood("its sums are divided by a number of its own")
    padded = bool(node.get("count_include_pad", True))
    op = make("avg_pool", rank, **_window(node, rank), count_include_pad=padded)
    b.give(node, *_on_maps(b, node, op, rank))


def adaptive(name: str) -> Act:
    """adaptive_avg_pool and adaptive_max_pool, global where all axes become 1."""

    def act(b: Builder, node: Node) -> None:
        rank = _rank(node)
        size = each(node.fields["output_size"], rank)
        op = make(f"adaptive_{name}_pool", rank, output_size=size)
        b.give(node, *_on_maps(b, node, op, rank))

    return act


def upsample(mode: str) -> Act:
    """upsample_nearest1d to 3d, bilinear, bicubic and their like: to a size, by the factor that the
    program passes on where it does."""

    def act(b: Builder, node: Node) -> None:
        rank = _rank(node)
        x = b.arg(node, "input" if node.gives("input") else "self")
        fields: dict[str, Any] = {"mode": mode}
        if mode != "nearest":
            fields["align_corners"] = bool(node.get("align_corners", False))
        size = node.get("output_size", None)
        factors = node.get("scale_factors", None)
        if size is not None:
            op = make("upsample", rank, size=each(size, rank), **fields)
        elif factors is not None:
            exact = tuple(Fraction(f).limit_denominator(1 << 20) for f in each(factors, rank))
            op = make("upsample", rank, scale_factor=exact, **fields)
        else:
            raise NotUnderstood("it has neither a size nor a factor")
        b.give(node, then_op(b, node, op, x))

    return act


def then_op(b: Builder, node: Node, op: Op, *inputs: Tensor) -> Tensor:
    """The first output of an op."""
    return b.add(node, op, inputs).outputs[0]


MODES = {word: word for word in ("constant", "reflect", "replicate", "circular")}


LARGEST = float(2**127)  # in the place of infinity, which is not a number


def pad(b: Builder, node: Node) -> None:
    """pad and constant_pad_nd: pairs from the last axis on; what is negative is cut off."""
    x = b.arg(node, "self")
    mode = MODES.get(node.get("mode", "constant"))
    if mode is None:
        raise NotUnderstood(f"its mode is `{node.get('mode', '')}`")
    value = node.get("value", None) or 0.0
    value = value if isfinite(float(value)) else copysign(LARGEST, float(value))
    b.give(node, _bordered(b, node, x, node.fields["pad"], mode, value))


def padded(mode: str) -> Act:
    """reflection_pad and replication_pad of some number of axes."""

    def act(b: Builder, node: Node) -> None:
        b.give(node, _bordered(b, node, b.arg(node, "self"), node.fields["padding"], mode, 0.0))

    return act


def _bordered(
    b: Builder, node: Node, x: Tensor, pads: Sequence[int], mode: str, value: float
) -> Tensor:
    rank = len(x.shape)
    pairs = [(0, 0)] * rank
    for number in range(len(pads) // 2):
        pairs[rank - 1 - number] = (pads[2 * number], pads[2 * number + 1])
    starts = [max(0, -before) for before, _ in pairs]
    ends = [n + min(0, after) for n, (_, after) in zip(x.shape, pairs, strict=True)]
    x = kept(b, node, x, range(rank), starts, ends)
    grown = tuple((max(0, before), max(0, after)) for before, after in pairs)
    return bordered(b, node, x, grown, mode=mode, value=value) if any(map(any, grown)) else x


def grid_sample(b: Builder, node: Node) -> None:
    """grid_sampler and grid_sampler_2d."""
    mode = ("bilinear", "nearest", "bicubic")[int(node.get("interpolation_mode", 0))]
    border = ("zeros", "border", "reflection")[int(node.get("padding_mode", 0))]
    corners = bool(node.get("align_corners", False))
    x, grid = b.arg(node, "input"), b.arg(node, "grid")
    b.give(node, sampled(b, node, x, grid, mode=mode, border=border, corners=corners))


def unfold(b: Builder, node: Node) -> None:
    """im2col and col2im, which ``nn.Unfold`` and ``nn.Fold`` are."""
    sizes = (("dilation", 1), ("padding", 0), ("stride", 1))
    fields: dict[str, Any] = {name: field(node, name, 2, usual) for name, usual in sizes}
    kernel = each(node.fields["kernel_size"], 2)
    if node.op == "im2col":
        op = make("unfold", kernel_size=kernel, **fields)
    else:
        size = each(node.fields["output_size"], 2)
        op = make("fold", output_size=size, kernel_size=kernel, **fields)
    b.give(node, then_op(b, node, op, b.arg(node, "self")))


ACTS: dict[str, Act] = {
    **{f"max_pool{n}d": max_pool for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": max_pool for n in (1, 2, 3)},
    **{f"avg_pool{n}d": avg_pool for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": adaptive("avg") for n in (1, 2, 3)},
    **{f"_adaptive_avg_pool{n}d": adaptive("avg") for n in (2, 3)},
    **{f"adaptive_max_pool{n}d": adaptive("max") for n in (1, 2, 3)},
    **{f"upsample_nearest{n}d": upsample("nearest") for n in (1, 2, 3)},
    "upsample_linear1d": upsample("linear"),
    "upsample_bilinear2d": upsample("bilinear"),
    "upsample_trilinear3d": upsample("trilinear"),
    "upsample_bicubic2d": upsample("bicubic"),
    "pad": pad,
    "constant_pad_nd": pad,
    **{f"reflection_pad{n}d": padded("reflect") for n in (1, 2, 3)},
    **{f"replication_pad{n}d": padded("replicate") for n in (1, 2, 3)},
    "grid_sampler": grid_sample,
    "grid_sampler_2d": grid_sample,
    "im2col": unfold,
    "col2im": unfold,
}
