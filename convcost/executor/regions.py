"""Regions of a map, and the choice among boxes and elements."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.deform import interpolated, with_zero
from convcost.executor.pick import whole_numbers, without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape


def roi_align(
    xp: Plain,
    x: Array,
    boxes: Array,
    *,
    output_size: Sequence[int],
    spatial_scale: float,
    sampling_ratio: int,
    aligned: bool,
) -> Array:
    """``[boxes, channels, *output_size]``: the mean of samples in each bin."""
    batch, channels, *size = x.shape
    rank, many = len(size), len(boxes)
    samples, lost = whole_numbers(xp, boxes[:, 0])
    corners = xp.multiply(boxes[:, 1:], spatial_scale)
    if aligned:
        corners = xp.add(corners, -0.5)
    places = [
        _places(
            xp,
            corners[:, rank - 1 - axis],
            corners[:, 2 * rank - 1 - axis],
            (bins, sampling_ratio),
            n,
            aligned,
        )
        for axis, (bins, n) in enumerate(zip(output_size, size, strict=True))
    ]
    points = [bins * sampling_ratio for bins in output_size]
    spread = [
        np.broadcast_to(
            along.reshape(many, 1, *[-1 if a == axis else 1 for a in range(rank)]),
            (many, 1, *points),
        )
        for axis, along in enumerate(places)
    ]
    elements = with_zero(xp, x.reshape(batch, 1, channels, -1))[samples % batch]
    found = interpolated(xp, elements, size, spread)
    split = [n for bins in output_size for n in (bins, sampling_ratio)]
    found = found.reshape(many, channels, *split)
    y = xp.sum(found, tuple(range(3, 3 + 2 * rank, 2))).reshape(many, channels, *output_size)
    y = xp.divide(y, float(sampling_ratio**rank))
    return without(xp, y, lost.reshape(-1, *[1] * (y.ndim - 1)))


def _places(
    xp: Plain, first: Array, last: Array, bins: tuple[int, int], size: int, aligned: bool
) -> Array:
    """``[boxes, samples]``: where samples lie along an axis; what is outside lies before it."""
    count, each = bins
    length = xp.subtract(last, first)
    if not aligned:
        length = xp.maximum(length, 1.0)
    step = xp.divide(length, float(count))
    within: Array = (np.arange(count * each) + 0.5) / each
    at = xp.multiply(step[:, None], xp.constant(within, like=step))
    at = xp.add(at, first[:, None])
    below, above = xp.below(at, -1.0).astype(bool), xp.above(at, float(size)).astype(bool)
    outside = (below | above) & ~np.isnan(xp.numbers(at))
    inside = xp.minimum(xp.maximum(at, 0.0), float(size - 1))
    return np.where(outside, xp.full((1, 1), -2.0, like=at), inside)


def of_roi_align(
    x: Shape, boxes: Shape, _: Shape, *, output_size: Shape, sampling_ratio: int
) -> int:
    """The map of each box, and addresses, weights and samples of all corners."""
    points = boxes[0] * prod(n * sampling_ratio for n in output_size)
    maps = (1 + boxes[0]) * prod(x[1:]) + prod(x)
    return maps + (x[1] + len(output_size)) * points


def nms(
    xp: Plain,
    boxes: Array,
    scores: Array,
    *,
    max_output_boxes: int,
    iou_threshold: float,
    score_threshold: float | None,
    centers: bool,
) -> Array:
    """``[rows, 3]``: sample, class and box of those that are kept, then -1."""
    corners, values = xp.numbers(boxes).astype(float), xp.numbers(scores).astype(float)
    if centers:
        middle, half = corners[..., :2], corners[..., 2:] / 2
        corners = np.concatenate([middle - half, middle + half], axis=-1)
    low = np.minimum(corners[..., :2], corners[..., 2:])
    high = np.maximum(corners[..., :2], corners[..., 2:])
    rows: list[tuple[int, int, int]] = []
    for sample, kind in np.ndindex(*values.shape[:2]):
        kept: list[int] = []
        for box in np.argsort(-values[sample, kind], kind="stable").tolist():
            enough = score_threshold is None or values[sample, kind, box] > score_threshold
            if len(kept) == max_output_boxes or not enough:
                break
            over = _overlaps(low[sample], high[sample], box, kept)
            if not (over > iou_threshold).any():
                kept.append(box)
        rows += [(sample, kind, box) for box in kept]
    most = values.shape[0] * values.shape[1] * min(max_output_boxes, values.shape[2])
    y: Array = np.full((most, 3), -1.0)
    if rows:
        y[: len(rows)] = rows
    unknown = bool(np.isnan(corners).any() or np.isnan(values).any())
    return xp.constant(np.full_like(y, np.nan) if unknown else y, like=boxes)


def _overlaps(low: Array, high: Array, box: int, others: Sequence[int]) -> Array:
    """The intersection over the union of a box with each of some others."""
    chosen = list(others)
    sides = np.minimum(high[box], high[chosen]) - np.maximum(low[box], low[chosen])
    both = np.maximum(sides, 0).prod(axis=-1)
    areas = (high - low).prod(axis=-1)
    union = areas[box] + areas[chosen] - both
    return np.where(union > 0, both / np.where(union > 0, union, 1), 0)


def nonzero(xp: Plain, x: Array) -> Array:
    """``[axes, elements]``: the places of what is not 0, then -1."""
    numbers = xp.numbers(x)
    found = np.stack(np.nonzero(numbers))
    y: Array = np.full((x.ndim, x.size), -1.0)
    y[:, : found.shape[1]] = found
    kind = np.zeros(1, np.float32) if x.dtype == bool else x  # places of truths are not truths
    return xp.constant(np.full_like(y, np.nan) if np.isnan(numbers).any() else y, like=kind)


def of_nms(boxes: Shape, scores: Shape, _: Shape) -> int:
    """Numbers and corners in twice the precision, and an order of the boxes."""
    return 4 * prod(boxes) + 2 * prod(scores) + 12 * scores[-1]


def of_nonzero(_: Shape, y: Shape) -> int:
    """The places of all elements, in twice the precision, and those that are written."""
    return 4 * prod(y)
