"""The layers that are looked at, and the thin network on which that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.rf.receptive_field import reports, views
from convcost.applied import BrokenCondition
from convcost.errors import plural
from convcost.execution.probe.rows import where
from convcost.execution.transform import rebuilt, thinned
from convcost.field import DATA_DEPENDENT, GLOBAL, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.analysis.rf.seen import Axis, Seen, View
    from convcost.execution.probe.room import Room
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

THINNEST = 64  # channels are divided by at most this
MOST_FIELDS = 96  # different fields looked at, along all axes; outputs come besides
MOST_UNITS = 16  # units of one layer


class Target(NamedTuple):
    """A tensor whose field along an input axis is measured: the number of its layer, that of the
    output, and what it sees on the thin network."""

    layer: int
    output: int
    axis: Axis
    seen: Seen


class Targets(NamedTuple):
    """The network, a thin one with the same fields, what is measured of it, and what is not."""

    network: Network
    thin: Network
    each: Sequence[Target]
    left_out: Sequence[str]
    room: Room

    def name(self, target: Target) -> str:
        """The name of a target's layer."""
        return self.network.layers[target.layer].name

    def printed(self, target: Target) -> AxisField:
        """The field as it is printed."""
        seen = views(self.network)[self.network.layers[target.layer].outputs[target.output]]
        return field_along(seen, target.axis)


def field_along(view: View, axis: Axis) -> AxisField:
    """The reported field along one input axis."""
    along = [a for n, a in view if n == axis[0]]
    return reports(view)[axis[0]][along.index(axis[1])]


def targets_of(network: Network, named: Layer | None, room: Room) -> Targets:
    """Every output, the named layer, and each field on the way that is not yet among them."""
    seen = views(network)
    outputs = network.edges.outputs
    thin = _thin(network, seen)
    thin_seen = seen if thin is network else views(thin)
    each: list[Target] = []
    left_out: list[str] = []
    known: set[object] = set()
    skipped = 0
    for number, layer in enumerate(network.layers):
        for place, tensor in enumerate(layer.outputs):
            view = seen[tensor]
            asked = tensor in outputs or (layer is named and place == 0)
            for axis in view:
                field = field_along(view, axis)
                reason = _reason(field)
                if reason and asked:
                    left_out.append(
                        f"the field of `{layer.name}` on {where(network, axis)} {reason}"
                    )
                if reason or (not asked and (axis, field) in known):
                    continue
                if not asked and len(known) >= MOST_FIELDS:
                    skipped += 1
                    continue
                known.add((axis, field))
                thin_view = thin_seen[thin.layers[number].outputs[place]]
                each.append(Target(number, place, axis, thin_view[axis]))
    if skipped:
        left_out.append(
            f"the fields of {plural(skipped, 'layer')}, after the first {MOST_FIELDS} that differ"
        )
    return Targets(network, thin, each, left_out, room)


def _reason(field: AxisField) -> str:
    if UNKNOWN in field.flags:
        return "is not known"
    if DATA_DEPENDENT in field.flags and GLOBAL in field.flags:
        return "lies anywhere, as the data say"
    return ""


def _thin(network: Network, seen: Mapping[Tensor, View]) -> Network:
    """The network with few channels, where all fields stay as they are."""
    thin, _ = thinned(network, THINNEST)
    shapes: dict[str, tuple[int, ...]] = {}
    for name, tensor in thin.inputs.items():
        channels = tensor.shape[1:2] if 1 not in thin.spatial_axes(name) else ()
        fewer = tuple(max(1, n // THINNEST) if n > THINNEST else n for n in channels)
        shapes[name] = (*tensor.shape[:1], *fewer, *tensor.shape[1 + len(fewer) :])
    try:
        thinner = rebuilt(thin, shapes=shapes)
    except BrokenCondition:
        thinner = thin
    return next((one for one in (thinner, thin) if _alike(network, seen, one)), network)


def _alike(network: Network, seen: Mapping[Tensor, View], other: Network) -> bool:
    """Whether a network of the same layers has the same fields."""
    made = views(other)
    return all(
        reports(seen[a]) == reports(made[b])
        for old, new in zip(network.layers, other.layers, strict=True)
        for a, b in zip(old.outputs, new.outputs, strict=True)
    )


def units_of(target: Target, tensor: Tensor) -> list[dict[int, int]]:
    """Units that show all phases of a field: their places along the axes that tell them apart, from
    the middle on."""
    seen = target.seen
    middle = {axis: tensor.shape[axis] // 2 for axis in seen.axes}
    if len(seen.axes) != 1:
        return [middle]
    (axis,) = middle
    # One more than a period, so that the stride is seen, too.
    period = max((part.period for part in seen.field.maps), default=1)
    last = min(tensor.shape[axis], middle[axis] + min(period + 1, MOST_UNITS))
    return [{axis: place} for place in range(middle[axis], last)]
