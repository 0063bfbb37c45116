# pyright: basic
# Positions are NumPy arrays of one line each: strictly typed they would be all Any.
"""Where the units of a resized axis lie on its input, as Resize and Upsample have it."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.ops.kinds import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

ROUND: dict[str, Callable[[Any], Any]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round_prefer_floor": lambda place: np.ceil(place - np.float32(0.5)),
    "round_prefer_ceil": lambda place: np.floor(place + np.float32(0.5)),
}


class Along(NamedTuple):
    """An axis of ``n`` positions that becomes one of ``m``, said to be ``scale`` times as long.

    ``start`` and ``end`` are the part of it that ``tf_crop_and_resize`` takes, between 0 and 1.
    """

    n: int
    m: int
    scale: float = 1.0
    start: float = 0.0
    end: float = 1.0


def is_old(b: Builder, node: Node) -> bool:
    """Whether the node is of the time before units could lie in different ways."""
    return node.op == "Upsample" or b.opset < 11


def placement(b: Builder, node: Node) -> str:
    """The word for where units lie."""
    usual = "asymmetric" if is_old(b, node) else "half_pixel"
    return node.get("coordinate_transformation_mode", usual)


def resized(b: Builder, node: Node, shape: Sequence[int]) -> list[Along]:
    """Every axis: its lengths before and after."""
    axes = [axis_of(axis, len(shape)) for axis in node.get("axes", range(len(shape)))]
    of = [shape[axis] for axis in axes]
    starts, ends = [0.0] * len(axes), [1.0] * len(axes)
    if placement(b, node) == "tf_crop_and_resize":
        roi = _floats(b, node, 1) or [*starts, *ends]
        starts, ends = roi[: len(axes)], roi[len(axes) :]
    sizes = None if is_old(b, node) else b.ints(node, 3)
    if sizes:
        sizes, scales = _of_sizes(node, of, sizes)
    else:
        scales = _scales(b, node, len(shape))
        # The standard takes the length of the part that is cropped, runtimes that of the whole.
        sizes = [_scaled(n, factor) for n, factor in zip(of, scales, strict=True)]
    if not all(0 < m <= LARGEST_SIZE for m in sizes):
        raise NotUnderstood(f"its sizes {list(sizes)} are impossible")
    made = zip(of, sizes, scales, starts, ends, strict=True)
    by_axis = {axis: Along(*along) for axis, along in zip(axes, made, strict=True)}
    return [by_axis.get(axis, Along(n, n)) for axis, n in enumerate(shape)]


def _floats(b: Builder, node: Node, number: int) -> list[float]:
    known = b.known(node, number)
    return [] if known is None else [float(n) for n in known.reshape(-1)]


def _scales(b: Builder, node: Node, rank: int) -> list[float]:
    """The factors of the axes that the node names: an attribute in old files, an input in new
    ones."""
    if "height_scale" in node.fields:
        return [1.0] * (rank - 2) + [node.fields["height_scale"], node.fields["width_scale"]]
    scales = node.get("scales", None)
    if scales is None:
        scales = _floats(b, node, 1 if is_old(b, node) else 2)
    if not scales:
        raise NotUnderstood("it has neither sizes nor scales")
    return [float(scale) for scale in scales]


def _of_sizes(
    node: Node, of: Sequence[int], sizes: Sequence[int]
) -> tuple[Sequence[int], list[float]]:
    """Sizes as they are wanted, or the nearest of the same proportions."""
    policy = node.get("keep_aspect_ratio_policy", "stretch")
    scales = [m / n for n, m in zip(of, sizes, strict=True)]
    if policy == "stretch":
        return sizes, scales
    scale = min(scales) if policy == "not_larger" else max(scales)
    return [floor(scale * n + 0.5) for n in of], [scale] * len(of)


def _scaled(size: int, factor: float) -> int:
    """A size times a factor, rounded down from float32, as runtimes do it: 0.7 of 10 are 7."""
    return int(np.float32(size) * np.float32(factor))


def exact(number: float) -> Fraction:
    """A number of a file as what it was before it was rounded: 0.33333334 as a third."""
    return Fraction(number).limit_denominator(1 << 16)


def places(how: str, along: Along, units: Any, number: Callable[[float], Any]) -> Any:
    """Where units lie, position 0 being at 0; ``number`` makes the numbers that this is worked out
    in."""
    n, m = along.n, along.m
    one, scale = number(1), number(along.scale)
    half = one / 2
    if how == "align_corners":
        return units * (number(n - 1) / max(1, m - 1))
    if how == "tf_crop_and_resize":
        start, end, last = number(along.start), number(along.end), number(n - 1)
        if m == 1:
            return units * 0 + (start + end) * last / 2
        return units * ((end - start) * last / (m - 1)) + start * last
    if how == "asymmetric":
        return units / scale
    if how == "tf_half_pixel_for_nn":
        return (units + half) / scale
    if how == "pytorch_half_pixel" and m == 1:
        return units * 0
    middle = (units + half) / scale - half
    if how == "half_pixel_symmetric":
        return middle + number(n) / 2 * (one - m / (scale * n))
    if how in ("half_pixel", "pytorch_half_pixel"):
        return middle
    raise NotUnderstood(f"its units lie by `{how}`, which no version of ONNX has")


def line(how: str, along: Along) -> tuple[Fraction, Fraction]:
    """The place of the first unit, and how far it is from one unit to the next."""
    first, second = (places(how, along, Fraction(unit), exact) for unit in (0, 1))
    return first, second - first if along.m > 1 else Fraction(1)


def nearest(b: Builder, node: Node, along: Along) -> list[int | None]:
    """The position that each unit of a nearest mode reads; None for the value of what lies outside
    of a crop."""
    how = placement(b, node)
    if along.n == along.m and along.scale == 1 and how != "tf_crop_and_resize":
        return list(range(along.n))
    # In float32, as runtimes do it, which decides what is nearest.
    at = places(how, along, np.arange(along.m, dtype=np.float32), np.float32)
    usual = ("floor" if along.scale >= 1 else "ceil") if is_old(b, node) else "round_prefer_floor"
    word = node.get("nearest_mode", usual)
    if word not in ROUND:
        raise NotUnderstood(f"it rounds by `{word}`, which no version of ONNX has")
    rounded = np.clip(ROUND[word](at), 0, along.n - 1).astype(np.int64).tolist()
    if how != "tf_crop_and_resize":
        return rounded
    inside = ((at >= 0) & (at <= along.n - 1)).tolist()
    return [place if there else None for place, there in zip(rounded, inside, strict=True)]
