"""The memory that algorithms hold as they run, besides input and weights, their output included.

Each is called with a task, of whose arrays the shapes alone matter, and returns elements.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.executor.task import Task, TransposedTask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.executor.namespace import Array
    from convcost.executor.stored import Shape


def of_direct(task: Task) -> int:
    """The padded map, what a tap meets, its term, that of the tap before and the sum."""
    sums = min(3, prod(task.kernel)) * _made(task)
    return _padded(task) + _maps(task) * prod(task.out) + sums


def of_im2col(task: Task) -> int:
    """The padded map, all windows and the output."""
    return _padded(task) + _maps(task) * prod(task.kernel) * prod(task.out) + _made(task)


def of_matrix(task: Task | TransposedTask) -> int:
    """The matrix of each group, and the output."""
    between = task.filters // task.groups * task.channels
    return between * prod(task.out) * prod(task.size) + _made(task)


def of_scatter(task: TransposedTask) -> int:
    """Elements of the products that each input adds to its window, and of the output."""
    parts = task.batch * task.filters * prod(task.kernel) * prod(task.size)
    return parts + _made(task)


def of_zero_insertion(task: TransposedTask) -> int:
    """The map with zeros between, the weights in reverse, and what a direct convolution holds."""
    axes = zip(task.out, task.kernel, task.dilation, strict=True)
    sparse = prod(length + (k - 1) * d for length, k, d in axes)
    met = _maps(task) * (sparse + prod(task.out))
    return met + task.weight.size + min(3, prod(task.kernel)) * _made(task)


def of_winograd(outputs: int) -> Callable[[Task], int]:
    """The padded map, filters and tiles transformed, and those before and between as long as they
    are; or the products, a copy of them where there are groups, and what is made of them."""

    def room(task: Task) -> int:
        rank = len(task.size)
        tiles = prod(-(-o // outputs) for o in task.out)
        width = (outputs + 2) ** rank
        padded = _maps(task) * prod(-(-o // outputs) * outputs + 2 for o in task.out)
        filters = task.weight.size // prod(task.kernel) * width
        seen, products = _maps(task) * width * tiles, task.batch * task.filters * width * tiles
        copies = 1 + (task.groups > 1)
        inverse = copies * products + 2 * products * outputs // (outputs + 2)
        return padded + filters + max((3 + (rank > 1)) * seen, seen + inverse)

    return room


def of_fft(task: Task) -> int:
    """Spectra of filters and input, and what a transform of the largest makes on its way."""
    lengths = [1 << (n - 1).bit_length() for n in task.padded]
    bins = 2 * prod(lengths[:-1]) * (lengths[-1] // 2 + 1)

    def transformed(size: Sequence[int]) -> int:
        """The most of a map at once: rows along the last axis, then half of their spectra."""
        return max(bins, 2 * prod(size[:-1]) * lengths[-1])

    pairs = task.weight.size // prod(task.kernel)
    filters, seen, products = pairs * bins, _maps(task) * bins, task.batch * task.filters * bins
    return max(
        5 * pairs * transformed(task.kernel),
        filters + 5 * _maps(task) * transformed(task.size),
        filters + seen + 8 * products,
    )


def _padded(task: Task) -> int:
    return _maps(task) * prod(task.padded) if any(map(sum, task.borders)) else 0


def _maps(task: Task | TransposedTask) -> int:
    return task.batch * task.channels


def _made(task: Task | TransposedTask) -> int:
    return task.batch * task.filters * prod(task.out)


def _with(form: type[Any], room: Callable[[Any], int]) -> Callable[..., int]:
    def of_shapes(x: Shape, weight: Shape, **given: Any) -> int:
        return room(form(_stub(x), weight=_stub(weight), **given))

    return of_shapes


def _stub(shape: Shape) -> Array:
    """An array of a shape, without its memory."""
    return np.broadcast_to(np.zeros(()), shape)


ALGORITHM_WORKSPACE: dict[str, Callable[..., int]] = {
    "direct": _with(Task, of_direct),
    "im2col": _with(Task, of_im2col),
    "winograd_2": _with(Task, of_winograd(2)),
    "winograd_4": _with(Task, of_winograd(4)),
    "fft": _with(Task, of_fft),
    "matrix": _with(Task, of_matrix),
    "scatter": _with(TransposedTask, of_scatter),
    "zero_insertion": _with(TransposedTask, of_zero_insertion),
    "matrix_transposed": _with(TransposedTask, of_matrix),
}
"""By the algorithm's name. Each is called with the shapes of input and weight, and with fields by
their names."""
