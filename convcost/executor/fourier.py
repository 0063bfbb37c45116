"""Convolution by a Fourier transform of our own, of which every product can be counted.

Radix 2, decimation in time (Cooley and Tukey, 1965), on pairs of real and imaginary parts: arrays
are ``[2, ...]``. A complex product is 4 products and 2 sums; factors of 1 and -i are not products.
Axes are padded to powers of two one by one, each just before its own transform, so that rows of
zeros are not transformed. Input and filters are real, so half of the spectrum along the last axis
says all.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.steps import Made, Steps, finished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.task import Task


def fft(xp: Plain, task: Task) -> Steps:
    """The product of spectra is the convolution at all positions; a stride picks some of them."""
    batch, groups, rank = task.batch, task.groups, len(task.size)
    lengths = [1 << (n - 1).bit_length() for n in task.padded]

    spectrum = _spectrum(xp, task.weight, lengths, [0] * rank, task.dilation)
    spectrum = xp.multiply(spectrum, 1 / prod(lengths))  # which the inverse transform needs
    yield Made("filters", spectrum, once=True)
    seen = _spectrum(xp, task.x, lengths, [before for before, _ in task.borders], [1] * rank)
    yield Made("spectrum", seen)
    inner = task.channels // groups
    w = _bins(spectrum.reshape(2, groups, task.filters // groups, inner, *seen.shape[3:]))
    v = _bins(np.moveaxis(seen.reshape(2, batch, groups, inner, *seen.shape[3:]), 1, 3))
    # Windows read from left to right: the filters' spectrum is conjugated.
    y = np.stack(
        (
            xp.add(xp.matmul(w[0], v[0]), xp.matmul(w[1], v[1])),
            xp.subtract(xp.matmul(w[0], v[1]), xp.matmul(w[1], v[0])),
        )
    )
    yield Made("products", y)
    y = np.moveaxis(y.reshape(2, *seen.shape[3:], task.filters, batch), (-1, -2), (1, 2))
    y = _inverse(xp, y, lengths, task.out, task.stride)
    yield finished(xp, "outputs", np.ascontiguousarray(y), task)


def _bins(a: Array) -> Array:
    """``[2, groups, rows, columns, *bins]`` as ``[2, bins, groups, rows, columns]``."""
    return np.moveaxis(a.reshape(*a.shape[:4], -1), -1, 1)


def _spectrum(
    xp: Plain, a: Array, lengths: Sequence[int], first: Sequence[int], step: Sequence[int]
) -> Array:
    """The transform of the axes of ``a`` from 2 on, whose elements lie at ``first + i * step``."""
    parts = np.stack((a, xp.full(a.shape, 0.0, like=a)))
    for axis in reversed(range(3, parts.ndim)):
        length = lengths[axis - 3]
        spread = xp.full((*parts.shape[:axis], length, *parts.shape[axis + 1 :]), 0.0, like=a)
        start, stride = first[axis - 3], step[axis - 3]
        stop = start + (parts.shape[axis] - 1) * stride + 1
        spread[(*[slice(None)] * axis, slice(start, stop, stride))] = parts
        parts = _transformed(xp, spread, axis)
        if axis == parts.ndim - 1:
            parts = parts[..., : length // 2 + 1]
    return parts


def _inverse(
    xp: Plain, parts: Array, lengths: Sequence[int], out: Sequence[int], stride: Sequence[int]
) -> Array:
    """The real part of the inverse transform, times all lengths, at the positions of windows."""
    for axis in range(3, parts.ndim):
        if axis == parts.ndim - 1:
            rest = parts[..., 1 : (lengths[-1] + 1) // 2][..., ::-1]  # the conjugate, reversed
            rest = np.stack((rest[0], xp.negative(rest[1])))
            parts = np.concatenate((parts, rest), axis=-1)
        parts = _transformed(xp, parts[::-1], axis)[::-1]  # parts exchanged: the inverse
        last = (out[axis - 3] - 1) * stride[axis - 3]
        parts = parts[(*[slice(None)] * axis, slice(0, last + 1, stride[axis - 3]))]
    return parts[0]


def _transformed(xp: Plain, parts: Array, axis: int) -> Array:
    """The transform along an axis, whose length is a power of two."""
    parts = np.moveaxis(parts, axis, -1)
    length = parts.shape[-1]
    parts = parts[..., _reversed_bits(length)]
    half = 1
    while half < length:
        pairs = parts.reshape(*parts.shape[:-1], -1, 2, half)
        even, odd = pairs[..., 0, :], _turned(xp, pairs[..., 1, :])
        parts = np.stack((xp.add(even, odd), xp.subtract(even, odd)), axis=-2)
        parts = parts.reshape(*parts.shape[:-3], length)
        half *= 2
    return np.moveaxis(parts, -1, axis)


def _turned(xp: Plain, odd: Array) -> Array:
    """``[2, ..., half]`` times the half-th roots of -1: element k by ``exp(-i pi k / half)``."""
    half = odd.shape[-1]
    turned = np.empty_like(odd)
    turned[..., 0] = odd[..., 0]
    quarter = half // 2
    if half > 1:
        turned[0, ..., quarter] = odd[1, ..., quarter]
        turned[1, ..., quarter] = xp.negative(odd[0, ..., quarter])
    some = [k for k in range(1, half) if k != quarter]
    if some:
        angles = np.pi * np.array(some) / half
        cos, sin = (xp.constant(part, like=odd) for part in (np.cos(angles), np.sin(angles)))
        real, imaginary = odd[0][..., some], odd[1][..., some]
        turned[0][..., some] = xp.add(xp.multiply(real, cos), xp.multiply(imaginary, sin))
        turned[1][..., some] = xp.subtract(xp.multiply(imaginary, cos), xp.multiply(real, sin))
    return turned


def _reversed_bits(length: int) -> list[int]:
    """The order in which pairs of halves of halves meet."""
    order = [0]
    while len(order) < length:
        order = [2 * k for k in order] + [2 * k + 1 for k in order]
    return order
