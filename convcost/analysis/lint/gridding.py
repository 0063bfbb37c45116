"""CC101: stacks of dilated layers that leave holes in what they read.

A stack is all that acts on one map without changing its resolution. The positions that a unit
reads of that map are a set of ints, kept as the bits of one int: a window makes the union of
shifted copies. Wang et al., "Understanding Convolution for Semantic Segmentation", arXiv
1702.08502, section 3.2, has the problem and the remedy: rates whose windows leave no hole.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.lint.graph import Found, Graph, taps
from convcost.window import SAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.network import Layer, Tensor
    from convcost.ops.op import Reads

WIDEST = 1 << 14  # positions of a stack's field that are followed
MOST_LISTED = 8  # rates: of longer stacks one writes a cycle


class Touched(NamedTuple):
    """Positions that a unit reads along one axis: bit ``p`` of ``bits`` stands for ``low + p``."""

    low: int = 0
    bits: int = 1

    @property
    def width(self) -> int:
        """From the first position to the last."""
        return self.bits.bit_length()

    @property
    def holes(self) -> int:
        """Positions between the first and the last that are not read."""
        return self.width - self.bits.bit_count()

    def through(self, window: range) -> Touched:
        """What a unit reads whose window has these taps."""
        first = min(window)
        bits = 0
        for tap in window:
            bits |= self.bits << (tap - first)
        return Touched(self.low + first, bits)

    def joined(self, other: Touched) -> Touched:
        """What a unit reads that joins both."""
        low = min(self.low, other.low)
        return Touched(low, self.bits << (self.low - low) | other.bits << (other.low - low))


class Window(NamedTuple):
    """A layer of a stack whose windows have several taps: how many, and how far apart, an axis."""

    layer: Layer
    taps: tuple[int, ...]
    rates: tuple[int, ...]

    @property
    def dilated(self) -> bool:
        """Whether it leaves positions out."""
        return max(self.rates) > 1


class Stack(NamedTuple):
    """What led from the stack's map to a tensor: the map's ``id``, the positions read of it along
    each spatial axis, and the windows of the path with most dilated ones, as a linked list."""

    root: int
    touched: tuple[Touched, ...]
    windows: Linked | None = None
    dilated: int = 0


class Linked(NamedTuple):
    """A window and those before it."""

    window: Window
    before: Linked | None


def gridding(graph: Graph) -> Iterator[Found]:
    """Two or more dilated layers in a row that leave holes where their stack ends."""
    stacks: dict[int, Stack] = {}
    ends: dict[int, Stack] = {}
    for layer in graph.layers:
        stack = _through(layer, stacks)
        for tensor in layer.inputs:
            before = stacks.get(id(tensor))
            if stack is not None and before is not None and stack.root == before.root:
                ends.pop(id(tensor), None)
        for output in layer.outputs:
            stacks[id(output)] = stack or _begun(output)
            ends[id(output)] = stacks[id(output)]
    said: set[int] = set()
    for stack in ends.values():
        windows = _windows(stack)
        dilated = [window for window in windows if window.dilated]
        if stack.dilated >= 2 and id(dilated[-1].layer) not in said:
            said.add(id(dilated[-1].layer))
            yield from _judged(stack, windows, dilated[-1].layer)


def _begun(tensor: Tensor) -> Stack:
    return Stack(id(tensor), (Touched(),) * max(0, len(tensor.shape) - 2))


def _through(layer: Layer, stacks: dict[int, Stack]) -> Stack | None:
    """The stack of a layer's output; None where a new one begins."""
    result: Stack | None = None
    for tensor, reads in zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True):
        before = stacks.setdefault(id(tensor), _begun(tensor))
        windows = _moving(reads)
        if windows is None or len(windows) != len(layer.outputs[0].shape) - 2:
            if _alike(reads):
                continue  # a gate or a bias: all units read the same of it
            return None
        pairs = list(zip(before.touched, windows, strict=True))
        if not pairs or max(t.width + max(w) - min(w) for t, w in pairs) > WIDEST:
            return None
        touched = tuple(t.through(w) for t, w in pairs)
        own = Stack(before.root, touched, before.windows, before.dilated)
        if max(map(len, windows)) > 1 and "kernel_size" in vars(layer.op):
            window = Window(layer, tuple(map(len, windows)), tuple(abs(w.step) for w in windows))
            own = own._replace(
                windows=Linked(window, before.windows), dilated=before.dilated + window.dilated
            )
        if result is not None and result.root != own.root:
            return None
        result = own if result is None else _joined(result, own)
    return result


