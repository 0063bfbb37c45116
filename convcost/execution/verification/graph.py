"""The graph that was really run: its depth, and the paths through it."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from convcost.analysis.analyze.depth import depth
from convcost.analysis.rf.layer_paths import Spread, paths_to
from convcost.execution.verification.check import WHOLE, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.rf.layer_paths import Lengths
    from convcost.execution.forward import Done
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

MOST_ADDED = 2**22  # numbers of paths: beyond, there is more to add up than to run
MOST_BITS = 4096  # of an int that is printed: Python prints none of more than 4,300 digits
SHORT = 60  # letters of numbers that are shown one by one


class _Behind(NamedTuple):
    """The graph between the inputs and a tensor: numbers of paths by their layers with macs, and by
    the blocks that they go through; and how many layers with weights the deepest path has."""

    lengths: Counter[int]
    blocks: Counter[int]
    deepest: int


class Graph:
    """Follows a run layer by layer, as long as few numbers of paths are added up."""

    def __init__(self, network: Network) -> None:
        start = _Behind(Counter({0: 1}), Counter({0: 1}), 0)
        self._behind: dict[Tensor, _Behind] = dict.fromkeys(network.inputs.values(), start)
        self._kept = network.edges.outputs
        self._order: list[tuple[Layer, bool]] = []  # layers that ran, and whether they end a block
        self.left = MOST_ADDED

    @property
    def followed(self) -> bool:
        """Whether its paths could all be counted."""
        return self.left > 0

    def ran(self, done: Done, macs: int, *, learned: bool) -> None:
        """A layer has run and accumulated so many products, with learned weights or without."""
        layer = done.layer
        sources = [self._behind[t] for t in layer.inputs if t in self._behind]
        if not sources or not self.followed:
            return
        block = _block(sources) if layer.op.sums_inputs else None
        lengths = self._joined([(source.lengths, macs > 0) for source in sources])
        blocks = self._joined([(s.blocks, number == block) for number, s in enumerate(sources)])
        weighted = macs > 0 and (learned or len(sources) < len(layer.inputs))
        deepest = max(source.deepest for source in sources) + weighted
        made = _Behind(lengths, blocks, deepest)
        self._behind |= dict.fromkeys(layer.outputs, made)
        self._order.append((layer, block is not None))
        for tensor in {*done.ending} - self._kept:
            self._behind.pop(tensor, None)

    def _joined(self, several: Sequence[tuple[Counter[int], bool]]) -> Counter[int]:
        """The numbers of several ways together, some of them one longer."""
        if len(several) == 1 and not several[0][1]:
            return several[0][0]
        found = Counter[int]()
        for added, extra in several:
            self.left -= len(added)
            for length, paths in added.items():
                found[length + extra] += paths
        return found

    def checks(self, analysis: Analysis) -> Iterator[Check]:
        """Depth, and of each output how many paths lead to it and how long they are."""
        outputs = analysis.network.outputs
        reached = [self._behind[t] for t in outputs.values() if t in self._behind]
        deepest = max((behind.deepest for behind in reached), default=0)
        yield Check(WHOLE, "depth", depth(analysis), deepest)
        formulas = paths_to(analysis.network, outputs.values())
        for name, tensor in outputs.items():
            formula, behind = formulas.get(tensor), self._behind.get(tensor)
            if formula is None and behind is None:
                continue
            lengths = None if behind is None else behind.lengths
            blocks = None if behind is None else behind.blocks
            residual = None if behind is None else self._residual(tensor)
            paths = formula and _number(formula.lengths.paths), lengths and _number(lengths.total())
            yield Check(name, "paths", *paths)
            yield _check(name, "layers on paths", formula and formula.lengths, lengths)
            yield Check(name, "residual blocks", formula and formula.residual, residual)
            yield _check(name, "blocks on paths", formula and formula.blocks, blocks)

    def _residual(self, tensor: Tensor) -> int:
        """The number of blocks that end before a tensor."""
        wanted, found = {tensor}, 0
        if not any(ends for _, ends in self._order):
            return 0
        for layer, ends in reversed(self._order):
            if not wanted.isdisjoint(layer.outputs):
                wanted.update(layer.inputs)
                found += ends
        return found


def _block(sources: Sequence[_Behind]) -> int | None:
    """The number of the summand that came through more layers with macs than all others."""
    longest = [max(source.lengths) for source in sources]
    first, *others = sorted(longest, reverse=True)
    return longest.index(first) if others and others[0] < first else None


def _check(name: str, metric: str, stated: Lengths | None, found: Counter[int] | None) -> Check:
    """Lengths as they are printed: those of most paths, or where they are not told apart, sums."""
    if stated is None or isinstance(stated, Spread):
        return Check(name, metric, stated and _stated(stated), found and _found(found))
    sums = None
    if found is not None:
        of_all, of_squares = (sum(n**power * found[n] for n in found) for power in (1, 2))
        sums = (min(found), max(found), found.total(), of_all, of_squares)
    return Check(name, metric, _sums(stated), sums and _sums(sums))


def _number(count: int) -> int | str:
    """A number of paths; one that is too long to be read by its bits and a checksum."""
    bits = count.bit_length()
    return count if bits < MOST_BITS else f"{bits} bits, checksum {crc32(hex(count).encode()):x}"


def _sums(found: tuple[int, int, int, int, int]) -> str:
    first, last, *sums = found
    return f"{first}..{last}, in all {', '.join(map(str, map(_number, sums)))}"


def _stated(spread: Spread) -> str:
    numbers = {n: paths for n, paths in enumerate(spread.counts, spread.first) if paths}
    return _text(numbers, spread.sums.of_all, spread.middle())


def _found(numbers: Counter[int]) -> str:
    """As the figures of paths are printed: the lengths between which 95 % are, so that at most
    2.5 % are beyond on either side."""
    lengths = range(min(numbers), max(numbers) + 1)
    few = numbers.total() * 5 // 200
    shorter = [0, *accumulate(numbers[n] for n in lengths)]
    low = max(n for n, before in zip(lengths, shorter, strict=False) if before <= few)
    high = min(n for n, upto in zip(lengths, shorter[1:], strict=True) if shorter[-1] - upto <= few)
    total = sum(n * paths for n, paths in numbers.items())
    return _text(dict(sorted(numbers.items())), total, (low, high))


def _text(numbers: Mapping[int, int], total: int, middle: tuple[int, int]) -> str:
    """Few numbers one by one, of many what they come to."""
    ends = f"{min(numbers)}..{max(numbers)}, 95 % {middle[0]}..{middle[1]}"
    hexes = ", ".join(f"{n}: {paths:x}" for n, paths in numbers.items())
    shown = f"checksum {crc32(hexes.encode()):x}"
    if len(hexes) < SHORT:
        each = ", ".join(f"{n}: {paths:,}" for n, paths in numbers.items())
        shown = each if len(each) < SHORT else shown
    return f"{ends}, in all {_number(total)} ({shown})"
