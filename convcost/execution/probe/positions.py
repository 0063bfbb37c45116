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
    from collections.abc import Iterable, Sequence

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
    sights = views(thin)
    size = thin.inputs[axis[0]].shape[axis[1]]
    wanted: dict[Spot, frozenset[int]] = {}
    of: dict[Target, list[Spot]] = {}
    left_out: list[str] = []
    for target in each:
        tensor = thin.layers[target.layer].outputs[target.output]
        spots: list[Spot] = []
        here = target._replace(seen=sights[tensor][axis])
        for places in _looked_at(here, tensor):
            positions = positions_read(thin, tensor, places).get(axis, set[int]())
            if positions is not None:
                spot = Spot(target.layer, target.output, tuple(places.items()))
                wanted[spot] = frozenset(positions)
                spots.append(spot)
        if spots:
            of[target] = spots
        else:
            name = targets.name(target)
            left_out.append(
                f"the positions of {where(thin, axis)} that `{name}` reads: not followed"
            )
    single = _tried(wanted.values(), size)
    others = {read: [p for p in range(size) if p not in read] for read in {*wanted.values()}}
    probes = [*([position] for position in single), *others.values()]
    reached = Runs(thin, seed, targets.room).reached(axis, probes, list(wanted))
    column = {spot: number for number, spot in enumerate(wanted)}
    row = {read: number for number, read in enumerate(others, start=len(single))}
    measured: list[Measured] = []
    for target, spots in of.items():
        expected: list[str] = []
        seen: list[str] = []
        for spot in spots:
            read, hits = wanted[spot], reached[:, column[spot]]
            hit = {p for p, reaches in zip(single, hits, strict=False) if reaches}
            missed, astray = read.intersection(single) - hit, hit - read
            beyond = " and others" if others[read] and hits[row[read]] else ""
            expected.append(runs(read))
            seen.append(runs((read - missed) | astray) + beyond)
        undeformed = ", undeformed" if DATA_DEPENDENT in target.seen.field.flags else ""
        metric = f"reads of {where(thin, axis)}{undeformed}"
        measured.append(Measured(targets.name(target), metric, listed(expected), listed(seen)))
    return Probed(measured, left_out)


def _looked_at(target: Target, tensor: Tensor) -> list[dict[int, int]]:
    """Units that show all phases of a field. Where all units are said to read alike, also a single
    one: what all of them read together may be more than any of them does."""
    places = units_of(target, tensor)
    if target.seen.axes:
        return places
    return [*places, {axis: size // 2 for axis, size in enumerate(tensor.shape) if axis}]


def _tried(sets: Iterable[frozenset[int]], size: int) -> list[int]:
    """The positions that are tried one by one: all, or where they are many some all over, and the
    ends of each set."""
    if size <= MOST_PROBES:
        return list(range(size))
    spread = {(size - 1) * n // (MOST_PROBES - 1) for n in range(MOST_PROBES)}
    return sorted(spread.union(*((min(read), max(read)) for read in sets if read)))