def _joined(a: Stack, b: Stack) -> Stack:
    more = a if a.dilated >= b.dilated else b
    touched = tuple(x.joined(y) for x, y in zip(a.touched, b.touched, strict=True))
    return more._replace(touched=touched)


def _moving(reads: Sequence[Reads]) -> list[range] | None:
    """The taps along each spatial axis of windows that move by 1; None for anything else."""
    windows: list[range] = []
    for axis, how in enumerate(reads[2:], start=2):
        if how.axis != axis or how.step is None or how.deformed:
            return None
        if how.step.period != 1 or how.step.shift != 1 or not taps(how.step):
            return None
        windows.append(taps(how.step))
    return windows


def _alike(reads: Sequence[Reads]) -> bool:
    """Whether no unit reads another place along any spatial axis than the others."""
    return all(
        how.axis is None or (how.step is not None and how.step is not SAME and not how.step.shift)
        for how in reads[2:]
    )


def _windows(stack: Stack) -> list[Window]:
    found: list[Window] = []
    linked = stack.windows
    while linked is not None:
        found.append(linked.window)
        linked = linked.before
    return found[::-1]


def _judged(stack: Stack, windows: Sequence[Window], last: Layer) -> Iterator[Found]:
    holed = [axis for axis, touched in enumerate(stack.touched) if touched.holes]
    if not holed:
        return
    axis = holed[0]
    touched = stack.touched[axis]
    rates = [window.rates[axis] for window in windows if window.taps[axis] > 1]
    sizes = [window.taps[axis] for window in windows if window.taps[axis] > 1]
    common = gcd(*rates)
    lattice = f": {common} divides all rates, so neighbours share no position" if common > 1 else ""
    yield Found(
        f"the dilated stack that ends here (rates {by_comma(rates)}) reads "
        f"{touched.bits.bit_count():,} of the {touched.width:,} positions of its field{lattice}",
        _remedy(sizes, rates, touched.width),
        last,
    )


def _remedy(sizes: Sequence[int], rates: Sequence[int], field: int) -> str:
    size = sizes[0]
    better: Sequence[int] | None = None
    if len(set(sizes)) == 1 and len(rates) <= MOST_LISTED:
        better = hole_free_rates(size, len(rates), sum(rates))
    if better is None:
        return "rates that begin with 1 and have no common divisor, such as 1, 2, 3 over and over"
    width = 1 + sum(better) * (size - 1)
    same = f"the same field of {field}" if width == field else f"a field of {width}, not {field},"
    return f"rates {by_comma(better)} have {same} and leave no hole"


def hole_free_rates(size: int, layers: int, total: int) -> tuple[int, ...] | None:
    """Ascending rates of so many layers with ``size`` taps that leave no hole, and whose sum comes
    as near to ``total`` as it can without exceeding it; the largest of them as small as it can be.

    Ascending rates leave no hole if each is at most the width of what those before it read: a gap
    at the end of a larger step is never closed by still larger ones.
    """
    if size < 2 or total < layers:
        return None
    for largest in range(1, total + 1):
        rates = _ascending(size, layers, largest)
        if sum(rates) >= total or (largest > max(rates)):
            break
    else:
        rates = [1] * layers
    while sum(rates) > total:
        index = next(i for i in range(1, layers) if _may_shrink(rates, i, size))
        rates[index] -= 1
    return tuple(rates)


def _ascending(size: int, layers: int, largest: int) -> list[int]:
    rates: list[int] = []
    for _ in range(layers):
        rates.append(min(largest, 1 + sum(rates) * (size - 1)))
    return rates


def _may_shrink(rates: Sequence[int], index: int, size: int) -> bool:
    shrunk = [*rates]
    shrunk[index] -= 1
    if shrunk[index] < shrunk[index - 1]:
        return False
    return all(rate <= 1 + sum(shrunk[:i]) * (size - 1) for i, rate in enumerate(shrunk))


def by_comma(numbers: Sequence[int], most: int = 12) -> str:
    """Numbers as a sentence lists them; of many the first."""
    words = ", ".join(map(str, numbers[:most]))
    return f"{words} ..." if len(numbers) > most else words
