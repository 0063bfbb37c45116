"""Receptive fields through the whole graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.field import Field
from convcost.window import SAME, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.network import Layer, Network, Tensor
    from convcost.ops.op import Reads

Axis = tuple[str, int]
"""A spatial axis of a network's input: the input's name and the axis of its full shape."""


class Seen(NamedTuple):
    """What a tensor sees of one input axis: the axis of its own that moves along it (None where all
    units see alike) and the field of the units along that axis.

    Where the input axis was merged with others, ``spread`` has an item for each path to here: the
    axes that hold its positions by now. A layer that reads all of those reads the whole input axis,
    as a linear layer does over a flattened map, or attention over its tokens.
    """

    axis: int | None
    field: Field
    spread: frozenset[frozenset[int]] = frozenset()


View = dict[Axis, Seen]
"""What a tensor sees of each input axis that it sees anything of."""


class AxisField(NamedTuple):
    """The receptive field of a layer along one input axis, as it is reported.

    ``size`` is the largest of ``sizes`` (None where unknown), ``stride`` the input positions from
    one unit to the next (an int or ``"1/2"``), ``start`` the first position that unit 0 reads; all
    unclipped.
    """

    size: int | None
    sizes: tuple[int, ...]
    stride: int | str | None
    start: int | None
    flags: tuple[str, ...]


def views(network: Network) -> dict[int, View]:
    """What each tensor of the network sees, by the tensor's ``id``."""
    found: dict[int, View] = {}
    lengths: dict[Axis, int] = {}
    for name, tensor in network.inputs.items():
        axes = network.spatial_axes(name)
        itself = Field()
        found[id(tensor)] = {(name, axis): Seen(axis, itself) for axis in axes}
        lengths |= {(name, axis): tensor.shape[axis] for axis in axes}
    for layer in network.layers:
        view = _layer_view(layer, found, lengths)
        for output in layer.outputs:
            found[id(output)] = view
    return found


def _layer_view(layer: Layer, found: Mapping[int, View], lengths: Mapping[Axis, int]) -> View:
    result: View = {}
    made: dict[tuple[object, ...], Field] = {}  # height and width mostly share: each is made once
    for tensor, reads in zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True):
        for axis, seen in found[id(tensor)].items():
            if seen.axis is None:
                spread = frozenset(_places(axes, reads) for axes in seen.spread)
                now = seen._replace(spread=spread)
                if frozenset() in spread:
                    now = Seen(None, Field.whole(lengths[axis]))
            elif (read := reads[seen.axis]).merged:
                field = seen.field.flattened(tensor.shape[seen.axis])
                now = Seen(None, field, frozenset((frozenset(read.onto),)))
            elif read.axis is None:
                whole = Field.whole(lengths[axis])
                now = Seen(None, whole.deformed() if read.deformed else whole)
            else:
                key = (id(seen.field), read.step, read.deformed)
                if key not in made:
                    same = read.step is SAME
                    through = seen.field if same else seen.field.after(read.step)
                    made[key] = through.deformed() if read.deformed else through
                now = Seen(read.axis, made[key])
            result[axis] = _joined(result[axis], now, made) if axis in result else now
    return result


def _places(axes: frozenset[int], reads: Sequence[Reads]) -> frozenset[int]:
    """The output's axes that hold what axes of an input hold; none are left where each of those is
    read as a whole."""
    places: set[int] = set()
    for how in (reads[axis] for axis in axes):
        places.update(how.onto if how.axis is None else (how.axis,))
    return frozenset(places)


def _joined(a: Seen, b: Seen, made: dict[tuple[object, ...], Field]) -> Seen:
    if a.axis is not None and b.axis is not None and a.axis != b.axis:  # crosswise
        field = Field((), a.field.flags | b.field.flags).joined(Field(()))
        return Seen(None, field, frozenset((frozenset((a.axis,)), frozenset((b.axis,)))))
    key = (id(a.field), id(b.field))
    if key not in made:
        made[key] = a.field if a.field is b.field else a.field.joined(b.field)
    return Seen(b.axis if a.axis is None else a.axis, made[key], a.spread | b.spread)


def reports(tensor: Tensor, view: View) -> Mapping[str, Sequence[AxisField]]:
    """The field of a tensor along each axis of each input that it sees."""
    fields: dict[str, list[AxisField]] = {}
    made: dict[tuple[int, int], AxisField] = {}  # height and width mostly share: each is made once
    for (name, _), seen in view.items():
        units = 1 if seen.axis is None else tensor.shape[seen.axis]
        key = (id(seen.field), units)
        if key not in made:
            made[key] = _report(seen.field, units)
        fields.setdefault(name, []).append(made[key])
    return fields


def _report(field: Field, units: int) -> AxisField:
    sizes = tuple(field.sizes(units))
    first = field.span(0)
    return AxisField(
        size=max(sizes, default=None),
        sizes=sizes,
        stride=field.stride(),
        start=first and first[0],
        flags=tuple(sorted(field.flags)),
    )


def touched(network: Network, tensor: Tensor, units: Mapping[int, int]) -> dict[Axis, set[int]]:
    """The input positions that one unit really reads, clipped at every layer: holes are left out,
    and what would lie in padding.

    Args:
        network: the network.
        tensor: a tensor of it.
        units: position of the unit along each axis of the tensor; the whole axis where not given.

    Returns:
        Positions along each spatial axis of each input that is read.
    """
    needed: dict[int, list[range | set[int]]] = {
        id(tensor): [
            range(units[axis], units[axis] + 1) if axis in units else range(size)
            for axis, size in enumerate(tensor.shape)
        ]
    }
    for layer in reversed(network.layers):
        wanted = [needed.pop(id(output)) for output in layer.outputs if id(output) in needed]
        if not wanted:
            continue
        out = [_union(axes) for axes in zip(*wanted, strict=True)]
        for source, reads in zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True):
            read = [
                range(size)
                if how.axis is None or how.step is None
                else _read(how.step, out[how.axis], size)
                for how, size in zip(reads, source.shape, strict=True)
            ]
            if not (all(out) and all(read)):  # nothing along one axis is nothing at all
                read = [range(0)] * len(read)
            before = needed.get(id(source), read)
            needed[id(source)] = [_union(pair) for pair in zip(before, read, strict=True)]
    result: dict[Axis, set[int]] = {}
    for name, source in network.inputs.items():
        if id(source) in needed:
            axes = network.spatial_axes(name)
            result |= {(name, axis): set(needed[id(source)][axis]) for axis in axes}
    return result


def _union(parts: Sequence[range | set[int]]) -> range | set[int]:
    if all(part == parts[0] for part in parts):
        return parts[0]
    return set[int]().union(*parts)


def _read(step: Step, units: range | set[int], size: int) -> range | set[int]:
    """The positions below ``size`` that units read through a step."""
    if step is SAME:
        return units
    if isinstance(units, range) and units and step.period == 1:
        taps = step.reads[0]
        if (
            units.step == 1 and taps.step == 1 and len(taps) >= step.shift >= 0
        ):  # windows that touch
            first, last = units[0] * step.shift + taps[0], units[-1] * step.shift + taps[-1]
            return range(max(0, first), min(size, last + 1))
    found: set[int] = set()
    for unit in units:
        periods, phase = divmod(unit, step.period)
        moved = periods * step.shift
        found.update(p + moved for p in step.reads[phase] if 0 <= p + moved < size)
    return found
