"""Stacks of dilated layers: whether they leave holes in what they read, and rates that would not.

A stack is a chain of windows of stride 1. Its units read a lattice: sums of a tap of each layer.
Wang et al., "Understanding Convolution for Semantic Segmentation", 2017, arXiv 1702.08502, section
3.2, give two rules for kernels of K taps at rates ``r_1 .. r_n``: the largest distance between
positions read from layer i on is ``M_i = max(M_{i+1} - 2 r_i, 2 r_i - M_{i+1}, r_i)`` with
``M_n = r_n``, and M_2 shall be at most K; and the rates shall have no common divisor. Neither rule,
nor both, is the same as having no holes (rates 2, 3 pass both and have some; 1, 2, 5, 1, 2, 5 fail
one and have none), so what decides here is the map of the positions that are really read.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations, groupby
from math import gcd, prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import affords, at, memory, work
from convcost.analysis.rf.position_paths import NoMap, PathMap, local_paths
from convcost.analysis.rf.positions_read import places_read
from convcost.analysis.rf.receptive_field import views
from convcost.errors import plural
from convcost.field import ends_of
from convcost.ops.fields import declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.rf.seen import Axis, View
    from convcost.network import Layer, Network
    from convcost.ops.op import Reads
    from convcost.tensor import Tensor

MOST_TRIED = 20_000
"""Sets of rates looked at in search of one without holes."""
BITS_A_STEP = 2**16  # of a whole number that is shifted and added to another


DOING = "following a stack of dilated layers"


class Rates(NamedTuple):
    """The layers of a stack along some axes of what it reads, in order; those of one tap left out.

    ``distances`` are M_2 to M_n; None where the kernels differ, for which the rule is not meant, or
    where there is but one layer. ``repair`` is the smallest change of the rates (by the sum of
    differences) that leaves no holes and a field at least as large. It is None where there are no
    holes, where ``most`` positions, the product of the taps, are fewer than the field, or where the
    search ended before it found any.
    """

    axes: tuple[int, ...]
    taps: tuple[int, ...]
    rates: tuple[int, ...]
    distances: tuple[int, ...] | None
    divisor: int
    field: int
    holes: int
    most: int
    repair: tuple[int, ...] | None

    @property
    def remedy(self) -> str:
        """The remedy for holes, as a sentence."""
        if self.repair is not None:
            field = field_of(self.taps, self.repair)
            same = "the same field" if field == self.field else f"a field of {field}"
            return f"rates {shortened(self.repair)} leave no holes in {same}, and none nearer do"
        if self.most < self.field:
            same = len(set(self.taps)) == 1
            taps = f"{self.taps[0]} taps" if same else "these taps"
            layers = plural(len(self.taps), "layer")
            read = "reads" if len(self.taps) == 1 else "read"
            return (
                f"no rates would fill it: {layers} of {taps} {read} at most {self.most} positions, "
                f"and the field has {self.field}"
            )
        return "no rates that fill it were found"


class Stack(NamedTuple):
    """Dilated layers on top of each other at stride 1, from the tensor that they read to the last
    that they make.

    ``layers`` are the names of all, ``dilated`` those of a rate above 1. ``maps`` are what one unit
    reads along each pair of axes (or along the only one), all branches included. ``alone`` says
    that it is what the layers of ``rates`` read, so that branches beside them add nothing.
    ``without`` is the reason if there are no maps. ``on_input`` says along each axis of the
    network's inputs how many positions one unit in the middle reads, and how many there are from
    the first to the last; nothing where such an input is the tensor that they read.
    """

    layers: tuple[str, ...]
    dilated: tuple[Layer, ...]
    start: Tensor
    end: Tensor
    rates: tuple[Rates, ...]
    maps: tuple[PathMap, ...]
    alone: bool
    without: str
    on_input: Mapping[Axis, tuple[int, int]]

    @property
    def holes(self) -> bool:
        """Whether one unit leaves out positions between others that it reads."""
        if self.maps:
            return any(found.holes for found in self.maps)
        return any(along.holes for along in self.rates)

    def read_along(self, axis: int) -> tuple[int, int]:
        """Positions along an axis that one unit reads, wherever along the others, and all from the
        first to the last."""
        for found in self.maps:
            if axis in found.axes:
                return found.touched_along(axis), found.sizes[found.axes.index(axis)]
        along = next(along for along in self.rates if axis in along.axes)
        return along.field - along.holes, along.field


class _Link(NamedTuple):
    """A layer of a chain, its taps along each axis, and the chain below it."""

    layer: Layer
    taps: tuple[range, ...]
    below: _Link | None


class _Chain(NamedTuple):
    """Windows of stride 1 from a tensor on, by the path that reaches furthest."""

    start: Tensor
    start_axes: tuple[int, ...]
    axes: tuple[int, ...]  # where they are by now
    top: _Link | None = None
    reach: int = 0


def stacks(network: Network) -> list[Stack]:
    """The stacks of a network that have a layer of a rate above 1, in the order of their ends."""
    seen = views(network)
    chains: dict[Tensor, _Chain] = {}
    for name, tensor in network.inputs.items():
        axes = tuple(network.spatial_axes(name))
        chains[tensor] = _Chain(tensor, axes, axes)
    ends: dict[Tensor, _Chain] = {}
    for layer in network.layers:
        ways: list[tuple[Tensor, _Chain]] = []
        for tensor, reads in zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True):
            chain = _longer(chains[tensor], layer, reads)
            if chain is not None:
                ways.append((tensor, chain))
        best = max((chain for _, chain in ways), key=lambda chain: chain.reach, default=None)
        for output in layer.outputs:
            chain = best or _fresh(output, seen[output])
            chains[output] = chain
            if chain.top is not None:
                ends[output] = chain
        for tensor, chain in ways:  # shorter ones from the same tensor are part of what is joined
            if best is not None and chain.start is best.start:
                ends.pop(tensor, None)
    tops = {chain.top.layer: (chain, end) for end, chain in ends.items() if chain.top}
    found: list[Stack] = []
    for layer, (chain, end) in tops.items():
        if any(map(_dilates, _links(chain))):
            with at(layer):
                found.append(_stack(network, chain, end))
    return found


def _fresh(tensor: Tensor, view: View) -> _Chain:
    along = {seen.along(tensor.shape) for seen in view.values()}
    axes = tuple(sorted(axis for axis in along if axis is not None))
    return _Chain(tensor, axes, axes)


def _longer(chain: _Chain, layer: Layer, reads: Sequence[Reads]) -> _Chain | None:
    """The chain with a layer on top of it; None where that is no window of stride 1."""
    taps: list[range] = []
    axes: list[int] = []
    for axis in chain.axes:
        how = reads[axis]
        if how.whole or how.axis is None or how.step is None or how.deformed:
            return None
        window = how.step.reads[0]
        if (how.step.period, how.step.shift, how.step.size) != (1, 1, None):
            return None
        axes.append(how.axis)
        assert isinstance(window, range)  # of a period of 1
        taps.append(window)
    if not axes:
        return None
    moved = chain._replace(axes=tuple(axes))
    if all(len(t) == 1 for t in taps):
        return moved
    reach = chain.reach + sum(t[-1] - t[0] for t in taps)
    return moved._replace(top=_Link(layer, tuple(taps), chain.top), reach=reach)


def _links(chain: _Chain) -> list[_Link]:
    found: list[_Link] = []
    link = chain.top
    while link is not None:
        found.append(link)
        link = link.below
    return found[::-1]


def _dilates(link: _Link) -> bool:
    return any(len(taps) > 1 and taps.step > 1 for taps in link.taps)


def _stack(network: Network, chain: _Chain, end: Tensor) -> Stack:
    links = _links(chain)
    along = [_rates(axis, number, links) for number, axis in enumerate(chain.start_axes)]
    unit = [size // 2 for size in end.shape]
    maps: list[PathMap] = []
    without = ""
    try:
        for pair in combinations(chain.start_axes, min(2, len(chain.start_axes))):
            maps.append(local_paths(network, end, unit, chain.start, pair))
    except NoMap as error:
        maps, without = [], str(error)
    read = {one.axes[0]: one.field - one.holes for one in along}
    alone = all(found.touched == prod(read[axis] for axis in found.axes) for found in maps)
    on_input: dict[Axis, tuple[int, int]] = {}
    if all(chain.start is not tensor for tensor in network.inputs.values()):
        for axis, positions in places_read(network, end, dict(enumerate(unit))).items():
            ends = ends_of(positions) if positions else None
            if positions and ends:
                on_input[axis] = (len(positions), ends[1] - ends[0] + 1)
    return Stack(
        layers=tuple(link.layer.name for link in links),
        dilated=tuple(link.layer for link in links if _dilates(link)),
        start=chain.start,
        end=end,
        rates=tuple(_together(along)),
        maps=tuple(maps),
        alone=alone,
        without=without,
        on_input=on_input,
    )


def _together(along: Sequence[Rates]) -> Iterator[Rates]:
    """One item for all axes that agree; none for axes along which nothing is dilated."""
    groups: dict[tuple[object, ...], list[Rates]] = {}
    for one in along:
        if any(rate > 1 for rate in one.rates):
            groups.setdefault((one.taps, one.rates), []).append(one)
    for same in groups.values():
        yield same[0]._replace(axes=tuple(axis for one in same for axis in one.axes))


def _rates(axis: int, number: int, links: Sequence[_Link]) -> Rates:
    windows = [(link.layer, link.taps[number]) for link in links if len(link.taps[number]) > 1]
    taps = tuple(len(window) for _, window in windows)
    rates = tuple(abs(window.step) for _, window in windows)
    holes = holes_of(taps, rates)
    most = prod(taps)
    repair: tuple[int, ...] | None = None
    if holes and most >= field_of(taps, rates):
        free = ["dilation" in declared(type(layer.op)) for layer, _ in windows]
        repair = repaired(taps, rates, free)
    return Rates(
        axes=(axis,),
        taps=taps,
        rates=rates,
        distances=distances(rates) if len(rates) > 1 and len(set(taps)) == 1 else None,
        divisor=gcd(*rates),
        field=field_of(taps, rates),
        holes=holes,
        most=most,
        repair=repair,
    )


def shortened(rates: Sequence[int]) -> str:
    """Rates as a sentence lists them, runs of the same one counted: ``1, 2 x23``."""
    parts: list[str] = []
    for rate, run in groupby(rates):
        times = len(list(run))
        parts += [f"{rate} x{times}"] if times > 3 else [str(rate)] * times
    return ", ".join(parts)


def distances(rates: Sequence[int]) -> tuple[int, ...]:
    """M_2 to M_n of at least two rates (Wang et al. 2017, equation 2)."""
    found = [rates[-1]]
    for rate in rates[-2:0:-1]:
        found.append(max(found[-1] - 2 * rate, 2 * rate - found[-1], rate))
    return tuple(found[::-1])


def field_of(taps: Sequence[int], rates: Sequence[int]) -> int:
    """Positions from the first to the last that a stack reads along an axis."""
    return 1 + sum(rate * (n - 1) for n, rate in zip(taps, rates, strict=True))


def holes_of(taps: Sequence[int], rates: Sequence[int]) -> int:
    """Positions in between that a stack does not read along an axis, whatever its order."""
    steps = Counter[int]()
    for number, rate in zip(taps, rates, strict=True):
        steps[rate] += number - 1
    return field_of(taps, rates) - _read(steps)


def _read(steps: Mapping[int, int]) -> int:
    """The number of positions that layers read together which have so many taps besides their
    first at each rate. Layers of one rate are as one, whatever their number."""
    rates = sorted(rate for rate, more in steps.items() if more)
    divisor = gcd(*rates) or 1
    dense = 1  # positions read one beside the other
    while rates and rates[0] // divisor <= dense:
        rate = rates.pop(0)
        dense += rate // divisor * steps[rate]
    if not rates:
        return dense
    field = dense + sum(rate // divisor * steps[rate] for rate in rates)
    memory(field // 4, DOING)
    work(_work({rate: steps[rate] for rate in rates}), DOING)
    read = (1 << dense) - 1  # bit p: whether position p is read
    for rate in rates:
        left, apart = steps[rate], rate // divisor
        while left:  # as many taps more as there are, or as all that are left
            more = min(left, steps[rate] - left + 1)
            read |= read << more * apart
            left -= more
    return read.bit_count()


def _work(steps: Mapping[int, int]) -> int:
    """Steps of work to find out what is read, at most."""
    field = 1 + sum(rate * more for rate, more in steps.items())
    return len(steps) + field // BITS_A_STEP * sum(map(int.bit_length, steps.values()))


def repaired(
    taps: Sequence[int], rates: Sequence[int], free: Sequence[bool]
) -> tuple[int, ...] | None:
    """The rates nearest to given ones whose field is at least as large and has no holes.

    Near is the sum of differences; then come fewer changed layers, then a smaller field. Only rates
    that are ``free`` change. All nearer ones were tried; None after too many.
    """
    wanted = field_of(taps, rates)
    steps = Counter[int]()
    for number, rate in zip(taps, rates, strict=True):
        steps[rate] += number - 1
    known: dict[frozenset[tuple[int, int]], bool] = {}  # the order of layers does not matter
    tried = 0
    for distance in range(1, wanted + 1):
        best: tuple[int, int, tuple[int, ...]] | None = None
        for changes in _at(distance, rates, free):
            tried += 1
            if tried > MOST_TRIED or not affords(len(steps)):
                return None
            longer = sum((rate - rates[n]) * (taps[n] - 1) for n, rate in changes)
            rank = len(changes), wanted + longer
            if longer < 0 or (best is not None and rank > best[:2]):
                continue
            fills = _fills(steps, taps, rates, changes, known)
            if fills is None:
                return None
            if fills:
                other = list(rates)
                for n, rate in changes:
                    other[n] = rate
                one = (*rank, tuple(other))
                best = one if best is None else min(best, one)
        if best is not None:
            return best[2]
    return None


Changes = tuple[tuple[int, int], ...]
"""Numbers of layers, in order, and other rates for them."""


def _fills(
    steps: Mapping[int, int],
    taps: Sequence[int],
    rates: Sequence[int],
    changes: Changes,
    known: dict[frozenset[tuple[int, int]], bool],
) -> bool | None:
    """Whether there are no holes any more with some rates changed; None: that is too much work."""
    other = Counter(steps)
    for number, rate in changes:
        other[rates[number]] -= taps[number] - 1
        other[rate] += taps[number] - 1
    key = frozenset((rate, more) for rate, more in other.items() if more)
    if key not in known:
        if not affords(_work(dict(key))):
            return None
        field = 1 + sum(rate * more for rate, more in key)
        known[key] = field == _read(dict(key))
    return known[key]


def _at(
    distance: int, rates: Sequence[int], free: Sequence[bool], first: int = 0
) -> Iterator[Changes]:
    """All changes to rates of at least 1 whose differences have a sum, from a layer on."""
    for number in range(first, len(rates)):
        if not free[number]:
            continue
        for by in range(1, distance + 1):
            for rate in (rates[number] - by, rates[number] + by):
                if rate < 1:
                    continue
                if by == distance:
                    yield ((number, rate),)
                else:
                    for rest in _at(distance - by, rates, free, number + 1):
                        yield ((number, rate), *rest)
