"""Stacks of dilated layers: whether they leave holes in what they read, and rates that would not.

A stack is a chain of windows of stride 1. What decides is the map of the positions that are really
read, since neither rule of :mod:`~convcost.analysis.rf.rates`, nor both, is the same as having no
holes.
"""

from __future__ import annotations

from itertools import combinations
from math import gcd, prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import at
from convcost.analysis.rf.position_paths import NoMap, PathMap, local_paths
from convcost.analysis.rf.positions_read import places_read
from convcost.analysis.rf.rates import Rates, distances, field_of, holes_of, repaired
from convcost.analysis.rf.receptive_field import views
from convcost.field import ends_of
from convcost.ops.fields import declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.rf.seen import Axis, View
    from convcost.network import Layer, Network
    from convcost.ops.op import Reads
    from convcost.tensor import Tensor


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
    """The chain with a layer on top of it; None where that is not a window of stride 1."""
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
