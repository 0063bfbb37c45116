"""Convolutions that sample where their data say."""

from __future__ import annotations

from functools import partial, reduce
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import add_bias
from convcost.executor.interpolate import cubic
from convcost.executor.pick import without
from convcost.executor.slabs import SLAB
from convcost.executor.stored import Shape, Stored, of_filters
from convcost.executor.windows import positions, resolve, taps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.windows import Pairs


def deform_conv(
    xp: Plain,
    x: Array,
    offsets: Array,
    mask: Array | None = None,
    *,
    weight: Array,
    bias: Array | None = None,
    stride: Sequence[int],
    padding: Pairs | str,
    dilation: Sequence[int],
    groups: int,
    offset_groups: int,
) -> Array:
    """Samples times weights. ``weight`` is ``[out, in / groups, *kernel]``."""
    batch, channels, *size = x.shape
    filters, inner, *kernel = weight.shape
    rank = len(kernel)
    amounts = resolve(padding, size, kernel, stride, dilation)
    padded = [n + sum(pair) for n, pair in zip(size, amounts, strict=True)]
    out = positions(padded, kernel, stride, dilation)
    elements = with_zero(xp, x.reshape(batch, offset_groups, channels // offset_groups, -1))
    moved = offsets.reshape(batch, offset_groups, prod(kernel), rank, *out)
    columns = np.empty((*elements.shape[:3], prod(kernel), *out), dtype=x.dtype)
    for number, tap in enumerate(taps(kernel)):
        starts = (t * d - before for t, d, (before, _) in zip(tap, dilation, amounts, strict=True))
        grid = [
            start + step * np.arange(length, dtype=np.intp)
            for start, step, length in zip(starts, stride, out, strict=True)
        ]
        sampled = _sample(xp, elements, size, moved[:, :, number], grid)
        if mask is not None:
            shares = mask.reshape(batch, offset_groups, 1, prod(kernel), *out)
            sampled = xp.multiply(sampled, shares[:, :, :, number], out=sampled)
        columns[:, :, :, number] = sampled
    matrix = weight.reshape(groups, filters // groups, inner * prod(kernel))
    y = xp.matmul(matrix, columns.reshape(batch, groups, matrix.shape[-1], prod(out)))
    return add_bias(xp, y.reshape(batch, filters, *out), bias)


def deform_conv_stored(
    x: Shape, *_steering: Shape, out_channels: int, kernel_size: Shape, groups: int, bias: bool
) -> Stored:
    """``weight`` and ``bias``; offsets and mask are inputs."""
    return Stored(of_filters((out_channels, x[1] // groups, *kernel_size), out_channels, bias))


def of_deform_conv(
    x: Shape, offsets: Shape, *others: Shape, kernel_size: Shape, offset_groups: int
) -> int:
    """The map with a zero, all taps of the windows, and of one tap the samples and their
    places."""
    positions, taps_ = prod((x[0], *others[-1][2:])), prod(kernel_size)
    places = offsets[1] // taps_ * positions
    most = 2 * places + of_slab((x[0], offset_groups, x[1] // offset_groups, *others[-1][2:]))
    return prod(x) + x[1] * (taps_ + 1) * positions + most


def deform_sample(xp: Plain, x: Array, offsets: Array) -> Array:
    """Each element from where its own offsets say."""
    batch, channels, *size = x.shape
    elements = with_zero(xp, x.reshape(batch, channels, 1, -1))
    moved = offsets.reshape(batch, channels, len(size), *size)
    grid = [np.arange(length, dtype=np.intp) for length in size]
    return _sample(xp, elements, size, moved, grid).reshape(x.shape)


def of_sampling(x: Shape, where: Shape, y: Shape) -> int:
    """The map with a zero, and the places of all samples along each axis."""
    groups = 1 if where[1:-1] == y[2:] else x[1]  # a grid is that of all channels
    positions = y[0] * groups * prod(y[2:])
    places = positions * (len(y[2:]) + (groups == 1))  # a grid's are scaled before they are moved
    return prod(x) + places + of_slab((y[0], groups, y[1] // groups, *y[2:]))


def of_grid_sample(x: Shape, where: Shape, y: Shape, *, mode: str) -> int:
    """As of any sampling, and for cubic weights those of each axis."""
    if mode != "bicubic":
        return of_sampling(x, where, y)
    places = 3 * y[0] * prod(y[2:])
    some = y[0] * min(prod(y[2:]), positions_at_once(y[0], y[1]))
    return prod(x) + places + some * (3 * y[1] + 34)


def of_slab(y: Shape) -> int:
    """Elements made at once for an output ``[batch, groups, channels, *out]``: weights and
    addresses of all corners, samples and their terms."""
    corners = 2 ** len(y[3:])
    positions = min(prod(y[3:]), positions_at_once(prod(y[:2]), y[2]))
    return positions * prod(y[:2]) * (3 * y[2] + 2 * corners + 4 * len(y[3:]) + 4)


def with_zero(xp: Plain, flat: Array) -> Array:
    """The elements along the last axis, and a zero after the last for what lies outside."""
    return np.concatenate([flat, xp.full((*flat.shape[:3], 1), 0.0, like=flat)], axis=3)


def _sample(
    xp: Plain, elements: Array, size: Sequence[int], offsets: Array, grid: Sequence[Array]
) -> Array:
    """Values of a map between its positions, those beyond its edges being 0.

    Args:
        xp: the arithmetic.
        elements: ``[batch, groups, channels, elements]``, with the zero.
        size: of the map.
        offsets: ``[batch, groups, rank, *out]``.
        grid: the undeformed places along each axis of the output.

    Returns:
        ``[batch, groups, channels, *out]``.
    """
    out = offsets.shape[3:]
    places: list[Array] = []
    for axis, along in enumerate(grid):
        start = xp.constant(along.reshape(-1, *(1,) * (len(out) - 1 - axis)), like=offsets)
        places.append(xp.add(offsets[:, :, axis], start))
    return interpolated(xp, elements, size, places)


def grid_sample(
    xp: Plain, x: Array, grid: Array, *, mode: str, padding_mode: str, align_corners: bool
) -> Array:
    """Values of a map where a grid says, in units of half the map about its middle."""
    batch, channels, *size = x.shape
    elements = with_zero(xp, x.reshape(batch, 1, channels, -1))
    places: list[Array] = []
    for axis, n in enumerate(size):
        along = grid[:, None, ..., len(size) - 1 - axis]  # the last axis comes first
        half = (n - 1 if align_corners else n) / 2
        place = xp.add(xp.multiply(along, half), (n - 1) / 2)
        if padding_mode == "border" and mode != "bicubic":
            place = xp.minimum(xp.maximum(place, 0.0), float(n - 1))
        places.append(place)
    ways = {"nearest": _nearest, "bilinear": _between}
    how = ways.get(mode) or partial(_among_four, border=padding_mode == "border")
    y = interpolated(xp, elements, size, places, how)
    return y.reshape(batch, channels, *grid.shape[1:-1])


def _nearest(xp: Plain, elements: Array, size: Sequence[int], places: Sequence[Array]) -> Array:
    """The elements nearest to places; NaN where one is not a number."""
    numbers = [xp.numbers(xp.rint(place)) for place in places]
    at = _addresses(numbers, size)
    seen = np.take_along_axis(elements, at[:, :, None], axis=3)
    lost: Array = reduce(np.logical_or, map(np.isnan, numbers))
    return without(xp, seen, lost[:, :, None])


def _between(xp: Plain, elements: Array, size: Sequence[int], places: Sequence[Array]) -> Array:
    """The elements around places, weighed."""
    weights: list[tuple[Array, Array]] = []
    corners: list[tuple[Array, Array]] = []
    for place in places:
        fraction = xp.subtract(place, xp.floor(place))
        rest = xp.subtract(xp.full(fraction.shape, 1.0, like=fraction), fraction)
        weights.append((rest, fraction))
        # On a position both corners are that position: what lies beyond is not looked at.
        numbers = xp.numbers(place)
        corners.append((np.floor(numbers), np.ceil(numbers)))
    y: Array | None = None
    for sides, weight in _joint(xp, weights).items():
        at = _addresses([pair[side] for pair, side in zip(corners, sides, strict=True)], size)
        seen = np.take_along_axis(elements, at[:, :, None], axis=3)
        term = xp.multiply(seen, weight[:, :, None])
        y = term if y is None else xp.add(y, term, out=y)
    assert y is not None
    return y


def _among_four(
    xp: Plain, elements: Array, size: Sequence[int], places: Sequence[Array], *, border: bool
) -> Array:
    """The four elements along each axis around places, by cubic weights; what lies beyond an edge
    is 0, or the edge if there is a ``border``."""
    weights = [cubic(xp, xp.subtract(place, xp.floor(place))) for place in places]
    first = [np.floor(xp.numbers(place)) - 1 for place in places]
    y: Array | None = None
    for tap in product(range(4), repeat=len(places)):
        along = [start + step for start, step in zip(first, tap, strict=True)]
        if border:
            along = [np.clip(at, 0, n - 1) for at, n in zip(along, size, strict=True)]
        weight = reduce(xp.multiply, (own[step] for own, step in zip(weights, tap, strict=True)))
        at = _addresses(along, size)
        seen = np.take_along_axis(elements, at[:, :, None], axis=3)
        term = xp.multiply(seen, weight[:, :, None])
        y = term if y is None else xp.add(y, term, out=y)
    assert y is not None
    return y


def interpolated(
    xp: Plain,
    elements: Array,
    size: Sequence[int],
    places: Sequence[Array],
    how: Callable[..., Array] = _between,
) -> Array:
    """Values at places ``[batch, groups, *out]``, one array an axis; some positions at once."""
    out = places[0].shape[2:]
    flat = [place.reshape(*place.shape[:2], -1) for place in places]
    y = np.empty((*elements.shape[:3], prod(out)), dtype=elements.dtype)
    batch, groups, channels = elements.shape[:3]
    for start in range(0, prod(out), step := positions_at_once(batch * groups, channels)):
        some = slice(start, start + step)
        y[..., some] = how(xp, elements, size, [place[..., some] for place in flat])
    return y.reshape(*y.shape[:3], *out)


def positions_at_once(groups: int, channels: int) -> int:
    """The number of positions that are interpolated at once, for so many channels of groups of all
    samples: of each there are weights and addresses besides."""
    return max(1, 4 * SLAB // (groups * (channels + 8)))


def _joint(xp: Plain, weights: Sequence[tuple[Array, Array]]) -> dict[tuple[int, ...], Array]:
    """The weight of each corner, by its side along each axis: products, axis by axis."""
    joint: dict[tuple[int, ...], Array] = {(side,): weights[0][side] for side in (0, 1)}
    for pair in weights[1:]:
        joint = {
            (*sides, side): xp.multiply(before, pair[side])
            for sides, before in joint.items()
            for side in (0, 1)
        }
    return joint


def _addresses(places: Sequence[Array], size: Sequence[int]) -> Array:
    """Where the elements at whole places stand in row-major order; all places outside, and those
    that are not a number, have the address after the last."""
    inside = np.ones(places[0].shape, dtype=bool)
    for along, n in zip(places, size, strict=True):
        inside &= (along >= 0) & (along < n)
    address: Array = np.zeros(places[0].shape, dtype=np.intp)
    for along, n in zip(places, size, strict=True):
        address = address * n + np.where(inside, along, 0).astype(np.intp)
    return np.where(inside, address, prod(size))
