"""Matrix products, and ops that only move elements."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import add_bias
from convcost.executor.windows import pad as zero_pad

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.windows import Pairs


def linear(xp: Plain, x: Array, *, weight: Array, bias: Array | None = None) -> Array:
    """Rows times ``weight``, which is ``[out, in]``."""
    rows = x.reshape(-1, x.shape[-1])
    y = add_bias(xp, xp.matmul(rows, weight.T), bias)
    return y.reshape(*x.shape[:-1], weight.shape[0])


def matmul(xp: Plain, a: Array, b: Array) -> Array:
    """Matrix products over the last two axes."""
    return xp.matmul(a, b)


def concat(xp: Plain, *inputs: Array, dim: int) -> Array:  # noqa: ARG001 - moves only
    """Inputs one after the other."""
    return np.concatenate(inputs, axis=dim)


def split(
    xp: Plain,  # noqa: ARG001 - moves only
    x: Array,
    *,
    parts: int | None,
    sizes: Sequence[int] | None,
    dim: int,
) -> tuple[Array, ...]:
    """Parts one after the other."""
    where = parts or 1 if sizes is None else np.cumsum(sizes)[:-1].tolist()
    return tuple(np.split(x, where, axis=dim))


def channel_shuffle(xp: Plain, x: Array, *, groups: int) -> Array:  # noqa: ARG001 - moves only
    """Groups dealt out: the first channel of each, then the second of each ..."""
    dealt = x.reshape(x.shape[0], groups, -1, *x.shape[2:]).swapaxes(1, 2)
    return dealt.reshape(x.shape)


def flatten(xp: Plain, x: Array, *, start_dim: int, end_dim: int) -> Array:  # noqa: ARG001
    """Axes merged."""
    last = end_dim % x.ndim
    merged = prod(x.shape[start_dim : last + 1])
    return x.reshape(*x.shape[:start_dim], merged, *x.shape[last + 1 :])


def reshape(xp: Plain, x: Array, *, shape: Sequence[int]) -> Array:  # noqa: ARG001 - moves only
    """Another shape."""
    return x.reshape(x.shape[0], *shape)


def permute(xp: Plain, x: Array, *, dims: Sequence[int]) -> Array:  # noqa: ARG001 - moves only
    """Axes in another order."""
    return np.ascontiguousarray(x.transpose(0, *dims))


def crop(
    xp: Plain,  # noqa: ARG001 - moves only
    x: Array,
    *,
    size: Sequence[int],
    start: Sequence[int] | None,
) -> Array:
    """A part of the map."""
    if start is None:
        start = [(n - part) // 2 for n, part in zip(x.shape[2:], size, strict=True)]
    part = (slice(s, s + n) for s, n in zip(start, size, strict=True))
    return np.ascontiguousarray(x[(..., *part)])


def pad(xp: Plain, x: Array, *, padding: Pairs, mode: str) -> Array:
    """A border around the map."""
    if mode == "constant":
        return zero_pad(xp, x, padding)
    widths = [(0, 0), (0, 0), *padding]
    return np.pad(x, widths, mode="reflect" if mode == "reflect" else "edge")


def upsample(
    xp: Plain,  # noqa: ARG001 - nearest only moves
    x: Array,
    *,
    scale_factor: Sequence[Fraction] | None,
    size: Sequence[int] | None,
) -> Array:
    """Each position takes the nearest one of the map: the one at ``floor(position / scale)``."""
    for axis, n in enumerate(x.shape[2:]):
        if scale_factor is not None:
            up, down = scale_factor[axis].numerator, scale_factor[axis].denominator
            length = n * up // down
        else:
            assert size is not None
            up, down, length = size[axis], n, size[axis]
        x = np.take(x, np.arange(length) * down // up, axis=2 + axis)
    return x
