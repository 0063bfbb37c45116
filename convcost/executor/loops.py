"""Convolution and transposed convolution tap by tap, and through copies that make them products of
two matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcost.executor.conv import landed, scattered
from convcost.executor.steps import Made, Steps, finished
from convcost.executor.task import Task, TransposedTask
from convcost.executor.windows import landing, pad, reached, taps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.executor.namespace import Array, Plain


def direct(xp: Plain, task: Task) -> Steps:
    """Every output element sums its own products; nothing is laid out before."""
    x, weight = pad(xp, task.x, task.borders), task.grouped
    x = x.reshape(task.batch, task.groups, -1, *task.padded)
    y: Array | None = None
    for tap in taps(task.kernel):
        seen = x[(..., *reached(tap, task.out, task.stride, task.dilation))]
        term = xp.matmul(weight[(..., *tap)], seen.reshape(*x.shape[:3], -1))
        y = term if y is None else xp.add(y, term, out=y)
    assert y is not None  # a kernel has taps
    yield finished(xp, "products", y, task)


def im2col(xp: Plain, task: Task) -> Steps:
    """Windows are copied out as the columns of a matrix, which the filters then multiply."""
    x = pad(xp, task.x, task.borders)
    columns = windows(x, task.kernel, task.out, task.stride, task.dilation)
    yield Made("windows", columns)
    weight = task.weight.reshape(task.groups, task.filters // task.groups, -1)
    y = xp.matmul(weight, columns.reshape(task.batch, task.groups, weight.shape[2], -1))
    yield finished(xp, "products", y, task)


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


def scatter(xp: Plain, task: TransposedTask) -> Steps:
    """A matrix product makes what each input adds to its window; then it is added there."""
    parts = scattered(xp, task.x, task.weight, task.groups)
    yield Made("products", parts)
    y = landed(xp, parts, task.stride, task.borders, task.output_padding, task.dilation)
    yield finished(xp, "sums", y, task)


def zero_insertion(xp: Plain, task: TransposedTask) -> Steps:
    """A dense convolution of stride 1, its taps in reverse, over the input with zeros between its
    elements and around them."""
    rank = len(task.size)
    reach = [(k - 1) * d for k, d in zip(task.kernel, task.dilation, strict=True)]
    # From the first input whose window reaches the output to the last, holes included.
    sparse = [length + r for length, r in zip(task.out, reach, strict=True)]
    spread = xp.full((task.batch, task.channels, *sparse), 0.0, like=task.x)
    axes = zip(reach, task.borders, task.size, task.stride, sparse, strict=True)
    kept = [landing(r - before, n, s, length) for r, (before, _), n, s, length in axes]
    spread[(..., *(there for _, there in kept))] = task.x[(..., *(some for some, _ in kept))]
    yield Made("zeros", spread)
    flipped = np.flip(task.grouped, axis=tuple(range(3, 3 + rank))).swapaxes(1, 2)
    dense = Task(
        spread,
        weight=flipped.reshape(-1, task.channels // task.groups, *task.kernel),
        bias=task.bias,
        stride=(1,) * rank,
        padding=((0, 0),) * rank,
        dilation=task.dilation,
        groups=task.groups,
    )
    yield from direct(xp, dense)
