"""Windows with weights of their own at each position."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.windows import pad, positions, reached, resolve, taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape
    from convcost.executor.windows import Pairs


def involution(
    xp: Plain,
    x: Array,
    weights: Array,
    *,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Pairs | str,
    dilation: Sequence[int],
    groups: int,
) -> Array:
    """Windows times weights, tap by tap. ``weights`` is ``[batch, groups x taps, *out]``."""
    batch, channels, *size = x.shape
    padded = pad(xp, x, resolve(padding, size, kernel_size, stride, dilation))
    out = positions(padded.shape[2:], kernel_size, stride, dilation)
    split = padded.reshape(batch, groups, channels // groups, *padded.shape[2:])
    shares = weights.reshape(batch, groups, 1, prod(kernel_size), *out)
    total, term = (np.empty((*split.shape[:3], *out), dtype=x.dtype) for _ in range(2))
    for number, tap in enumerate(taps(kernel_size)):
        seen = split[(..., *reached(tap, out, stride, dilation))]
        if number == 0:
            xp.product(seen, shares[:, :, :, number], out=total)
        else:
            xp.add(total, xp.product(seen, shares[:, :, :, number], out=term), out=total)
    return total.reshape(batch, channels, *out)


def of_involution(
    x: Shape,
    _weights: Shape,
    y: Shape,
    *,
    kernel_size: Shape,
    stride: Shape,
    padding: Pairs | str,
    dilation: Shape,
) -> int:
    """The padded map, and the terms of one tap."""
    borders = resolve(padding, x[2:], kernel_size, stride, dilation)
    sizes = [n + sum(pair) for n, pair in zip(x[2:], borders, strict=True)]
    return prod(y) + prod(x[:2]) * prod(sizes) * any(map(sum, borders))
