"""Winograd's minimal filtering: tiles and filters are transformed, and multiplied there.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, arXiv 1509.09308,
section 4: ``A^T [(G g G^T) * (B^T d B)] A``, nested along any number of axes. The transforms are
written out with what their rows have in common worked out once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcost.executor.loops import windows
from convcost.executor.steps import Made, Steps, finished
from convcost.executor.windows import pad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.task import Task

    Vector = Sequence[Array]
    Transform = Callable[[Plain, Vector], Vector]

KERNEL = 3


class Filtering(NamedTuple):
    """``outputs`` of a filter of 3 taps at once, along one axis: three transforms of vectors."""

    outputs: int
    data: Transform  # B^T: outputs + 2 elements to as many
    filter: Transform  # G: 3 to outputs + 2
    inverse: Transform  # A^T: outputs + 2 to outputs


def winograd(filtering: Filtering, xp: Plain, task: Task) -> Steps:
    """A convolution of stride 1 by 3 taps an axis, by tiles that overlap by 2 positions."""
    batch, groups, rank, made = task.batch, task.groups, len(task.size), filtering.outputs
    assert {*task.kernel, KERNEL} == {KERNEL}
    assert {*task.stride, *task.dilation, 1} == {1}
    tiles = [-(-o // made) for o in task.out]
    # The last tiles may hang over the end: zeros there, and outputs that are cut off.
    hanging = [t * made - o for t, o in zip(tiles, task.out, strict=True)]
    borders = [(b, a + more) for (b, a), more in zip(task.borders, hanging, strict=True)]
    x = pad(xp, task.x, borders)

    spectrum = _nested(xp, filtering.filter, task.weight, rank)
    yield Made("filters", spectrum, once=True)
    width = (made + KERNEL - 1,) * rank
    seen = windows(x, width, tiles, (made,) * rank, task.dilation)
    seen = _nested(xp, filtering.data, seen, rank)
    yield Made("tiles", seen)
    # A product of matrices for each element of a tile: filters by channels, channels by tiles.
    inner = task.channels // groups
    spectrum = spectrum.reshape(groups, task.filters // groups, inner, -1)
    seen = seen.reshape(batch, groups, inner, spectrum.shape[-1], -1)
    y = xp.matmul(np.moveaxis(spectrum, -1, 1), seen.swapaxes(2, 3))
    yield Made("products", y)
    y = y.swapaxes(2, 3).reshape(batch, task.filters, *width, *tiles)
    y = _nested(xp, filtering.inverse, y, rank)
    yield finished(xp, "outputs", _woven(y, task.out), task)


def _nested(xp: Plain, transform: Transform, a: Array, rank: int) -> Array:
    """The transform along each of the axes from 2 on."""
    for axis in range(2, 2 + rank):
        a = np.stack(transform(xp, list(np.moveaxis(a, axis, 0))), axis=axis)
    return a


def _woven(y: Array, out: Sequence[int]) -> Array:
    """``[batch, filters, *made, *tiles]`` as ``[batch, filters, *out]``."""
    rank = len(out)
    order = [axis for a in range(rank) for axis in (2 + rank + a, 2 + a)]
    size = [y.shape[2 + a] * y.shape[2 + rank + a] for a in range(rank)]
    y = y.transpose(0, 1, *order).reshape(*y.shape[:2], *size)
    return np.ascontiguousarray(y[(..., *(slice(o) for o in out))])


def _data_2(xp: Plain, d: Vector) -> Vector:
    return (
        xp.subtract(d[0], d[2]),
        xp.add(d[1], d[2]),
        xp.subtract(d[2], d[1]),
        xp.subtract(d[1], d[3]),
    )


def _filter_2(xp: Plain, g: Vector) -> Vector:
    ends, middle = xp.multiply(xp.add(g[0], g[2]), 0.5), xp.multiply(g[1], 0.5)
    return g[0], xp.add(ends, middle), xp.subtract(ends, middle), g[2]


def _inverse_2(xp: Plain, m: Vector) -> Vector:
    first = xp.add(xp.add(m[0], m[1]), m[2])
    return first, xp.subtract(xp.subtract(m[1], m[2]), m[3])


def _data_4(xp: Plain, d: Vector) -> Vector:
    even, odd = xp.subtract(d[4], xp.multiply(d[2], 4)), xp.subtract(d[3], xp.multiply(d[1], 4))
    near, far = xp.subtract(d[4], d[2]), xp.multiply(xp.subtract(d[3], d[1]), 2)
    return (
        xp.add(xp.multiply(xp.subtract(d[0], d[2]), 4), near),
        xp.add(even, odd),
        xp.subtract(even, odd),
        xp.add(near, far),
        xp.subtract(near, far),
        xp.subtract(xp.subtract(d[5], d[3]), xp.multiply(far, 2)),
    )


def _filter_4(xp: Plain, g: Vector) -> Vector:
    ends, middle = xp.multiply(xp.add(g[0], g[2]), -1 / 6), xp.multiply(g[1], -1 / 6)
    wide = xp.add(xp.multiply(g[0], 1 / 24), xp.multiply(g[2], 1 / 6))
    half = xp.multiply(g[1], 1 / 12)
    return (
        xp.multiply(g[0], 1 / 4),
        xp.add(ends, middle),
        xp.subtract(ends, middle),
        xp.add(wide, half),
        xp.subtract(wide, half),
        g[2],
    )


def _inverse_4(xp: Plain, m: Vector) -> Vector:
    near, nearer = xp.add(m[1], m[2]), xp.subtract(m[1], m[2])
    far, farther = xp.add(m[3], m[4]), xp.subtract(m[3], m[4])
    return (
        xp.add(xp.add(m[0], near), far),
        xp.add(nearer, xp.multiply(farther, 2)),
        xp.add(near, xp.multiply(far, 4)),
        xp.add(xp.add(nearer, xp.multiply(farther, 8)), m[5]),
    )


winograd_2 = partial(winograd, Filtering(2, _data_2, _filter_2, _inverse_2))
winograd_4 = partial(winograd, Filtering(4, _data_4, _filter_4, _inverse_4))
