"""Convolution and transposed convolution as one matrix: every output element is a row."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.steps import Made, Steps, finished
from convcost.executor.windows import landing, taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.task import Task, TransposedTask
    from convcost.executor.windows import Pairs


def matrix(xp: Plain, task: Task) -> Steps:
    """``C . vec(x)``, where ``C`` has a column for each input element of a group; those that an
    output does not read are zeros, which are multiplied like any other."""
    c = toeplitz(xp, task.grouped, task.size, task.out, task.stride, task.borders, task.dilation)
    yield Made("matrix", c, once=True)
    y = xp.matmul(c, task.x.reshape(task.batch, task.groups, -1, 1))
    yield finished(xp, "products", y, task)


def matrix_transposed(xp: Plain, task: TransposedTask) -> Steps:
    """``C^T . vec(x)``, where ``C`` is the matrix of the convolution whose adjoint the layer is."""
    c = toeplitz(
        xp, task.grouped, task.out, task.size, task.stride, task.borders, task.dilation
    ).swapaxes(1, 2)
    yield Made("matrix", c, once=True)
    y = xp.matmul(c, task.x.reshape(task.batch, task.groups, -1, 1))
    yield finished(xp, "products", y, task)


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
