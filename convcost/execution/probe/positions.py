"""The positions that units really read, holes and clipping included.

What a unit should not read is tried all together, what it should read one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.rf.positions_read import positions_read
from convcost.analysis.rf.receptive_field import views
from convcost.applied import BrokenCondition
from convcost.execution.probe.rows import Measured, Probed, listed, runs, where
from convcost.execution.probe.run import NoRoom, Runs, Spot
from convcost.execution.probe.stretch import narrower, same_fields, stretched
from convcost.execution.probe.targets import units_of
from convcost.execution.transform import rebuilt
from convcost.field import DATA_DEPENDENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from convcost.analysis.rf.seen import Axis
    from convcost.execution.probe.targets import Target, Targets
    from convcost.network import Network
    from convcost.tensor import Tensor

MOST_PROBES = 48  # positions tried one by one: all where there are no more, else spread


def read_positions(targets: Targets, seed: int) -> Probed:
    """The positions that units of each target read."""
    if not targets.each:
        return Probed([], [])
    measured: list[Measured] = []
    left_out: list[str] = []
    for axis in dict.fromkeys(target.axis for target in targets.each):
        along = [target for target in targets.each if target.axis == axis]
        try:
            found = _along(targets, axis, along, seed)
        except NoRoom as error:
            place = where(targets.network, axis)
            left_out.append(f"the positions of {place} that units read: {error}")
            continue
        measured += found.measured
        left_out += found.left_out
    return Probed(measured, left_out)


def _narrowed(thin: Network, axis: Axis, each: Sequence[Target]) -> Network:
    """The network with fewer positions along the other axes, where fields stay as they are."""
    for shapes in narrower(thin, axis, thin.inputs[axis[0]].shape[axis[1]]):
        try:
            found = rebuilt(thin, shapes=shapes, op=stretched)
        except BrokenCondition:
            continue
        if same_fields(thin, found, each):
            return found
    return thin


def _along(targets: Targets, axis: Axis, each: Sequence[Target], seed: int) -> Probed:
    thin = _narrowed(targets.thin, axis, each)
    place = where(thin, axis)
    wanted = _wanted(thin, axis, each)
    left_out = [
        f"the positions of {place} that `{targets.name(target)}` reads: not followed"
        for target, reads in wanted.items()
        if not reads
    ]
    tried = _Tried(thin, axis, {spot: read for of in wanted.values() for spot, read in of.items()})
    hits = tried.hits(Runs(thin, seed, targets.room))
    measured: list[Measured] = []
    for target, reads in wanted.items():
        if reads:
            undeformed = ", undeformed" if DATA_DEPENDENT in target.seen.field.flags else ""
            expected = [runs(read) for read in reads.values()]
            seen = [tried.seen(spot, hits[spot]) for spot in reads]
            metric = f"reads of {place}{undeformed}"
            measured.append(Measured(targets.name(target), metric, listed(expected), listed(seen)))
    return Probed(measured, left_out)


def _wanted(
    thin: Network, axis: Axis, each: Sequence[Target]
) -> dict[Target, dict[Spot, frozenset[int]]]:
    """The positions that units of each target should read, as far as they can be followed."""
    sights = views(thin)
    found: dict[Target, dict[Spot, frozenset[int]]] = {}
    for target in each:
        tensor = thin.layers[target.layer].outputs[target.output]
        reads = found[target] = {}
        for places in _looked_at(target._replace(seen=sights[tensor][axis]), tensor):
            positions = positions_read(thin, tensor, places).get(axis, set[int]())
            if positions is not None:
                reads[Spot(target.layer, target.output, tuple(places.items()))] = frozenset(
                    positions
                )
    return found


class _Tried:
    """The positions that are tried for units that should ``read`` some: one by one, and for each
    set that is to be read all others of the axis at once."""

    def __init__(self, thin: Network, axis: Axis, read: Mapping[Spot, frozenset[int]]) -> None:
        self.axis = axis
        self.read = read
        size = thin.inputs[axis[0]].shape[axis[1]]
        self.single = _single(read.values(), size)
        self.others = {r: [p for p in range(size) if p not in r] for r in {*read.values()}}
        self.row = {r: number for number, r in enumerate(self.others, start=len(self.single))}

    def hits(self, of: Runs) -> dict[Spot, NDArray[np.bool_]]:
        """Whether each probe reaches each unit: the single positions, then the others."""
        probes = [*([position] for position in self.single), *self.others.values()]
        reached = of.reached(self.axis, probes, list(self.read))
        return {spot: reached[:, column] for column, spot in enumerate(self.read)}

    def seen(self, spot: Spot, hits: NDArray[np.bool_]) -> str:
        """The positions that a unit reads: what it should, but for what was found otherwise."""
        read = self.read[spot]
        hit = {p for p, reaches in zip(self.single, hits, strict=False) if reaches}
        missed, astray = read.intersection(self.single) - hit, hit - read
        beyond = " and others" if self.others[read] and hits[self.row[read]] else ""
        return runs((read - missed) | astray) + beyond


def _looked_at(target: Target, tensor: Tensor) -> list[dict[int, int]]:
    """Units that show all phases of a field. Where all units are said to read alike, also a single
    one: what all of them read together may be more than any of them does."""
    places = units_of(target, tensor)
    if target.seen.axes:
        return places
    return [*places, {axis: size // 2 for axis, size in enumerate(tensor.shape) if axis}]


def _single(sets: Iterable[frozenset[int]], size: int) -> list[int]:
    """The positions that are tried one by one: all, or where they are many some all over, and the
    ends of each set."""
    if size <= MOST_PROBES:
        return list(range(size))
    spread = {(size - 1) * n // (MOST_PROBES - 1) for n in range(MOST_PROBES)}
    return sorted(spread.union(*((min(read), max(read)) for read in sets if read)))
