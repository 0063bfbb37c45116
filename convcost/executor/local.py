"""Convolution with weights of their own at each position."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.stored import Stored
from convcost.executor.windows import pad, positions, reached, resolve, taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape
    from convcost.executor.windows import Pairs


def locally_connected(
    xp: Plain,
    x: Array,
    *,
    weight: Array,
    bias: Array | None = None,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Pairs | str,
    dilation: Sequence[int],
    groups: int,
) -> Array:
    """A matrix product at each position. ``weight`` is ``[out, in / groups, *size, *kernel]``."""
    batch, channels, *size = x.shape
    padded = pad(xp, x, resolve(padding, size, kernel_size, stride, dilation))
    out = positions(padded.shape[2:], kernel_size, stride, dilation)
    columns = np.empty((*x.shape[:2], prod(kernel_size), *out), dtype=x.dtype)
    for number, tap in enumerate(taps(kernel_size)):
        columns[:, :, number] = padded[(..., *reached(tap, out, stride, dilation))]
    # [positions, groups, batch, channels and taps] times [positions, groups, the same, filters]
    inner = channels // groups * prod(kernel_size)
    rows = columns.reshape(batch, groups, inner, prod(out)).transpose(3, 1, 0, 2)
    filters = weight.shape[0] // groups
    matrix = weight.reshape(groups, filters, channels // groups, prod(out), prod(kernel_size))
    matrix = matrix.transpose(3, 0, 2, 4, 1).reshape(prod(out), groups, inner, filters)
    y = xp.matmul(rows, matrix).transpose(2, 1, 3, 0).reshape(batch, weight.shape[0], *out).copy()
    return y if bias is None else xp.add(y, bias, out=y)


def locally_connected_stored(
    x: Shape,
    *,
    out_channels: int,
    kernel_size: Shape,
    stride: Shape,
    padding: Pairs | str,
    dilation: Shape,
    groups: int,
    bias: bool,
) -> Stored:
    """``weight`` and ``bias``."""
    borders = resolve(padding, x[2:], kernel_size, stride, dilation)
    padded = [n + sum(pair) for n, pair in zip(x[2:], borders, strict=True)]
    out = positions(padded, kernel_size, stride, dilation)
    shapes = {"weight": (out_channels, x[1] // groups, *out, *kernel_size)}
    return Stored(shapes | ({"bias": (out_channels, *out)} if bias else {}))


def of_locally_connected(
    x: Shape,
    y: Shape,
    *,
    kernel_size: Shape,
    padding: Pairs | str,
    stride: Shape,
    dilation: Shape,
    groups: int,
) -> int:
    """The padded map, all taps copied out, the weights turned, and the output before it is; once
    more where there are groups."""
    borders = resolve(padding, x[2:], kernel_size, stride, dilation)
    sizes = [n + sum(pair) for n, pair in zip(x[2:], borders, strict=True)]
    padded = prod(x[:2]) * prod(sizes) if any(map(sum, borders)) else 0
    columns = prod(x[:2]) * prod(kernel_size) * prod(y[2:])
    weights = y[1] * x[1] // groups * prod(kernel_size) * prod(y[2:])
    return padded + columns + weights + (1 + (groups > 1)) * prod(y)
