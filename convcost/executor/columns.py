"""Windows copied out as columns, and columns added up where they came from."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import landed
from convcost.executor.windows import pad, positions, reached, span, taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape
    from convcost.executor.windows import Pairs


def unfold(
    xp: Plain,
    x: Array,
    *,
    kernel_size: Sequence[int],
    dilation: Sequence[int],
    padding: Pairs,
    stride: Sequence[int],
) -> Array:
    """``[batch, channels * taps, positions]``: what each tap of all windows meets."""
    x = pad(xp, x, padding)
    out = positions(x.shape[2:], kernel_size, stride, dilation)
    y = np.empty((*x.shape[:2], prod(kernel_size), *out), dtype=x.dtype)
    for number, tap in enumerate(taps(kernel_size)):
        y[:, :, number] = x[(..., *reached(tap, out, stride, dilation))]
    return y.reshape(x.shape[0], -1, prod(out))


def of_unfold(x: Shape, _: Shape, *, padding: Pairs) -> int:
    """The padded map."""
    sizes = [n + sum(pair) for n, pair in zip(x[2:], padding, strict=True)]
    return prod(x[:2]) * prod(sizes) if any(map(sum, padding)) else 0


def fold(
    xp: Plain,
    x: Array,
    *,
    output_size: Sequence[int],
    kernel_size: Sequence[int],
    dilation: Sequence[int] | None,
    padding: Sequence[int] | None,
    stride: Sequence[int] | None,
) -> Array:
    """``[batch, channels, *output_size]``: the sums of what lies at each position."""
    rank = len(output_size)
    kernel, step, apart, border = (
        values if len(values) == rank else [values[0]] * rank
        for values in (kernel_size, stride or [1], dilation or [1], padding or [0])
    )
    sizes = [n + 2 * each for n, each in zip(output_size, border, strict=True)]
    out = positions(sizes, kernel, step, apart)
    parts = x.reshape(x.shape[0], -1, 1, *kernel, *out)
    # What no window reaches, at the end.
    rest = [
        size - (n - 1) * s - span(k, d)
        for size, n, s, k, d in zip(sizes, out, step, kernel, apart, strict=True)
    ]
    y = landed(xp, parts, step, [(0, 0)] * rank, rest, apart)
    inner = [slice(each, each + n) for each, n in zip(border, output_size, strict=True)]
    return y[(..., *inner)].copy() if any(border) else y


def of_fold(_: Shape, y: Shape, *, output_size: Shape, padding: Sequence[int] | None) -> int:
    """The sums with their borders, where there are any."""
    border = padding or [0]
    border = border if len(border) == len(output_size) else [border[0]] * len(output_size)
    if not any(border):
        return 0
    return prod(y[:2]) * prod(n + 2 * b for n, b in zip(output_size, border, strict=True))
