"""The candidates of a sweep, as numbers of the values on each axis: a grid, or a sample of one."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.sweeps.axes import Axis
    from convcost.sweeps.rows import Codes

BLOCK = 50_000
"""The candidates that are worked on at once: some MB."""

MOST = 2**62
ROUNDS = 6


class Grid(NamedTuple):
    """All combinations of the values of axes, the last of which changes fastest; or, with
    ``sample``, so many different ones of them, in an order that the ``seed`` draws. A sample that
    is no smaller has all of them."""

    axes: Sequence[Axis]
    sample: int | None = None
    seed: int = 0

    @property
    def number(self) -> int:
        """The number of candidates."""
        return self.every if self.sample is None else min(self.every, self.sample)

    @property
    def every(self) -> int:
        """The number of all combinations."""
        return prod(len(axis.values) for axis in self.axes)

    def block(self, start: int) -> dict[str, Codes]:
        """The candidates from a number on, as many as a block has, or as are left."""
        place = np.arange(start, min(start + BLOCK, self.number), dtype=np.int64)
        if self.sample is not None and self.sample < self.every:
            place = shuffled(place, self.every, self.seed)
        codes: dict[str, Codes] = {}
        for axis in reversed(self.axes):
            place, codes[axis.name] = np.divmod(place, len(axis.values))
        return {axis.name: codes[axis.name] for axis in self.axes}

    def blocks(self, start: int = 0) -> Iterator[tuple[int, dict[str, Codes]]]:
        """All blocks from a candidate on, each with the number of its first."""
        for first in range(start, self.number, BLOCK):
            yield first, self.block(first)


def shuffled(places: Codes, number: int, seed: int) -> Codes:
    """The places of numbers below ``number`` in an order that a seed draws: each is another one.

    A Feistel network permutes all numbers of so many bits (Luby and Rackoff, 1988), over and over
    until it comes to one below ``number``. So a sample needs no memory of what was drawn.
    """
    half = -(-(number - 1).bit_length() // 2)
    mask = np.uint64(2**half - 1)
    keys = np.random.default_rng(seed).integers(2**63, size=ROUNDS).astype(np.uint64)
    found = places.astype(np.uint64)
    left = np.arange(len(found))
    while len(left):
        high, low = found[left] >> np.uint64(half), found[left] & mask
        for key in keys:
            high, low = low, high ^ (_mixed(low + key) & mask)
        found[left] = high << np.uint64(half) | low
        left = left[found[left] >= number]
    return found.astype(np.int64)


def _mixed(numbers: Codes) -> Codes:
    """Numbers of 64 bits whose bits depend on all bits of others (SplitMix64)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(31))
