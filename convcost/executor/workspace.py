"""The memory that kernels hold as they run, besides inputs, weights and outputs: bounds in
elements.

Each is called with the shapes of the inputs and of the output, and with fields by their names.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.executor.conv import SLAB, copies
from convcost.executor.windows import resolve

if TYPE_CHECKING:
    from convcost.executor.stored import Shape
    from convcost.executor.windows import Pairs


def of_conv(
    x: Shape,
    *others: Shape,
    kernel_size: Shape,
    stride: Shape,
    padding: Pairs | str,
    dilation: Shape,
    groups: int,
) -> int:
    """The padded map, the taps of a row copied out, and all taps or what a row of them makes; such
    a row is copied once more unless its positions lie side by side."""
    y = others[-1]
    borders = resolve(padding, x[2:], kernel_size, stride, dilation)
    sizes = [n + sum(pair) for n, pair in zip(x[2:], borders, strict=True)]
    maps, positions = x[0] * x[1], prod(y[2:])
    padded = maps * prod(sizes) if any(map(sum, borders)) else 0
    if x[1] == groups > 1:
        return padded + max(SLAB, y[1] // groups * positions)
    if prod(kernel_size) == 1:
        return padded + maps * positions * any(step > 1 for step in stride)
    rows = maps * kernel_size[-1] * prod(sizes[:-1]) * y[-1]
    if copies(kernel_size, stride, y[2:], y[1] // groups, x[1] // groups):
        return padded + rows + maps * prod(kernel_size) * positions
    return padded + rows + prod(y) + (len(kernel_size) > 2) * maps * kernel_size[-1] * positions


def of_conv_transpose(x: Shape, *others: Shape, kernel_size: Shape) -> int:
    """The products of each input at each tap."""
    y = others[-1]
    return x[0] * y[1] * prod(kernel_size) * prod(x[2:])


def of_deform_conv(x: Shape, *others: Shape, kernel_size: Shape) -> int:
    """The map with a zero, what all taps sampled, and corners, addresses and weights of one tap."""
    y = others[-1]
    rank, taps, positions = len(kernel_size), prod(kernel_size), x[0] * prod(y[2:])
    return 2 * prod(x) + x[1] * (taps + 4) * positions + 8 * (rank + 2**rank) * x[1] * positions


def of_pool(x: Shape, y: Shape, *, kernel_size: Shape, padding: Pairs, dilation: Shape) -> int:
    """The padded map, by less than a window more where one hangs over the end; what an average
    divides by."""
    lengths = zip(x[2:], padding, kernel_size, dilation, strict=True)
    padded = prod(x[:2]) * prod(n + sum(pair) + (k - 1) * d for n, pair, k, d in lengths)
    return padded + 4 * prod(y[2:])


def of_max_pool(
    x: Shape,
    y: Shape,
    *,
    kernel_size: Shape,
    padding: Pairs,
    dilation: Shape,
    return_indices: bool,
) -> int:
    """The padded map; where positions are kept, those as well, and what is compared and chosen."""
    room = of_pool(x, y, kernel_size=kernel_size, padding=padding, dilation=dilation)
    return 3 * room + 10 * prod(y) if return_indices else room


def of_lp_pool(x: Shape, y: Shape, *, kernel_size: Shape, padding: Pairs, dilation: Shape) -> int:
    """The padded map, its absolute values and their powers; sums."""
    room = of_pool(x, y, kernel_size=kernel_size, padding=padding, dilation=dilation)
    return room + 2 * prod(x)


def of_neighbours(x: Shape, _: Shape, *, size: int) -> int:
    """Squares, those padded, their sums and a power of them."""
    return 3 * prod(x) + x[0] * (x[1] + size - 1) * prod(x[2:])


def of_upsample(x: Shape, y: Shape, *, mode: str) -> int:
    """The nearest positions along an axis; or a tap gathered, its term, and all weights."""
    if mode == "nearest":
        return prod(y[:-1]) * x[-1]
    taps = 4 if mode == "bicubic" else 2
    return 2 * prod(y) + 2 * taps ** len(y[2:]) * prod(y[2:])


def of_nothing(*_: Shape) -> int:
    """Nothing to speak of."""
    return 0


def of_rows(x: Shape, *_: Shape, dim: int) -> int:
    """The largest along an axis, and the sum."""
    return 2 * prod(x) // x[dim]


def of_table(*shapes: Shape) -> int:
    """An array more, and what looks values up in a table."""
    return prod(shapes[0]) + 2**19


def of_one_more(*shapes: Shape) -> int:
    """As much again as the largest input or the output, and a truth value for each element."""
    most = max(map(prod, shapes))
    return most + most // 4


def of_two_more(*shapes: Shape) -> int:
    """Twice as much."""
    return 2 * of_one_more(*shapes)


def of_signs(*shapes: Shape) -> int:
    """Two comparisons, each with its numbers, and their difference."""
    return 4 * of_one_more(*shapes)


def of_sampling(x: Shape, *others: Shape) -> int:
    """The map with a zero, and addresses, weights and samples of all corners."""
    y, corners = others[-1], 2 ** (len(x) - 2)
    return 2 * prod(x) + 8 * corners * prod(y)


def of_order(x: Shape, y: Shape) -> int:
    """Numbers, their order and the signs of it."""
    return 8 * max(prod(x), prod(y))
