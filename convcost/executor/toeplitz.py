"""Convolution and transposed convolution as one matrix: every output element is a row."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import add_bias
from convcost.executor.made import Made, Steps
from convcost.executor.windows import landing, positions, resolve, taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.windows import Pairs


def matrix(
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
    """``C . vec(x)``, where ``C`` has a column for each input element of a group; those that an
    output does not read are zeros, which are multiplied like any other."""
    batch, filters, (size, kernel) = x.shape[0], weight.shape[0], (x.shape[2:], weight.shape[2:])
    amounts = resolve(padding, size, kernel, stride, dilation)
    padded = [n + sum(pair) for n, pair in zip(size, amounts, strict=True)]
    out = positions(padded, kernel, stride, dilation)
    weight = weight.reshape(groups, filters // groups, *weight.shape[1:])
    c = toeplitz(xp, weight, size, out, stride, amounts, dilation)
    yield Made("matrix", c, once=True)
    y = xp.matmul(c, x.reshape(batch, groups, -1, 1))
    yield Made("products", add_bias(xp, y.reshape(batch, filters, *out), bias))


def matrix_transposed(
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
    """``C^T . vec(x)``, where ``C`` is the matrix of the convolution whose adjoint the layer is."""
    batch, channels, *size = x.shape
    filters, kernel = weight.shape[1], weight.shape[2:]
    axes = zip(size, kernel, stride, dilation, padding, output_padding, strict=True)
    out = [(n - 1) * s + (k - 1) * d + 1 - b - a + extra for n, k, s, d, (b, a), extra in axes]
    weight = weight.reshape(groups, channels // groups, *weight.shape[1:])
    c = toeplitz(xp, weight, out, size, stride, padding, dilation).swapaxes(1, 2)
    yield Made("matrix", c, once=True)
    y = xp.matmul(c, x.reshape(batch, groups, -1, 1))
    yield Made("products", add_bias(xp, y.reshape(batch, groups * filters, *out), bias))


def toeplitz(
    xp: Plain,
    weight: Array,
    size: Sequence[int],
    out: Sequence[int],
    stride: Sequence[int],
    padding: Pairs,
    dilation: Sequence[int],
) -> Array:
    """The matrix of each group of a convolution: ``[groups, filters * out, channels * size]``.

    ``weight`` is ``[groups, filters, channels, *kernel]``.
    """
    groups, filters, channels, *kernel = weight.shape
    c = xp.full((groups, filters, *out, channels, *size), 0.0, like=weight)
    for tap in taps(kernel):
        axes = zip(tap, size, out, stride, padding, dilation, strict=True)
        met = [landing(t * d - before, o, s, n) for t, n, o, s, (before, _), d in axes]
        # A row and a column for each place, axis by axis; arrays so used come first in the index.
        rows = np.ix_(*(np.arange(o)[some] for (some, _), o in zip(met, out, strict=True)))
        columns = np.ix_(*(np.arange(n)[some] for (_, some), n in zip(met, size, strict=True)))
        every = slice(None)
        c[(every, every, *rows, every, *columns)] = weight[(every, every, every, *tap)]
    return c.reshape(groups, filters * prod(out), channels * prod(size))
