"""Normalisation at inference."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import SLAB
from convcost.executor.slabs import slabs
from convcost.executor.stored import Shape, Stored, along, of_channels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain


def batch_norm(
    xp: Plain,
    x: Array,
    *,
    running_mean: Array,
    running_var: Array,
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float,
) -> Array:
    """Scale and shift of each channel, worked out once from the statistics."""
    deviation = xp.sqrt(xp.add(running_var, eps))
    if weight is None or bias is None:
        scale = xp.divide(1.0, deviation)
        return _scaled(xp, x, scale, xp.multiply(running_mean, scale), plus=False)
    scale = xp.divide(weight, deviation)
    shift = xp.subtract(bias, xp.multiply(running_mean, scale))
    return _scaled(xp, x, scale, shift, plus=True)


def batch_norm_stored(x: Shape, *, affine: bool) -> Stored:
    """``weight`` and ``bias`` are learned, the statistics of each channel are not."""
    statistics = {"running_mean": x[1:2], "running_var": x[1:2]}
    return Stored(of_channels(x, affine=affine).learned, statistics)


def _scaled(xp: Plain, x: Array, scale: Array, shift: Array, *, plus: bool) -> Array:
    """``x * scale + shift`` (or minus), channel by channel, in slabs that stay in cache."""
    batch, channels = x.shape[:2]
    y = np.empty(x.shape, dtype=x.dtype)
    rest = (-1, *[1] * (x.ndim - 2))
    slab = max(1, SLAB // max(1, prod(x.shape[2:])))
    for sample in range(batch):
        for first in range(0, channels, slab):
            some = slice(first, first + slab)
            target = xp.multiply(x[sample, some], scale[some].reshape(rest), out=y[sample, some])
            if plus:
                xp.add(target, shift[some].reshape(rest), out=target)
            else:
                xp.subtract(target, shift[some].reshape(rest), out=target)
    return y


def local_response_norm(
    xp: Plain, x: Array, *, size: int, alpha: float, beta: float, k: float
) -> Array:
    """``x / (k + alpha / size * sum of squares over neighbouring channels) ** beta``."""
    channels, before = x.shape[1], size // 2
    y = np.empty(x.shape, dtype=x.dtype)
    for sample in range(len(x)):
        for at in slabs(x.shape[2:], SLAB // (channels + size)):
            some = (sample, slice(None), *at[1:]) if len(at) > 1 else (sample,)
            part = x[some]
            padded = xp.full((channels + size - 1, *part.shape[1:]), 0.0, like=x)
            padded[before : before + channels] = xp.multiply(part, part)
            total = _of_neighbours(xp, padded, channels, size)
            xp.multiply(total, alpha / size, out=total)
            xp.add(total, k, out=total)
            xp.divide(part, xp.power(total, beta), out=y[some])
    return y


def _of_neighbours(xp: Plain, padded: Array, channels: int, size: int) -> Array:
    """The sums over ``size`` neighbours of each channel, all at once or channel by channel, in as
    few steps as that takes: either may be a million."""
    if size <= channels:
        total = padded[:channels].copy()
        for shift in range(1, size):
            xp.add(total, padded[shift : shift + channels], out=total)
        return total
    sums = [xp.sum(padded[first : first + size], (0,)) for first in range(channels)]
    return np.concatenate(sums)


def of_neighbours(x: Shape, *_: Shape, size: int) -> int:
    """Elements made for a slab of positions: padded squares, their sums and a power of these."""
    positions = min(prod(x[2:]), max(1, SLAB // (x[1] + size)))
    return positions * (4 * x[1] + size)


def of_standardised(x: Shape, *_: Shape, dim: Shape) -> int:
    """Squares of all elements; means and variances."""
    return prod(x) + 2 * prod(x) // prod(along(x, dim))


def of_roots(x: Shape, *_: Shape, dim: Shape) -> int:
    """Means of squares, their roots and what these are divided into."""
    return 3 * prod(x) // prod(along(x, dim))


def of_norm(x: Shape, *_: Shape, dim: Shape) -> int:
    """The norms, and which are 0."""
    return 5 * prod(x) // prod(along(x, dim)) // 4


def layer_norm(
    xp: Plain,
    x: Array,
    *,
    weight: Array | None = None,
    bias: Array | None = None,
    dim: Sequence[int],
    eps: float,
) -> Array:
    """By the mean and variance along axes; weight and bias have their sizes, in order."""
    axes = sorted(axis % x.ndim for axis in dim)
    sizes = [n if axis in axes else 1 for axis, n in enumerate(x.shape)]
    learned = [None if array is None else array.reshape(sizes) for array in (weight, bias)]
    return _learned(xp, _standardised(xp, x, axes, eps), *learned)


def layer_norm_stored(x: Shape, *, dim: Shape, elementwise_affine: bool, bias: bool) -> Stored:
    """``weight``, and ``bias`` beside it, for each place along the axes."""
    names = ("weight", "bias") if bias else ("weight",)
    return Stored(dict.fromkeys(names, along(x, dim)) if elementwise_affine else {})


def group_norm(
    xp: Plain,
    x: Array,
    *,
    weight: Array | None = None,
    bias: Array | None = None,
    num_groups: int,
    eps: float,
) -> Array:
    """By the mean and variance of groups of channels; weight and bias a channel."""
    grouped = x.reshape(x.shape[0], num_groups, -1)
    y = _standardised(xp, grouped, (2,), eps).reshape(x.shape)
    learned = [
        None if array is None else array.reshape(-1, *[1] * (x.ndim - 2))
        for array in (weight, bias)
    ]
    return _learned(xp, y, *learned)


def instance_norm(
    xp: Plain,
    x: Array,
    *,
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float,
) -> Array:
    """By the mean and variance of each channel."""
    return group_norm(xp, x, weight=weight, bias=bias, num_groups=x.shape[1], eps=eps)


def rms_norm(
    xp: Plain, x: Array, *, weight: Array | None = None, dim: Sequence[int], eps: float
) -> Array:
    """By the root of the mean square along axes; weight has their sizes, in order."""
    axes = sorted(axis % x.ndim for axis in dim)
    squares = xp.sum(xp.multiply(x, x), tuple(axes))
    mean = xp.divide(squares, float(prod(x.shape[axis] for axis in axes)), out=squares)
    root = xp.sqrt(xp.add(mean, eps, out=mean))
    y = xp.multiply(x, xp.divide(1.0, root))
    sizes = [n if axis in axes else 1 for axis, n in enumerate(x.shape)]
    return _learned(xp, y, None if weight is None else weight.reshape(sizes), None)


def rms_norm_stored(x: Shape, *, dim: Shape, elementwise_affine: bool) -> Stored:
    """``weight`` for each place along the axes."""
    return Stored({"weight": along(x, dim)} if elementwise_affine else {})


def lp_norm(xp: Plain, x: Array, *, dim: Sequence[int], p: int) -> Array:
    """By the norm along axes; 0 stays 0 where that is 0."""
    norm = xp.sum(xp.absolute(x) if p == 1 else xp.multiply(x, x), tuple(dim))
    if p == 2:
        norm = xp.sqrt(norm)
    with np.errstate(invalid="ignore"):
        y = xp.divide(x, norm)
    np.copyto(y, x, where=xp.numbers(norm) == 0)
    return y


def _standardised(xp: Plain, x: Array, axes: Sequence[int], eps: float) -> Array:
    """``(x - mean) / sqrt(var + eps)`` along axes, in two passes."""
    count = float(prod(x.shape[axis] for axis in axes))
    total = xp.sum(x, tuple(axes))
    y = xp.subtract(x, xp.divide(total, count, out=total))
    squares = xp.sum(xp.multiply(y, y), tuple(axes))
    variance = xp.divide(squares, count, out=squares)
    deviation = xp.sqrt(xp.add(variance, eps, out=variance))
    return xp.multiply(y, xp.divide(1.0, deviation), out=y)


def _learned(xp: Plain, y: Array, weight: Array | None, bias: Array | None) -> Array:
    if weight is not None:
        xp.multiply(y, weight, out=y)
    if bias is not None:
        xp.add(y, bias, out=y)
    return y
