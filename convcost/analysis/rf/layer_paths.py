"""Paths through the layers of a network: how many, and how long.

A network of n residual blocks is 2^n paths, whose lengths in blocks are binomial: Veit, Wilber and
Belongie, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks", 2016, arXiv
1605.06431. Counted here over the graph itself, whatever its joins: each tensor has as many paths as
its layer's inputs together. The length of a path is the number of its layers that have MACs
(convolutions and linear layers), so a block of two convolutions adds two, and a projecting shortcut
one.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from convcost import arguments

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

MOST_COUNTED = 2**22
"""Numbers of paths that are added up one length at a time, those of more than 256 bits counted for
each 256. A residual network of n blocks needs n^2 of them, and more where they are long; beyond,
lengths are followed by their sums alone."""


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
        return self.sums.mean

    @property
    def sums(self) -> Sums:
        """The moments that remain when lengths are no longer told apart."""
        counts = list(enumerate(self.counts, start=self.first))
        of_all, of_squares = sum(i * n for i, n in counts), sum(i * i * n for i, n in counts)
        return Sums(self.first, self.last, self.paths, of_all, of_squares)

    def longer(self, by: int) -> Spread:
        """The same paths, each longer."""
        return self._replace(first=self.first + by)

    def middle(self, percent: int = 95) -> tuple[int, int]:
        """Lengths between which so many paths are: of the others at most half are shorter, and at
        most half longer.

        Raises:
            ConvcostError: ``percent`` is none from 0 to 100.
            TypeError: it is not a number.
        """
        percent = arguments.whole("percent", percent, 0, 100)
        low, high = (_beyond(counts, percent) for counts in (self.counts, self.counts[::-1]))
        return self.first + low, self.last - high


class Sums(NamedTuple):
    """Lengths of paths that are too many to be told apart: the least and the greatest, the number
    of paths, and the sums of all their lengths and of the squares of those. All are exact."""

    first: int
    last: int
    paths: int
    of_all: int
    of_squares: int

    @property
    def mean(self) -> Fraction:
        """The average length."""
        return Fraction(self.of_all, self.paths)

    @property
    def deviation(self) -> Fraction:
        """The standard deviation of the lengths, to a hundredth."""
        spread = self.paths * self.of_squares - self.of_all**2
        return Fraction(isqrt(10_000 * spread // self.paths**2), 100)

    @property
    def sums(self) -> Sums:
        """Itself, as of a Spread."""
        return self

    def longer(self, by: int) -> Sums:
        """The same paths, each longer."""
        of_squares = self.of_squares + by * (2 * self.of_all + by * self.paths)
        of_all = self.of_all + by * self.paths
        return Sums(self.first + by, self.last + by, self.paths, of_all, of_squares)


Lengths: TypeAlias = Spread | Sums
"""Numbers of paths by length, or what is known of many lengths together."""


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

    lengths: Lengths
    blocks: Lengths
    residual: int


def layer_paths(network: Network, target: Tensor) -> Paths | None:
    """The paths to a tensor; None where none leads there from an input."""
    return paths_to(network, (target,)).get(target)


def paths_to(network: Network, targets: Collection[Tensor]) -> Mapping[Tensor, Paths]:
    """The paths to each of some tensors that an input leads to.

    The sums are of as many bits as there are additions on the way, and one bit for each of those
    says whether it lies behind a tensor. What no later layer reads is let go.
    """
    one = Spread(0, (1,))
    behind = dict.fromkeys(network.inputs.values(), _Behind(one, one, 0))
    reads = Counter(network.edges.reads) + Counter(targets)
    counting = _Counting()
    for layer in network.layers:
        sources = [behind[tensor] for tensor in layer.inputs if tensor in behind]
        if sources:
            behind |= dict.fromkeys(layer.outputs, counting.through(layer, sources))
        for tensor in layer.inputs:
            reads[tensor] -= 1
            if not reads[tensor]:
                behind.pop(tensor, None)
    return {target: behind[target].paths for target in targets if target in behind}


class _Behind(NamedTuple):
    """The paths to a tensor; a bit of ``additions`` for each residual block behind it."""

    lengths: Lengths
    blocks: Lengths
    additions: int

    @property
    def paths(self) -> Paths:
        return Paths(self.lengths, self.blocks, self.additions.bit_count())


class _Counting:
    """Paths through one layer after the other."""

    def __init__(self) -> None:
        self.left = MOST_COUNTED
        self.additions = 0

    def through(self, layer: Layer, sources: Sequence[_Behind]) -> _Behind:
        """The paths to the outputs of a layer."""
        block = _residual(layer, [source.lengths.last for source in sources])
        lengths = self._sum([source.lengths for source in sources])
        if layer.op.macs(*layer.input_shapes) != 0:
            lengths = lengths.longer(1)
        blocks = [source.blocks for source in sources]
        additions = 0
        for source in sources:
            additions |= source.additions
        if block is not None:
            blocks[block] = blocks[block].longer(1)
            additions |= 1 << self.additions
            self.additions += 1
        return _Behind(lengths, self._sum(blocks), additions)

    def _sum(self, several: Sequence[Lengths]) -> Lengths:
        if len(several) == 1:
            return several[0]
        spreads = [one for one in several if isinstance(one, Spread)]
        if len(spreads) == len(several) and self._affords(spreads):
            return _added(spreads)
        first, last, *sums = zip(*(one.sums for one in several), strict=True)
        return Sums(min(first), max(last), *map(sum, sums))

    def _affords(self, several: Sequence[Spread]) -> bool:
        """Whether as many numbers may still be added up; they then are."""
        longest = max(max(spread.counts).bit_length() for spread in several)
        span = max(one.last for one in several) - min(one.first for one in several) + 1
        needed = (span + sum(len(spread.counts) for spread in several)) * (1 + longest // 256)
        if needed > self.left:
            return False
        self.left -= needed
        return True


def _residual(layer: Layer, longest: Sequence[int]) -> int | None:
    """The number of the input of an addition that is the block, if it is one around which others
    lead."""
    if not layer.op.sums_inputs or len(longest) < 2:
        return None
    most = max(longest)
    return longest.index(most) if longest.count(most) == 1 else None


def _added(spreads: Sequence[Spread]) -> Spread:
    first = min(spread.first for spread in spreads)
    counts = [0] * (max(spread.last for spread in spreads) - first + 1)
    for spread in spreads:
        for index, count in enumerate(spread.counts, start=spread.first - first):
            counts[index] += count
    return Spread(first, tuple(counts))
