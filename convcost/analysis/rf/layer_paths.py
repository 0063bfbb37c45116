"""Paths through the layers of a network: how many, and how long.

A network of n residual blocks is 2^n paths, whose lengths in blocks are binomial: Veit, Wilber and
Belongie, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks", 2016, arXiv
1605.06431. Counted here over the graph itself, whatever its joins: each tensor has as many paths as
its layer's inputs together. The length of a path is the number of its layers that have MACs
(convolutions and linear layers), so a block of two convolutions adds two, and a projecting shortcut
one.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcost import arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Layer, Network, Tensor


class Spread(NamedTuple):
    """Numbers of paths by length: ``counts[i]`` are ``first + i`` long. At least one path, and none
    of the counts at the ends is 0."""

    first: int
    counts: tuple[int, ...]

    @property
    def paths(self) -> int:
        """All of them."""
        return sum(self.counts)

    @property
    def last(self) -> int:
        """The greatest length."""
        return self.first + len(self.counts) - 1

    @property
    def mean(self) -> Fraction:
        """The average length."""
        return self.first + Fraction(sum(i * n for i, n in enumerate(self.counts)), self.paths)

    def middle(self, percent: int = 95) -> tuple[int, int]:
        """Lengths between which so many paths are: of the others at most half are shorter, and at
        most half longer.

        Raises:
            ConvcostError: ``percent`` is none from 0 to 100.
            TypeError: it is no number.
        """
        percent = arguments.whole("percent", percent, 0, 100)
        low, high = (_beyond(counts, percent) for counts in (self.counts, self.counts[::-1]))
        return self.first + low, self.last - high


def _beyond(counts: Sequence[int], percent: int) -> int:
    outside, total = 0, sum(counts)
    for index, count in enumerate(counts):
        outside += count
        if 200 * outside > (100 - percent) * total:
            return index
    return len(counts) - 1


class Paths(NamedTuple):
    """The paths from all inputs of a network to one of its tensors.

    ``lengths`` counts layers with MACs. ``blocks`` counts residual blocks that a path goes through,
    rather than around, of ``residual`` that there are: additions of which one input has been
    through more layers with MACs than all others.
    """

    lengths: Spread
    blocks: Spread
    residual: int


def layer_paths(network: Network, target: Tensor) -> Paths | None:
    """The paths to a tensor; None where none leads there from an input."""
    lengths: dict[Tensor, Spread] = {t: Spread(0, (1,)) for t in network.inputs.values()}
    blocks = dict(lengths)
    additions: set[Layer] = set()
    for layer in network.layers:
        sources = [tensor for tensor in layer.inputs if tensor in lengths]
        if not sources:
            continue
        through = _residual(layer, [lengths[tensor].last for tensor in sources])
        length = _sum([lengths[tensor] for tensor in sources])
        block = _sum(
            [_longer(blocks[tensor], int(index == through)) for index, tensor in enumerate(sources)]
        )
        length = _longer(length, int(layer.op.macs(*layer.input_shapes) != 0))
        for output in layer.outputs:
            lengths[output], blocks[output] = length, block
        if through is not None:
            additions.add(layer)
    if target not in lengths:
        return None
    residual = len(additions.intersection(network.edges.upstream(target)))
    return Paths(lengths[target], blocks[target], residual)


def _residual(layer: Layer, longest: Sequence[int]) -> int | None:
    """The number of the input of an addition that is the block, if it is one around which others
    lead."""
    if not layer.op.sums_inputs or len(longest) < 2:
        return None
    most = max(longest)
    return longest.index(most) if longest.count(most) == 1 else None


def _longer(spread: Spread, by: int) -> Spread:
    return spread._replace(first=spread.first + by) if by else spread


def _sum(spreads: Sequence[Spread]) -> Spread:
    if len(spreads) == 1:
        return spreads[0]
    first = min(spread.first for spread in spreads)
    counts = [0] * (max(spread.last for spread in spreads) - first + 1)
    for spread in spreads:
        for index, count in enumerate(spread.counts, start=spread.first - first):
            counts[index] += count
    return Spread(first, tuple(counts))
