"""Convolution and transposed convolution tap by tap, and through copies that make them products of
two matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import add_bias, landed, scattered
from convcost.executor.made import Made, Steps
from convcost.executor.windows import landing, pad, positions, reached, resolve, taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.windows import Pairs


def direct(
    xp: Plain,
    x: Array,
    *,
    weight: Array,
    bias: Array | None = None,
    stride: Sequence[int],
    padding: Pairs | str,
    dilation: Sequence[int],
    groups: int,
) -> Steps:
    """Every output element sums its own products; nothing is laid out before."""
    batch, filters, kernel = x.shape[0], weight.shape[0], weight.shape[2:]
    x = pad(xp, x, resolve(padding, x.shape[2:], kernel, stride, dilation))
    out = positions(x.shape[2:], kernel, stride, dilation)
    x = x.reshape(batch, groups, -1, *x.shape[2:])
    weight = weight.reshape(groups, filters // groups, *weight.shape[1:])
    y: Array | None = None
    for tap in taps(kernel):
        seen = x[(..., *reached(tap, out, stride, dilation))].reshape(*x.shape[:3], -1)
        term = xp.matmul(weight[(..., *tap)], seen)
        y = term if y is None else xp.add(y, term, out=y)
    assert y is not None  # a kernel has taps
    yield Made("products", add_bias(xp, y.reshape(batch, filters, *out), bias))


def im2col(
    xp: Plain,
    x: Array,
    *,
    weight: Array,
    bias: Array | None = None,
    stride: Sequence[int],
    padding: Pairs | str,
    dilation: Sequence[int],
    groups: int,
) -> Steps:
    """Windows are copied out as the columns of a matrix, which the filters then multiply."""
    batch, filters, kernel = x.shape[0], weight.shape[0], weight.shape[2:]
    x = pad(xp, x, resolve(padding, x.shape[2:], kernel, stride, dilation))
    out = positions(x.shape[2:], kernel, stride, dilation)
    columns = windows(x, kernel, out, stride, dilation)
    yield Made("windows", columns)
    weight = weight.reshape(groups, filters // groups, -1)
    y = xp.matmul(weight, columns.reshape(batch, groups, weight.shape[2], -1))
    yield Made("products", add_bias(xp, y.reshape(batch, filters, *out), bias))


def windows(
    x: Array,
    kernel: Sequence[int],
    out: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Array:
    """``[batch, channels, *kernel, *out]``: a copy of what each tap of each window meets."""
    copy = np.empty((*x.shape[:2], *kernel, *out), dtype=x.dtype)
    for tap in taps(kernel):
        copy[(slice(None), slice(None), *tap)] = x[(..., *reached(tap, out, stride, dilation))]
    return copy


def scatter(
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
) -> Steps:
    """A matrix product makes what each input adds to its window; then it is added there."""
    parts = scattered(xp, x, weight, groups)
    yield Made("products", parts)
    y = landed(xp, parts, stride, padding, output_padding, dilation)
    yield Made("sums", add_bias(xp, y, bias))


def zero_insertion(
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
) -> Steps:
    """A dense convolution of stride 1, its taps in reverse, over the input with zeros between its
    elements and around them."""
    batch, channels, *size = x.shape
    kernel = weight.shape[2:]
    reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    # From the first input whose window reaches the output to the last, holes included.
    axes = list(zip(size, stride, padding, reach, output_padding, strict=True))
    sparse = [(n - 1) * s + 1 - b - a + 2 * r + extra for n, s, (b, a), r, extra in axes]
    spread = xp.full((batch, channels, *sparse), 0.0, like=x)
    kept = [
        landing(r - before, n, s, length)
        for (n, s, (before, _), r, _), length in zip(axes, sparse, strict=True)
    ]
    spread[(..., *(places for _, places in kept))] = x[(..., *(inputs for inputs, _ in kept))]
    yield Made("zeros", spread)
    flipped = np.flip(weight, axis=tuple(range(2, weight.ndim)))
    flipped = flipped.reshape(groups, channels // groups, *weight.shape[1:]).swapaxes(1, 2)
    yield from direct(
        xp,
        spread,
        weight=flipped.reshape(-1, channels // groups, *kernel),
        bias=bias,
        stride=(1,) * len(size),
        padding=((0, 0),) * len(size),
        dilation=dilation,
        groups=groups,
    )
