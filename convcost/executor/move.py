"""Matrix products, and ops that only move elements."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import add_bias
from convcost.executor.stored import Shape, Stored, of_filters
from convcost.executor.windows import pad as bordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.windows import Pairs


def linear(xp: Plain, x: Array, *, weight: Array, bias: Array | None = None) -> Array:
    """Rows times ``weight``, which is ``[out, in]``."""
    rows = x.reshape(-1, x.shape[-1])
    y = add_bias(xp, xp.matmul(rows, weight.T), bias)
    return y.reshape(*x.shape[:-1], weight.shape[0])


def linear_stored(x: Shape, *, out_features: int, bias: bool) -> Stored:
    """``weight`` and ``bias``."""
    return Stored(of_filters((out_features, x[-1]), out_features, bias))


def matmul(xp: Plain, a: Array, b: Array) -> Array:
    """Matrix products over the last two axes."""
    return xp.matmul(a, b)


def parameter(_xp: Plain, *, value: Array, batch: bool) -> Array:
    """The stored array, with an axis for the batch where wanted."""
    return value[None] if batch else value[...]


def parameter_stored(*, shape: Shape, learned: bool) -> Stored:
    """``value``."""
    return Stored({"value": shape}) if learned else Stored(constant={"value": shape})


def concat(_xp: Plain, *inputs: Array, dim: int) -> Array:
    """Inputs one after the other; an input of one sample is joined to every sample."""
    if dim:
        samples = max(x.shape[0] for x in inputs)
        inputs = tuple(np.broadcast_to(x, (samples, *x.shape[1:])) for x in inputs)
    return np.concatenate(inputs, axis=dim)


def split(
    _xp: Plain,
    x: Array,
    *,
    parts: int | None,
    sizes: Sequence[int] | None,
    dim: int,
) -> tuple[Array, ...]:
    """Parts one after the other."""
    where = parts or 1 if sizes is None else np.cumsum(sizes)[:-1].tolist()
    return tuple(part.copy() for part in np.split(x, where, axis=dim))


def channel_shuffle(_xp: Plain, x: Array, *, groups: int) -> Array:
    """Groups dealt out: the first channel of each, then the second of each ..."""
    dealt = x.reshape(x.shape[0], groups, -1, *x.shape[2:]).swapaxes(1, 2)
    return dealt.copy().reshape(x.shape)


def flatten(_xp: Plain, x: Array, *, start_dim: int, end_dim: int) -> Array:
    """Axes merged."""
    last = end_dim % x.ndim
    merged = prod(x.shape[start_dim : last + 1])
    return x.reshape(*x.shape[:start_dim], merged, *x.shape[last + 1 :])


def reshape(_xp: Plain, x: Array, *, shape: Sequence[int]) -> Array:
    """Another shape."""
    return x.reshape(x.shape[0], *shape)


def view(_xp: Plain, x: Array, *, shape: Sequence[int]) -> Array:
    """Another shape, the batch included."""
    return x.reshape(shape)


def transpose(_xp: Plain, x: Array, *, dims: Sequence[int]) -> Array:
    """Axes in another order, the batch among them."""
    return x.transpose(dims).copy()


def permute(_xp: Plain, x: Array, *, dims: Sequence[int]) -> Array:
    """Axes in another order."""
    return x.transpose(0, *dims).copy()


def crop(
    _xp: Plain,
    x: Array,
    *,
    size: Sequence[int],
    start: Sequence[int] | None,
) -> Array:
    """A part of the map."""
    if start is None:
        start = [(n - part) // 2 for n, part in zip(x.shape[2:], size, strict=True)]
    part = (slice(s, s + n) for s, n in zip(start, size, strict=True))
    return x[(..., *part)].copy()


def pad(xp: Plain, x: Array, *, padding: Pairs, mode: str, value: float) -> Array:
    """A border around the map."""
    if mode == "constant":
        padded = bordered(xp, x, padding, value)
        return x.copy() if padded is x else padded
    widths = [*[(0, 0)] * (x.ndim - len(padding)), *padding]
    if mode == "reflect":
        return np.pad(x, widths, mode="reflect")
    return np.pad(x, widths, mode="wrap" if mode == "circular" else "edge")


def pixel_shuffle(_xp: Plain, x: Array, *, upscale_factor: Sequence[int]) -> Array:
    """Channels into blocks of positions; those of a block stand side by side."""
    apart = x.reshape(x.shape[0], -1, *upscale_factor, *x.shape[2:])
    return _into_space(apart, upscale_factor)


def depth_to_space(_xp: Plain, x: Array, *, block_size: Sequence[int]) -> Array:
    """Channels into blocks of positions; those of a block stand as far apart as can be."""
    apart = x.reshape(x.shape[0], *block_size, -1, *x.shape[2:])
    return _into_space(np.moveaxis(apart, 1 + len(block_size), 1), block_size)


def _into_space(apart: Array, block: Sequence[int]) -> Array:
    """``[batch, channels, *block, *in]`` to ``[batch, channels, *in x block]``."""
    rank = len(block)
    axes = [axis for pair in zip(range(2 + rank, 2 + 2 * rank), range(2, 2 + rank), strict=True)
            for axis in pair]  # fmt: skip
    grown = [n * factor for n, factor in zip(apart.shape[2 + rank :], block, strict=True)]
    return apart.transpose(0, 1, *axes).copy().reshape(*apart.shape[:2], *grown)


def pixel_unshuffle(_xp: Plain, x: Array, *, downscale_factor: Sequence[int]) -> Array:
    """Blocks of positions into channels, which stand side by side."""
    apart = _out_of_space(x, downscale_factor)
    rank = len(downscale_factor)
    return apart.copy().reshape(x.shape[0], -1, *apart.shape[2 + rank :])


def space_to_depth(_xp: Plain, x: Array, *, block_size: Sequence[int]) -> Array:
    """Blocks of positions into channels, which stand as far apart as can be."""
    rank = len(block_size)
    apart = np.moveaxis(_out_of_space(x, block_size), 1, 1 + rank)
    return apart.copy().reshape(x.shape[0], -1, *apart.shape[2 + rank :])


def _out_of_space(x: Array, block: Sequence[int]) -> Array:
    """``[batch, channels, *in]`` to ``[batch, channels, *block, *in / block]``."""
    pairs = [size for n, factor in zip(x.shape[2:], block, strict=True)
             for size in (n // factor, factor)]  # fmt: skip
    apart = x.reshape(*x.shape[:2], *pairs)
    return apart.transpose(0, 1, *range(3, apart.ndim, 2), *range(2, apart.ndim, 2))
