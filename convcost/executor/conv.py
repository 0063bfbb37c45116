"""Convolution and transposed convolution."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.stored import Shape, Stored, of_filters
from convcost.executor.windows import (
    landed_positions,
    landing,
    pad,
    positions,
    reached,
    resolve,
    taps,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.windows import Pairs

SLAB = 1 << 16  # elements that stay in a core's cache while several passes go over them
NARROW = 64  # rows of a matrix below which a product of several narrow ones is slow


def conv(
    xp: Plain,
    x: Array,
    *,
    weight: Array,
    bias: Array | None = None,
    stride: Sequence[int],
    padding: Pairs | str,
    dilation: Sequence[int],
    groups: int,
) -> Array:
    """Windows times weights. ``weight`` is ``[out, in / groups, *kernel]``."""
    kernel = weight.shape[2:]
    x = pad(xp, x, resolve(padding, x.shape[2:], kernel, stride, dilation))
    out = positions(x.shape[2:], kernel, stride, dilation)
    if weight.shape[1] == 1 and groups > 1:
        y = _depthwise(xp, x, weight, out, stride, dilation)
    else:
        y = _grouped(xp, x, weight, out, stride, dilation, groups)
    return add_bias(xp, y, bias)


def conv_stored(
    x: Shape, *made: Shape, out_channels: int, kernel_size: Shape, groups: int, bias: bool
) -> Stored:
    """``weight`` and ``bias``, without those that further inputs stand for."""
    weight = (out_channels, x[1] // groups, *kernel_size)
    shapes = of_filters(weight, out_channels, bias)
    return Stored(dict(list(shapes.items())[len(made) :]))


def add_bias(xp: Plain, y: Array, bias: Array | None) -> Array:
    """``y`` plus a bias for each channel, in place."""
    if bias is not None:
        xp.add(y, bias.reshape(-1, *[1] * (y.ndim - 2)), out=y)
    return y


def _grouped(
    xp: Plain,
    x: Array,
    weight: Array,
    out: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> Array:
    """As matrix products: all taps at once, or a product for each row of taps."""
    batch, channels = x.shape[:2]
    filters, inner, *kernel = weight.shape
    x = x.reshape(batch, groups, channels // groups, *x.shape[2:])
    weight = weight.reshape(groups, filters // groups, inner, *kernel)
    if prod(kernel) == 1:
        columns = np.ascontiguousarray(x[(..., *reached((0,) * len(out), out, stride, dilation))])
        return _product(xp, weight, columns).reshape(batch, filters, *out)
    if copies(kernel, stride, out, filters // groups, inner):
        columns = _columns(x, kernel, out, stride, dilation)
        return _product(xp, weight, columns).reshape(batch, filters, *out)
    rows = _rows(x, kernel[-1], out[-1:], stride[-1:], dilation[-1:])
    y = np.empty((batch, groups, filters // groups, prod(out)), dtype=x.dtype)
    part: Array | None = None
    for tap in taps(kernel[:-1]):
        matrix = weight[(slice(None),) * 3 + tap]
        met = rows[(..., *reached(tap, out[:-1], stride[:-1], dilation[:-1]), slice(None))]
        if part is None:
            _product(xp, matrix, met, out=y)
            part = np.empty_like(y)
        else:
            xp.add(y, _product(xp, matrix, met, out=part), out=y)
    return y.reshape(batch, filters, *out)


def _rows(
    x: Array, last: int, out: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> Array:
    """``[batch, groups, channels, last, *in, out]``: the taps of the last axis copied out; rows of
    taps are then views of it that overlap."""
    rows = np.empty((*x.shape[:3], last, *x.shape[3:-1], *out), dtype=x.dtype)
    for tap in range(last):
        rows[:, :, :, tap] = x[(..., *reached((tap,), out, stride, dilation))]
    return rows


def _columns(
    x: Array,
    kernel: Sequence[int],
    out: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    """``[batch, groups, channels, *kernel, *out]``: a copy of what all taps meet."""
    rows = _rows(x, kernel[-1], out[-1:], stride[-1:], dilation[-1:])
    columns = np.empty((*x.shape[:3], *kernel, *out), dtype=x.dtype)
    for tap in taps(kernel[:-1]):
        met = reached(tap, out[:-1], stride[:-1], dilation[:-1])
        columns[(slice(None),) * 3 + tap] = rows[(..., *met, slice(None))]
    return columns


def copies(
    kernel: Sequence[int], stride: Sequence[int], out: Sequence[int], filters: int, inner: int
) -> bool:
    """Whether all taps of windows are copied out at once, for a group of so many filters over so
    many channels."""
    return (
        prod(kernel[:-1]) == 1
        or prod(out) <= filters  # then rows of weights would cost more to gather
        or inner * kernel[-1] < NARROW
        or any(s > 1 for s in stride[:-1])  # then rows do not overlap
    )


def _product(xp: Plain, weight: Array, columns: Array, out: Array | None = None) -> Array:
    """``[batch, groups, filters, positions]``: the product over channels and taps of a group.

    ``weight`` is ``[groups, filters, channels, *taps]`` and ``columns`` is
    ``[batch, groups, channels, *taps, *positions]``.
    """
    matrix = weight.reshape(*weight.shape[:2], -1)
    return xp.matmul(matrix, columns.reshape(*columns.shape[:2], matrix.shape[-1], -1), out=out)


def _depthwise(
    xp: Plain,
    x: Array,
    weight: Array,
    out: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    """One channel an output channel: tap by tap over slabs that stay in cache."""
    batch, channels = x.shape[:2]
    filters, _, *kernel = weight.shape
    each = filters // channels
    # [batch, channels, filters of the channel, *positions]
    y = np.empty((batch, channels, each, *out), dtype=x.dtype)
    weight = weight.reshape(channels, each, *kernel)
    slab = max(1, SLAB // max(1, each * prod(out)))
    for sample in range(batch):
        for first in range(0, channels, slab):
            some = slice(first, first + slab)
            source, total = x[sample, some, None], y[sample, some]
            term: Array | None = None
            for tap in taps(kernel):
                seen = source[(..., *reached(tap, out, stride, dilation))]
                factor = weight[(some, slice(None), *tap)].reshape(-1, each, *[1] * len(out))
                if term is None:
                    xp.product(seen, factor, out=total)
                    term = np.empty_like(total)
                else:
                    xp.add(total, xp.product(seen, factor, out=term), out=total)
    return y.reshape(batch, filters, *out)


def conv_transpose(
    xp: Plain,
    x: Array,
    *,
    weight: Array,
    bias: Array | None = None,
    stride: Sequence[int],
    padding: Pairs,
    output_padding: Sequence[int],
    dilation: Sequence[int],
    groups: int,
) -> Array:
    """Each input scatters its window. ``weight`` is ``[in, out / groups, *kernel]``."""
    parts = scattered(xp, x, weight, groups)
    y = landed(xp, parts, stride, padding, output_padding, dilation)
    return add_bias(xp, y, bias)


def conv_transpose_stored(
    x: Shape, *made: Shape, out_channels: int, kernel_size: Shape, groups: int, bias: bool
) -> Stored:
    """``weight`` and ``bias``, without those that further inputs stand for."""
    shapes = of_filters((x[1], out_channels // groups, *kernel_size), out_channels, bias)
    return Stored(dict(list(shapes.items())[len(made) :]))


def scattered(xp: Plain, x: Array, weight: Array, groups: int) -> Array:
    """The products of each input at each tap: ``[batch, groups, filters, *kernel, *size]``."""
    batch, channels, *size = x.shape
    _, filters, *kernel = weight.shape
    matrix = weight.reshape(groups, channels // groups, filters * prod(kernel))
    source = x.reshape(batch, groups, channels // groups, prod(size))
    parts = xp.matmul(matrix.swapaxes(1, 2), source)
    return parts.reshape(batch, groups, filters, *kernel, *size)


def landed(
    xp: Plain,
    parts: Array,
    stride: Sequence[int],
    padding: Pairs,
    output_padding: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    """The sums of all parts that land on an output: ``[batch, groups * filters, *out]``."""
    batch, groups, filters, *axes = parts.shape
    kernel, size = axes[: len(stride)], axes[len(stride) :]
    out = landed_positions(size, kernel, stride, padding, output_padding, dilation)
    y = xp.full((batch, groups, filters, *out), 0.0, like=parts)
    for tap in taps(kernel):
        places = [
            landing(t * d - before, n, s, length)
            for t, d, (before, _), n, s, length in zip(
                tap, dilation, padding, size, stride, out, strict=True
            )
        ]
        target = y[(..., *(place[1] for place in places))]
        part = parts[(slice(None),) * 3 + tap][(..., *(place[0] for place in places))]
        xp.add(target, part, out=target)
    return y.reshape(batch, groups * filters, *out)
