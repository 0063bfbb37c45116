"""Sliding windows of any rank as views and copies: where kernels find their taps."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.executor.namespace import Array, Plain

    Pairs = Sequence[tuple[int, int]]


def span(kernel: int, dilation: int) -> int:
    """Positions from the first tap of a window to its last."""
    return (kernel - 1) * dilation + 1


def resolve(
    padding: Pairs | str,
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> list[tuple[int, int]]:
    """Amounts before and after each axis; ``same`` keeps ``ceil(size / stride)`` positions."""
    if not isinstance(padding, str):
        return list(padding)
    amounts: list[tuple[int, int]] = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        positions = (n + s - 1) // s
        missing = max(0, (positions - 1) * s + span(k, d) - n)
        amounts.append((missing // 2, missing - missing // 2))
    return amounts


def pad(xp: Plain, x: Array, amounts: Pairs, value: float = 0.0) -> Array:
    """``x`` with borders of ``value`` around its last axes."""
    if not any(before or after for before, after in amounts):
        return x
    lead = x.ndim - len(amounts)
    sizes = [n + sum(pair) for n, pair in zip(x.shape[lead:], amounts, strict=True)]
    padded = xp.full((*x.shape[:lead], *sizes), value, like=x)
    inner = tuple(slice(b, b + n) for n, (b, _) in zip(x.shape[lead:], amounts, strict=True))
    padded[(..., *inner)] = x
    return padded


def positions(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...]:
    """The number of windows that fit along each axis."""
    each = zip(size, kernel, stride, dilation, strict=True)
    return tuple((n - span(k, d)) // s + 1 for n, k, s, d in each)


def landed_positions(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Pairs,
    output_padding: Sequence[int],
    dilation: Sequence[int],
) -> tuple[int, ...]:
    """The number of positions that the windows of a transposed convolution land on along each
    axis."""
    each = zip(size, kernel, stride, padding, output_padding, dilation, strict=True)
    return tuple((n - 1) * s + span(k, d) - b - a + extra for n, k, s, (b, a), extra, d in each)


def taps(kernel: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All taps of a window, row by row."""
    return product(*map(range, kernel))


def reached(
    tap: Sequence[int], out: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[slice, ...]:
    """The positions that one tap of all windows meets."""
    return tuple(
        slice(t * d, t * d + (o - 1) * s + 1, s)
        for t, o, s, d in zip(tap, out, stride, dilation, strict=True)
    )


def landing(offset: int, size: int, stride: int, length: int) -> tuple[slice, slice]:
    """The slice of ``size`` elements inside an axis of ``length``, and its place, if element ``i``
    is at ``i * stride + offset``."""
    first = max(0, -(offset // stride))
    stop = max(first, min(size, (length - 1 - offset) // stride + 1))
    start = first * stride + offset
    return slice(first, stop), slice(start, start + (stop - first) * stride, stride)
