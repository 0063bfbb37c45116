"""Pooling."""

from __future__ import annotations

from bisect import bisect_left
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.pick import whole_numbers, without
from convcost.executor.windows import landed_positions, pad, positions, reached, span, taps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.windows import Pairs


def max_pool(
    xp: Plain,
    x: Array,
    *,
    kernel_size: Sequence[int],
    stride: Sequence[int] | None,
    padding: Pairs,
    dilation: Sequence[int],
    ceil_mode: bool,
    return_indices: bool,
    indices_of_all: bool,
) -> Array | tuple[Array, Array]:
    """The largest element of each window, padding never wins; and where it stands in its map."""
    stride = kernel_size if stride is None else stride
    amounts = hanging(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    size = x.shape[2:]
    x = pad(xp, x, amounts, float("-inf"))
    if return_indices:
        places = np.arange(prod(size), dtype=np.intp).reshape(1, 1, *size)
        places = np.pad(places, [(0, 0), (0, 0), *amounts], constant_values=-1)
        y, found = _largest(xp, x, places, kernel_size, stride, dilation)
        if indices_of_all:  # addresses, which are not arithmetic
            maps = np.arange(prod(x.shape[:2]), dtype=np.intp).reshape(
                *x.shape[:2], *[1] * len(size)
            )
            found = found + maps * prod(size)
        return y, xp.constant(found, like=x)
    return _pooled(x, kernel_size, stride, dilation, lambda a, b, y: xp.maximum(a, b, out=y))


def _largest(
    xp: Plain,
    x: Array,
    places: Array,
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> tuple[Array, Array]:
    """The largest of each window and its place, of several the first; NaN where there is one."""
    out = positions(x.shape[2:], kernel, stride, dilation)
    each = (reached(tap, out, stride, dilation) for tap in taps(kernel))
    first = next(each)
    best = x[(..., *first)].copy()
    at = np.broadcast_to(places[(..., *first)], best.shape).copy()
    lost = np.isnan(xp.numbers(best))
    for seen in each:
        other = x[(..., *seen)]
        better = xp.above(other, best).astype(bool)
        # Padding is never chosen, though all that there is may be no larger.
        better |= (at < 0) & (places[(..., *seen)] >= 0)
        np.copyto(best, other, where=better)
        np.copyto(at, places[(..., *seen)], where=better)
        lost |= np.isnan(xp.numbers(other))
    return without(xp, best, lost), np.where(lost, np.nan, at)


def lp_pool(
    xp: Plain,
    x: Array,
    *,
    norm_type: int,
    kernel_size: Sequence[int],
    stride: Sequence[int] | None,
    padding: Pairs,
    dilation: Sequence[int],
    ceil_mode: bool,
) -> Array:
    """Roots of the sums of powers of each window."""
    stride = kernel_size if stride is None else stride
    amounts = hanging(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    x = xp.multiply(x, x) if norm_type == 2 else xp.absolute(x)
    if norm_type > 2:
        x = xp.power(x, float(norm_type))
    x = pad(xp, x, amounts)
    y = _pooled(x, kernel_size, stride, dilation, lambda a, b, y: xp.add(a, b, out=y))
    if norm_type == 2:
        return xp.sqrt(y)
    return xp.power(y, 1 / norm_type) if norm_type > 2 else y


def max_unpool(
    xp: Plain,
    x: Array,
    at: Array,
    *,
    kernel_size: Sequence[int],
    stride: Sequence[int] | None,
    padding: Pairs,
    output_size: Sequence[int] | None,
) -> Array:
    """Elements put where they stood in their maps, among zeros; where a place is not a number,
    nothing is known of any of its map."""
    stride = kernel_size if stride is None else stride
    ones = (1,) * len(stride)
    size = output_size or landed_positions(
        x.shape[2:], kernel_size, stride, padding, (0,) * len(stride), ones
    )
    rows = (*x.shape[:2], -1)
    places, lost = (part.reshape(rows) for part in whole_numbers(xp, at))
    y = xp.full((*x.shape[:2], prod(size)), 0.0, like=x)
    np.put_along_axis(y, places % prod(size), x.reshape(rows), axis=2)
    gone: Array = np.logical_or.reduce(lost, axis=2, keepdims=True)
    return without(xp, y, gone).reshape(*x.shape[:2], *size)


def avg_pool(
    xp: Plain,
    x: Array,
    *,
    kernel_size: Sequence[int],
    stride: Sequence[int] | None,
    padding: Pairs,
    dilation: Sequence[int],
    ceil_mode: bool,
    count_include_pad: bool,
) -> Array:
    """The mean of each window: over its taps in the input, and in the padding where that counts,
    but never over taps that hang beyond the padding."""
    stride = kernel_size if stride is None else stride
    size = x.shape[2:]
    amounts = hanging(size, kernel_size, stride, padding, dilation, ceil_mode)
    x = pad(xp, x, amounts)
    y = _pooled(x, kernel_size, stride, dilation, lambda a, b, y: xp.add(a, b, out=y))
    counted = [(before if count_include_pad else 0) for before, _ in padding]
    beyond = [(after if count_include_pad else 0) for _, after in padding]
    shares = np.ones(())
    for axis, n in enumerate(size):
        starts: Array = np.arange(y.shape[2 + axis], dtype=np.intp) * stride[axis]
        starts -= padding[axis][0]
        met: Array = np.zeros(len(starts), dtype=np.intp)
        for tap in range(kernel_size[axis]):
            places = starts + tap * dilation[axis]
            met += (places >= -counted[axis]) & (places < n + beyond[axis])
        shares = shares[..., None] * met
    divisors = shares if x.dtype == object else shares.astype(x.dtype)
    return xp.divide(y, divisors, out=y)


def hanging(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int] | None,
    padding: Pairs,
    dilation: Sequence[int],
    ceil_mode: bool,
) -> list[tuple[int, int]]:
    """The padding, grown after each axis so that a last window that hangs over the end fits."""
    if not ceil_mode:
        return list(padding)
    amounts: list[tuple[int, int]] = []
    each = zip(size, kernel, stride or kernel, padding, dilation, strict=True)
    for n, k, s, (before, after), d in each:
        reach = span(k, d)
        starts = range(0, n + before, s)  # anywhere but in the padding after
        windows = min(len(starts), bisect_left(starts, n + before + after - reach) + 1)
        amounts.append((before, max(after, (windows - 1) * s + reach - n - before)))
    return amounts


def _pooled(
    x: Array,
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    combine: Callable[[Array, Array, Array], Array],
) -> Array:
    """All taps of each window combined, one tap after the other."""
    out = positions(x.shape[2:], kernel, stride, dilation)
    seen = (x[(..., *reached(tap, out, stride, dilation))] for tap in taps(kernel))
    first, second = next(seen), next(seen, None)
    if second is None:
        return first.copy()
    y = np.empty((*x.shape[:2], *out), dtype=x.dtype)
    combine(first, second, y)
    for view in seen:
        combine(y, view, y)
    return y


def adaptive_max_pool(xp: Plain, x: Array, *, output_size: Sequence[int]) -> Array:
    """The largest element of each of ``output_size`` windows, which share the input evenly."""
    return _adaptive(x, output_size, lambda window, axes: xp.max(window, axes))


def adaptive_avg_pool(xp: Plain, x: Array, *, output_size: Sequence[int]) -> Array:
    """The mean of each of ``output_size`` windows, which share the input evenly."""

    def mean(window: Array, axes: tuple[int, ...]) -> Array:
        return xp.divide(xp.sum(window, axes), float(prod(window.shape[2:])))

    return _adaptive(x, output_size, mean)


def _adaptive(
    x: Array, units: Sequence[int], reduce: Callable[[Array, tuple[int, ...]], Array]
) -> Array:
    y = np.empty((*x.shape[:2], *units), dtype=x.dtype)
    axes = tuple(range(2, x.ndim))
    for unit in taps(units):
        window = tuple(
            slice(n * u // m, -(-n * (u + 1) // m))
            for u, m, n in zip(unit, units, x.shape[2:], strict=True)
        )
        part = reduce(x[(..., *window)], axes)
        y[(..., *unit)] = part.reshape(x.shape[:2])
    return y


def global_max_pool(xp: Plain, x: Array) -> Array:
    """The largest element of each channel."""
    return xp.max(x, tuple(range(2, x.ndim)))


def global_avg_pool(xp: Plain, x: Array) -> Array:
    """The mean of each channel."""
    total = xp.sum(x, tuple(range(2, x.ndim)))
    return xp.divide(total, float(prod(x.shape[2:])), out=total)
