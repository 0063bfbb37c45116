"""Tensors at addresses of one arena, as TensorFlow Lite Micro's planner places them.

``GreedyMemoryPlanner`` takes them by size, the largest first, and of those of one size the one that
was made last. Each goes to the lowest address at which nothing lies that is there at the same time.
Sizes are rounded up to 16 bytes (``MicroArenaBufferAlignment``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import work

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIGNMENT = 16


class Buffer(NamedTuple):
    """A tensor: its bytes, and the first and the last job at which it is there."""

    size: int
    first: int
    last: int


def aligned(size: int) -> int:
    """A size rounded up to what starts at an address that vector units like."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def arena(buffers: Sequence[Buffer]) -> int:
    """The bytes of the arena."""
    starts = places(buffers)
    ends = (at + aligned(one.size) for at, one in zip(starts, buffers, strict=True))
    return max(ends, default=0)


def places(buffers: Sequence[Buffer]) -> Sequence[int]:
    """The address of each tensor.

    Args:
        buffers: in the order in which they are made.
    """
    work(len(buffers) ** 2 // 8, "placing tensors in an arena")
    order = sorted(
        range(len(buffers)), key=lambda number: (-aligned(buffers[number].size), -number)
    )
    starts = [0] * len(buffers)
    placed: list[tuple[int, Buffer]] = []  # by address
    for number in order:
        buffer = buffers[number]
        starts[number] = _gap(placed, buffer)
        placed.append((starts[number], buffer))
        placed.sort(key=lambda one: one[0])
    return starts


def _gap(placed: Sequence[tuple[int, Buffer]], buffer: Buffer) -> int:
    """The lowest address at which a tensor has room."""
    end = 0
    for start, other in placed:
        if other.first > buffer.last or buffer.first > other.last:
            continue
        if start - end >= aligned(buffer.size):
            break
        end = max(end, start + aligned(other.size))
    return end
