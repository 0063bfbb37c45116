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


class Grid(NamedTuple):
    """All combinations of the values of axes, the last of which changes fastest; or, with
    ``sample``, so many of them, drawn one by one with a ``seed``, so that one may come twice."""

    axes: Sequence[Axis]
    sample: int | None = None
    seed: int = 0

    @property
    def number(self) -> int:
        """The number of candidates."""
        every = prod(len(axis.values) for axis in self.axes)
        return every if self.sample is None else self.sample

    def block(self, start: int) -> dict[str, Codes]:
        """The candidates from a number on, as many as a block has, or as are left."""
        stop = min(start + BLOCK, self.number)
        if self.sample is not None:
            drawn = np.random.default_rng((self.seed, start))
            return {
                axis.name: drawn.integers(len(axis.values), size=stop - start) for axis in self.axes
            }
        place = np.arange(start, stop, dtype=np.int64)
        codes: dict[str, Codes] = {}
        for axis in reversed(self.axes):
            place, codes[axis.name] = np.divmod(place, len(axis.values))
        return {axis.name: codes[axis.name] for axis in self.axes}

    def blocks(self, start: int = 0) -> Iterator[tuple[int, dict[str, Codes]]]:
        """All blocks from a candidate on, each with the number of its first."""
        for first in range(start, self.number, BLOCK):
            yield first, self.block(first)
