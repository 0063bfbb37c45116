"""The graph that was really run: its depth, and the paths through it."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from convcost.analysis.analyze.depth import depth
from convcost.analysis.rf.layer_paths import layer_paths
from convcost.execution.verification.check import WHOLE, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.analysis.rf.layer_paths import Spread
    from convcost.execution.forward import Done
    from convcost.network import Layer, Network, Tensor

MOST_LENGTHS = 1024  # whose numbers have as many bits: beyond, there is more to add up than to run


class _Behind(NamedTuple):
    """The graph between the inputs and a tensor: numbers of paths by their layers with macs, and by
    the blocks that they go through; and how many layers with weights the deepest path has."""

    lengths: Counter[int]
    blocks: Counter[int]
    deepest: int


class Graph:
    """Follows a run layer by layer; ``followed`` is whether its paths could all be counted."""

    def __init__(self, network: Network) -> None:
        start = _Behind(Counter({0: 1}), Counter({0: 1}), 0)
        self._behind: dict[Tensor, _Behind] = dict.fromkeys(network.inputs.values(), start)
        self._kept = network.edges.outputs
        self._order: list[tuple[Layer, bool]] = []  # layers that ran, and whether they end a block
        self.followed = True

    def ran(self, done: Done, macs: int, *, learned: bool) -> None:
        """A layer has run and accumulated so many products, with learned weights or without."""
        layer = done.layer
        sources = [self._behind[t] for t in layer.inputs if t in self._behind]
        if not sources or not self.followed:
            return
        block = _block(sources) if layer.op.sums_inputs else None
        lengths, blocks = Counter[int](), Counter[int]()
        for number, source in enumerate(sources):
            for into, added, extra in (
                (lengths, source.lengths, macs > 0),
                (blocks, source.blocks, number == block),
            ):
                for length, paths in added.items():
                    into[length + extra] += paths
        weighted = macs > 0 and (learned or len(sources) < len(layer.inputs))
        deepest = max(source.deepest for source in sources) + weighted
        self.followed = len(lengths) <= MOST_LENGTHS
        made = _Behind(lengths, blocks, deepest)
        self._behind |= dict.fromkeys(layer.outputs, made)
        self._order.append((layer, block is not None))
        for tensor in {*done.ending} - self._kept:
            self._behind.pop(tensor, None)

    def checks(self, analysis: Analysis) -> Iterator[Check]:
        """Depth, and of each output how many paths lead to it and how long they are."""
        outputs = analysis.network.outputs
        reached = [self._behind[t] for t in outputs.values() if t in self._behind]
        deepest = max((behind.deepest for behind in reached), default=0)
        yield Check(WHOLE, "depth", depth(analysis), deepest)
        for name, tensor in outputs.items():
            formula, behind = layer_paths(analysis.network, tensor), self._behind.get(tensor)
            if formula is None and behind is None:
                continue
            lengths = None if behind is None else behind.lengths
            blocks = None if behind is None else behind.blocks
            residual = None if behind is None else self._residual(tensor)
            yield Check(
                name, "paths", formula and formula.lengths.paths, lengths and lengths.total()
            )
            yield Check(
                name, "layers on paths", formula and _stated(formula.lengths), _found(lengths)
            )
            yield Check(name, "residual blocks", formula and formula.residual, residual)
            yield Check(
                name, "blocks on paths", formula and _stated(formula.blocks), _found(blocks)
            )

    def _residual(self, tensor: Tensor) -> int:
        """The number of blocks that end before a tensor."""
        wanted, found = {tensor}, 0
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


def _stated(spread: Spread) -> str:
    numbers = {n: paths for n, paths in enumerate(spread.counts, spread.first) if paths}
    return _text(numbers, spread.mean * spread.paths, spread.middle())


def _found(numbers: Counter[int] | None) -> str | None:
    """As the figures of paths are printed: the lengths between which 95 % are, so that at most
    2.5 % are beyond on either side."""
    if numbers is None:
        return None
    lengths = range(min(numbers), max(numbers) + 1)
    few = numbers.total() * 5 // 200
    shorter = [0, *accumulate(numbers[n] for n in lengths)]
    low = max(n for n, before in zip(lengths, shorter, strict=False) if before <= few)
    high = min(n for n, upto in zip(lengths, shorter[1:], strict=True) if shorter[-1] - upto <= few)
    total = sum(n * paths for n, paths in numbers.items())
    return _text(dict(sorted(numbers.items())), total, (low, high))


def _text(numbers: Mapping[int, int], total: object, middle: tuple[int, int]) -> str:
    """Few numbers one by one, of many what they come to."""
    ends = f"{min(numbers)}..{max(numbers)}, 95 % {middle[0]}..{middle[1]}"
    each = ", ".join(f"{n}: {paths:,}" for n, paths in numbers.items())
    shown = each if len(each) < 60 else f"checksum {crc32(each.encode()):x}"
    return f"{ends}, in all {total} ({shown})"
