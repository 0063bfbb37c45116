"""Sizes, strides and starts as they are printed: unclipped, so measured on a longer input."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.rf.positions_read import positions_read
from convcost.analysis.rf.receptive_field import views
from convcost.applied import BrokenCondition
from convcost.errors import plural
from convcost.execution.probe.rows import Measured, Probed, where
from convcost.execution.probe.run import NoRoom, Runs, Spot
from convcost.execution.probe.stretch import common_stride, narrower, same_fields, stretched
from convcost.execution.probe.targets import units_of
from convcost.execution.transform import rebuilt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.rf.seen import Axis
    from convcost.execution.probe.targets import Target, Targets
    from convcost.field import Field, Span
    from convcost.network import Network

MOST_ELEMENTS = 1 << 27  # of all tensors of a longer network, for a sample a target


class _Unit(NamedTuple):
    """A unit of a target on the longer network: where it is, its number along the field, and what
    it should read."""

    spot: Spot
    number: int
    span: Span | None


def sizes(targets: Targets, seed: int) -> Probed:
    """The sizes, strides and starts of each target that moves along its axis."""
    measured: list[Measured] = []
    left_out: list[str] = []
    for axis in dict.fromkeys(target.axis for target in targets.each):
        moving = [t for t in targets.each if t.axis == axis and t.seen.digits]
        try:
            found = _along(targets, axis, moving, seed)
        except NoRoom as error:
            place = where(targets.network, axis)
            left_out.append(f"the sizes of fields on {place}: {error}")
            continue
        measured += found.measured
        left_out += found.left_out
    return Probed(measured, left_out)


def _along(targets: Targets, axis: Axis, moving: Sequence[Target], seed: int) -> Probed:
    thin = targets.thin
    some, long = list(moving), None
    while some and long is None:
        long = _longer(thin, axis, some)
        if long is None:  # layers that a longer input does not suit come last
            del some[-max(1, len(some) // 8) :]
        elif len(kept := _affordable(targets, long, some)) < len(some):
            long = long if kept and kept[-1] is some[-1] else None  # a shorter one will do
            some = kept
    measured: list[Measured] = []
    apart = [target for target in moving if target not in some]
    if long is not None:
        units = {target: _units(long, target, axis) for target in some}
        apart += [target for target, inside in units.items() if not inside]
        measured = _measured(targets, long, axis, {t: u for t, u in units.items() if u}, seed)
    if not apart:
        return Probed(measured, [])
    names = [f"`{targets.name(target)}`" for target in apart[:2]]
    more = [f"and {plural(len(apart) - 2, 'more')}"] if len(apart) > 2 else []
    reason = "padding included, cannot be measured on a longer input"
    return Probed(
        measured, [f"the size on {where(thin, axis)} of {', '.join([*names, *more])}: {reason}"]
    )


def _affordable(targets: Targets, long: Network, some: list[Target]) -> list[Target]:
    """As many targets as there is time for: outputs first, and others spread over the rest."""
    made = (t for layer in long.layers for t in layer.outputs)
    elements = sum(prod(t.shape[1:]) for t in (*long.inputs.values(), *made))
    most = MOST_ELEMENTS // elements
    if len(some) <= most:
        return some
    outputs = targets.network.edges.outputs
    ends = [
        target
        for target in some
        if targets.network.layers[target.layer].outputs[target.output] in outputs
    ][:most]
    others = [target for target in some if target not in ends]
    room = most - len(ends)
    spread = {len(others) * n // room for n in range(room)} if room else set[int]()
    kept = {*ends, *(others[n] for n in spread)}
    if not kept:  # shallower ones may do
        return some[: len(some) // 2]
    return [target for target in some if target in kept]


def _longer(thin: Network, axis: Axis, some: Sequence[Target]) -> Network | None:
    """The network on an input so long that fields in the middle lie inside; None where its layers
    do not allow another length."""
    size = thin.inputs[axis[0]].shape[axis[1]]
    largest = 1
    for target in some:
        sizes = target.seen.field.sizes(target.seen.units)
        largest = max(largest, *sizes) if sizes else largest
    stride = common_stride(thin)
    longer = size + -(-2 * largest // stride) * stride
    layers = thin.layers[: max(target.layer for target in some) + 1]
    if all(_units(thin, target, axis) for target in some):
        longer = size  # nothing is clipped as it is
    for shapes in narrower(thin, axis, longer):
        try:
            long = rebuilt(thin, shapes=shapes, layers=layers, op=stretched)
        except BrokenCondition:
            continue
        if same_fields(thin, long, some):
            return long
    return None


def _units(long: Network, target: Target, axis: Axis) -> list[_Unit]:
    """Units in the middle of the longer network; none where the ends of one are not inside."""
    tensor = long.layers[target.layer].outputs[target.output]
    seen = views(long)[tensor][axis]
    size = long.inputs[axis[0]].shape[axis[1]]
    found: list[_Unit] = []
    for places in units_of(target._replace(seen=seen), tensor):
        number = seen.unit([places.get(a, 0) for a in range(len(tensor.shape))])
        span = seen.field.span(number)
        if span and not 0 < span[0] <= span[1] < size - 1:
            return []
        read = positions_read(long, tensor, places).get(axis, set[int]())
        if read is None or span != ((min(read), max(read)) if read else None):
            return []  # clipped on the way, by the padding of a layer in between
        found.append(_Unit(Spot(target.layer, target.output, tuple(places.items())), number, span))
    return found


def _measured(
    targets: Targets,
    long: Network,
    axis: Axis,
    units: Mapping[Target, list[_Unit]],
    seed: int,
) -> list[Measured]:
    runs = Runs(long, seed, targets.room)  # refuses what is too long to be listed
    size = long.inputs[axis[0]].shape[axis[1]]
    spans = {unit.span for several in units.values() for unit in several if unit.span}
    ends = sorted({end for span in spans for end in span})
    around = sorted(spans)
    outside = [[*range(low), *range(high + 1, size)] for low, high in around]
    everything = [list(range(size))]
    probes = [*([end] for end in ends), *outside, *everything]
    spots = [unit.spot for several in units.values() for unit in several]
    reached = runs.reached(axis, probes, spots)
    column = {spot: number for number, spot in enumerate(spots)}
    at = {end: number for number, end in enumerate(ends)}
    beyond = {span: number for number, span in enumerate(around, start=len(ends))}
    result: list[Measured] = []
    for target, several in units.items():
        seen: list[Span | str | None] = []
        for unit in several:
            hits = reached[:, column[unit.spot]]
            if unit.span is None:
                seen.append("something" if hits[-1] else None)
                continue
            inside = [end for end in unit.span if hits[at[end]]]
            whole = not hits[beyond[unit.span]]
            seen.append((min(inside), max(inside)) if inside and whole else "others")
        tensor = long.layers[target.layer].outputs[target.output]
        field = views(long)[tensor][axis].field
        result += _rows(targets, target, field, several, seen)
    return result


def _rows(
    targets: Targets,
    target: Target,
    field: Field,
    units: Sequence[_Unit],
    seen: Sequence[Span | str | None],
) -> list[Measured]:
    """``field``: as it is on the longer input."""
    printed = targets.printed(target)
    name, place = targets.name(target), where(targets.thin, target.axis)
    lengths = {
        str(span) if isinstance(span, str) else str(span[1] - span[0] + 1 if span else 0)
        for span in seen
    }
    expected = {str(size) for size in printed.sizes}
    if lengths < expected and len(units) < target.seen.units:  # a part of the phases
        expected &= lengths
    rows = [Measured(name, f"field on {place}", _several(expected), _several(lengths))]
    starts = _stride(field, units, seen)
    if starts is not None:
        stride, start = starts
        rows.append(Measured(name, f"stride on {place}", str(printed.stride), str(stride)))
        rows.append(Measured(name, f"start on {place}", str(printed.start), str(start)))
    return rows


def _several(texts: set[str]) -> str:
    return ", ".join(sorted(texts, key=lambda text: (len(text), text)))


def _stride(
    field: Field, units: Sequence[_Unit], seen: Sequence[Span | str | None]
) -> tuple[Fraction, int] | None:
    """The measured stride, and where unit 0 would begin; None where two units a period apart were
    not seen to read anything, or the field is not one map that goes on: a table has no stride, and
    on a longer input another one."""
    if len(field.maps) != 1 or field.fixed or field.maps[0].bounded:
        return None
    period = field.maps[0].period
    spans = {
        unit.number: span
        for unit, span in zip(units, seen, strict=True)
        if span is not None and not isinstance(span, str)
    }
    for number, span in spans.items():
        if number % period == 0 and number + period in spans:
            by = spans[number + period][0] - span[0]
            return Fraction(by, period), span[0] - by * (number // period)
    return None
