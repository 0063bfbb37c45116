"""Blocks of positions that become channels, or the other way, written as a reshape, a transpose and
another reshape.

As three layers each position would lie on no axis in between, and its field would be lost.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, cast

from convcost.importers.building.make import make
from convcost.ops.reshape import Permute, Reshaping, Transpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.building.builder import Builder
    from convcost.network import Layer
    from convcost.ops.op import Op
    from convcost.tensor import Tensor

WRITTEN = {  # op: its field, and whether the channels of one block stand side by side
    "pixel_shuffle": ("upscale_factor", True),
    "depth_to_space": ("block_size", False),
    "pixel_unshuffle": ("downscale_factor", True),
    "space_to_depth": ("block_size", False),
}


def exchanged(b: Builder, y: Tensor, shape: tuple[int, ...]) -> tuple[Op, Tensor] | None:
    """The op that the last two layers and a reshape of ``y`` to ``shape`` are together, and what it
    reads; None where they are none. The two layers are taken back."""
    if len(b.network.layers) < 2:
        return None
    first, second = b.network.layers[-2:]
    if not (isinstance(first.op, Reshaping) and isinstance(second.op, (Permute, Transpose))):
        return None
    between, x = first.outputs[0], first.inputs[0]
    if (
        second.inputs[0] is not between
        or second.outputs[0] is not y
        or not 3 <= len(shape) == len(x.shape)
    ):
        return None
    op = _op(x.shape, shape, _moved(between.shape, _order(second)))
    if op is None or b.readers(between) > 1 or b.readers(y) > 1:
        return None
    b.take_back(2)
    return op, x


def _order(layer: Layer) -> tuple[int, ...]:
    if isinstance(layer.op, Transpose):
        return layer.op.dims
    return (0, *cast("Permute", layer.op).dims)


def _moved(sizes: Sequence[int], order: Sequence[int]) -> list[tuple[int, int]]:
    """The layout of elements after a transpose: sizes and distances of axes, with those merged that
    lie one in the other as before."""
    runs: list[tuple[int, int]] = []
    for axis in order:
        size, apart = sizes[axis], prod(sizes[axis + 1 :])
        if runs and runs[-1][1] == size * apart:
            runs[-1] = (runs[-1][0] * size, apart)
        elif size > 1:
            runs.append((size, apart))
    return runs


def _op(x: tuple[int, ...], y: tuple[int, ...], moved: Sequence[tuple[int, int]]) -> Op | None:
    """The op that makes ``y`` of ``x`` and leaves elements so."""
    into = y[1] < x[1]  # whether channels become space
    small, large = (x, y) if into else (y, x)
    if small[0] != large[0] or not all(small) or not large[1]:
        return None
    block = tuple(n // m for n, m in zip(large[2:], small[2:], strict=True))
    if small != (large[0], large[1] * prod(block), *small[2:]) or prod(block) == 1:
        return None
    if any(n != m * r for n, m, r in zip(large[2:], small[2:], block, strict=True)):
        return None
    for name in list(WRITTEN)[:2] if into else list(WRITTEN)[2:]:
        field, together = WRITTEN[name]
        if _moved(*_as_layers(large, small, block, into=into, together=together)) == moved:
            return make(name, len(block), **{field: block})
    return None


def _as_layers(
    large: tuple[int, ...],
    small: tuple[int, ...],
    block: tuple[int, ...],
    *,
    into: bool,
    together: bool,
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sizes of the axes between, and their order after the transpose."""
    rank = len(block)
    pairs = [part for pair in zip(small[2:], block, strict=True) for part in pair]
    if into:
        # [N, C, r, r, H, W] or [N, r, r, C, H, W] to [N, C, H, r, W, r]
        channels = (large[1], *block) if together else (*block, large[1])
        c, r = (1, 2) if together else (1 + rank, 1)
        mixed = [axis for k in range(rank) for axis in (2 + rank + k, r + k)]
        return (large[0], *channels, *small[2:]), (0, c, *mixed)
    # [N, C, H, r, W, r] to [N, C, r, r, H, W] or [N, r, r, C, H, W]
    places, inner = range(2, 2 + 2 * rank, 2), range(3, 3 + 2 * rank, 2)
    channels = (1, *inner) if together else (*inner, 1)
    return (large[0], large[1], *pairs), (0, *channels, *places)
