"""Resize and Upsample, and how far their many ways are those of ``upsample``."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from convcost.importers.onnx.make import make
from convcost.importers.onnx.node import NotUnderstood, axis_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}
HALVES = ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric")
ROUND: dict[str, Callable[[float], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda place: ceil(place - 0.5),
    "round_prefer_ceil": lambda place: floor(place + 0.5),
}
MOST_COMPARED = 1 << 14  # units along an axis


def resize(b: Builder, node: Node) -> None:
    """Resize and Upsample."""
    x = b.tensor(node, 0)
    sizes, scales = _sizes(b, node, x.shape)
    if tuple(sizes[:2]) != x.shape[:2]:
        raise NotUnderstood("it resizes channels or samples")
    rank = len(x.shape) - 2
    word = node.get("mode", "nearest")
    mode = {"nearest": "nearest", "cubic": "bicubic"}.get(word, MODES.get(rank, "linear"))
    corners = _placed(b, node) == "align_corners"
    op = make(
        "upsample",
        rank,
        size=tuple(sizes[2:]),
        mode=mode,
        align_corners=corners and mode != "nearest",
    )
    axes = list(zip(x.shape[2:], sizes[2:], scales[2:], strict=True))
    if mode == "nearest":
        same = all(_nearest_is_ours(b, node, *axis) for axis in axes)
    else:
        same = all(n == m or _lies_as_ours(b, node, n, m, scale) for n, m, scale in axes)
        same &= not node.get("antialias", 0) and not node.get("exclude_outside", 0)
        same &= mode != "bicubic" or abs(node.get("cubic_coeff_a", -0.75) + 0.75) < 1e-6
    if not same:
        b.differ(node, f"it is resized by `{mode}` as PyTorch does it")
    b.give(node, b.add(node, op, (x,)).outputs[0])


def _sizes(b: Builder, node: Node, shape: tuple[int, ...]) -> tuple[Sequence[int], Sequence[float]]:
    """The size of each axis of the result, and how much larger it is said to be."""
    scales_at = 1 if _old(b, node) else 2
    sizes = None if scales_at == 1 else b.ints(node, 3)
    if sizes is None:
        scales = node.get("scales", None)
        known = b.known(node, scales_at) if scales is None else None
        factors = scales if known is None else [float(s) for s in known.reshape(-1)]
        if not factors:
            raise NotUnderstood("it has neither sizes nor scales")
        axes = node.get("axes", range(len(factors)))
        by_axis = {axis_of(axis, len(shape)): f for axis, f in zip(axes, factors, strict=True)}
        every = [by_axis.get(axis, 1.0) for axis in range(len(shape))]
        return [_scaled(n, f) for n, f in zip(shape, every, strict=True)], every
    if "axes" in node.fields:
        by = {
            axis_of(axis, len(shape)): n for axis, n in zip(node.fields["axes"], sizes, strict=True)
        }
        sizes = [by.get(axis, n) for axis, n in enumerate(shape)]
    return sizes, [m / n for n, m in zip(shape, sizes, strict=True)]


def _scaled(size: int, factor: float) -> int:
    """A size times a factor, rounded down from float32, as runtimes do it: 0.7 of 10 are 7."""
    import numpy as np

    return int(np.float32(size) * np.float32(factor))


def _old(b: Builder, node: Node) -> bool:
    """Whether the node is of the time before units could lie in different ways."""
    return node.op == "Upsample" or b.opset < 11


def _placed(b: Builder, node: Node) -> str:
    """The places of the node's units on its input."""
    usual = "asymmetric" if _old(b, node) else "half_pixel"
    return node.get("coordinate_transformation_mode", usual)


def _lies_as_ours(b: Builder, node: Node, n: int, m: int, scale: float) -> bool:
    """Whether the units of an axis of ``n`` positions lie where ours do."""
    if _placed(b, node) == "align_corners":
        return True
    return _placed(b, node) in HALVES and m > 1 and abs(n * scale - m) < 1e-6 * m


def _nearest_is_ours(b: Builder, node: Node, n: int, m: int, scale: float) -> bool:
    """Whether each unit reads the position that ours does: ``floor(o n / m)``."""
    how = _placed(b, node)
    if n == m:
        return True
    if m > MOST_COMPARED or how not in (*HALVES, "asymmetric", "align_corners"):
        return False
    usual = ("floor" if scale >= 1 else "ceil") if _old(b, node) else "round_prefer_floor"
    rounded = ROUND.get(node.get("nearest_mode", usual), floor)
    for unit in range(m):
        if how == "asymmetric":
            place = unit / scale
        elif how == "align_corners":
            place = unit * (n - 1) / (m - 1) if m > 1 else 0.0
        else:
            place = (unit + 0.5) / scale - 0.5
        if min(max(rounded(place), 0), n - 1) != unit * n // m:
            return False
    return True
