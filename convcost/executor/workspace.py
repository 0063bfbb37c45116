"""The memory that kernels hold as they run, besides inputs, weights and outputs.

Each is called with the shapes of the inputs and of the first output, and with fields by their
names, and returns elements of float32; an address is two of them, a truth value a quarter.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.executor.conv import SLAB, copies
from convcost.executor.pool import hanging
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
    """The padded map; the taps of a row copied out, and all taps or what a row of them makes; such
    a row is copied once more unless its positions lie side by side. Depthwise, a slab's terms."""
    y = others[-1]
    borders = resolve(padding, x[2:], kernel_size, stride, dilation)
    sizes = [n + sum(pair) for n, pair in zip(x[2:], borders, strict=True)]
    maps, positions = x[0] * x[1], prod(y[2:])
    padded = maps * prod(sizes) if any(map(sum, borders)) else 0
    if x[1] == groups > 1:
        each = y[1] // groups * positions
        return padded + min(y[1] * positions, max(each, SLAB // each * each))
    if prod(kernel_size) == 1:
        return padded + maps * positions * any(step > 1 for step in stride)
    rows = maps * kernel_size[-1] * prod(sizes[:-1]) * y[-1]
    if copies(kernel_size, stride, y[2:], y[1] // groups, x[1] // groups):
        columns = maps * prod(kernel_size) * positions
        return padded + columns + max(0, rows - prod(y))
    row = kernel_size[-1] * (y[1] * x[1] // groups + (len(kernel_size) > 2) * maps * positions)
    return padded + rows + prod(y) + row


def of_conv_transpose(x: Shape, *others: Shape, kernel_size: Shape) -> int:
    """The products of each input at each tap."""
    y = others[-1]
    return x[0] * y[1] * prod(kernel_size) * prod(x[2:])


def of_pool(
    x: Shape,
    y: Shape,
    *,
    kernel_size: Shape,
    stride: Shape | None,
    padding: Pairs,
    dilation: Shape,
    ceil_mode: bool,
) -> int:
    """The padded map; what an average divides by."""
    return _padded(x, hanging(x[2:], kernel_size, stride, padding, dilation, ceil_mode)) + (
        3 * prod(y[2:])
    )


def of_max_pool(
    x: Shape,
    y: Shape,
    *,
    kernel_size: Shape,
    stride: Shape | None,
    padding: Pairs,
    dilation: Shape,
    ceil_mode: bool,
    return_indices: bool,
) -> int:
    """The padded map; where positions are kept, those of a map and of what is largest so far."""
    amounts = hanging(x[2:], kernel_size, stride, padding, dilation, ceil_mode)
    padded = _padded(x, amounts)
    if not return_indices:
        return padded
    places = 2 * prod(n + sum(pair) for n, pair in zip(x[2:], amounts, strict=True))
    return padded + places + 4 * prod(y) + prod(y) // 4


def of_lp_pool(
    x: Shape,
    y: Shape,
    *,
    norm_type: int,
    kernel_size: Shape,
    stride: Shape | None,
    padding: Pairs,
    dilation: Shape,
    ceil_mode: bool,
) -> int:
    """Powers, padded; their sums, or two arrays of powers before those."""
    padded = _padded(x, hanging(x[2:], kernel_size, stride, padding, dilation, ceil_mode))
    powers = max(2 * prod(x) if norm_type > 2 else 0, prod(x) + padded)
    return max(powers - prod(y), (padded or prod(x)) + prod(y) * (norm_type > 1))


def _padded(x: Shape, amounts: Pairs) -> int:
    """A map with borders, where there are any."""
    sizes = [n + sum(pair) for n, pair in zip(x[2:], amounts, strict=True)]
    return prod(x[:2]) * prod(sizes) if any(map(sum, amounts)) else 0


def of_unpool(x: Shape, _at: Shape, _y: Shape) -> int:
    """Places twice, and which are none."""
    return 4 * prod(x) + prod(x) // 4


def of_nothing(*_: Shape) -> int:
    """Nothing to speak of."""
    return 0


def of_input(x: Shape, *_: Shape) -> int:
    """As much as the input once more."""
    return prod(x)


def of_log_sum(x: Shape, y: Shape) -> int:
    """The powers of all elements; their largest, their sums and the logarithms of these."""
    return prod(x) + 2 * prod(y)


def of_rows(x: Shape, *_: Shape, dim: int) -> int:
    """One number for all along an axis."""
    return prod(x) // x[dim]


def of_powers(x: Shape, *_: Shape, dim: int) -> int:
    """The powers of all elements, and their sums."""
    return prod(x) + prod(x) // x[dim]


def of_places(_x: Shape, at: Shape, *_: Shape) -> int:
    """Addresses, those that were wrapped, and which are none."""
    return 4 * prod(at) + prod(at) // 4
