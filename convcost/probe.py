"""Receptive fields measured: NaNs sent in at known positions, and looked for at the other end.

A NaN survives all arithmetic, so a unit comes out NaN exactly if it reads a position that was one.
Channels are thinned for it, positions never. Layers that sample where their data say are probed
with their offsets times 0, because the field that is claimed for them is that of the undeformed
grid; what an offset read still counts, for a NaN times 0 is one.
"""

from __future__ import annotations

from math import lcm, prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcost.analysis.receptive_field import touched, views
from convcost.errors import printable
from convcost.execute import execute, seeded, seeded_inputs
from convcost.executor.namespace import Plain
from convcost.field import DATA_DEPENDENT, FLATTENED, GLOBAL, UNKNOWN
from convcost.network import BrokenCondition
from convcost.ops.op import Reads
from convcost.transform import rebuilt, thinned, upstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.receptive_field import Axis, Seen
    from convcost.executor.namespace import Array
    from convcost.network import Layer, Network, Tensor, Weight

MOST_UNITS = 16  # neighbours looked at, from the middle of the map on
MOST_ELEMENTS = 1 << 25  # in the largest array of one run
THINNEST = 64  # channels are divided by at most this
MOST_PROBES = 48  # positions tried one by one: all where there are no more, else spread
NOWHERE = frozenset((GLOBAL, FLATTENED, UNKNOWN))  # fields that have no place to be looked for


class Measured(NamedTuple):
    """What a probe found: the layer, which figure, as the formula has it and as it was seen."""

    layer: str
    metric: str
    formula: str
    executed: str


def probe(network: Network, name: str | None = None, seed: int = 0) -> list[Measured]:
    """Measure the receptive field of the last map of a network, and of the layer of a name.

    Raises:
        ConvcostError: there is no such layer, or it has no place on the input to look for.
    """
    named = None if name is None else network.layer(name)
    wanted = [layer for layer in (_last_map(network), named) if layer is not None]
    return [found for layer in dict.fromkeys(wanted) for found in _measure(network, layer, seed)]


def _last_map(network: Network) -> Layer | None:
    seen = views(network)
    for layer in reversed(network.layers):
        view = seen[id(layer.outputs[0])]
        if view and all(_has_place(part) for part in view.values()):
            return layer
    return None


def _has_place(seen: Seen) -> bool:
    return seen.axis is not None and not seen.field.flags & NOWHERE


def _measure(network: Network, layer: Layer, seed: int) -> list[Measured]:
    target = layer.outputs[0]
    part, _ = thinned(rebuilt(network, layers=upstream(network, target)), THINNEST)
    found: list[Measured] = []
    for axis, seen in views(part)[id(_end(part))].items():
        if seen.field.flags >= {DATA_DEPENDENT, GLOBAL}:  # anywhere, as the data say
            continue
        where = f"of input axis {axis[1] - 1}"
        if len(network.inputs) > 1:
            where += f" of '{printable(axis[0])}'"
        if DATA_DEPENDENT in seen.field.flags:
            where += ", undeformed"
        found.append(_touched(part, layer.name, axis, seen, where, seed))
        if _has_place(seen) and len(seen.field.maps) == 1:
            found += _span(part, layer.name, axis, where, seed)
    return found


def _end(network: Network) -> Tensor:
    return next(iter(network.outputs.values()))


def _middle(tensor: Tensor, seen: Seen) -> list[int]:
    """A period of units from the middle of the map on."""
    if seen.axis is None:
        return [0]
    units = tensor.shape[seen.axis]
    period = max(part.period for part in seen.field.maps) if seen.field.maps else 1
    first = units // 2
    return list(range(first, min(units, first + min(period, MOST_UNITS))))


def _touched(
    network: Network, name: str, axis: Axis, seen: Seen, where: str, seed: int
) -> Measured:
    """The positions that units in the middle really read, holes and clipping included.

    What a unit should not read is tried all together, what it should read one by one.
    """
    tensor = _end(network)
    size = network.inputs[axis[0]].shape[axis[1]]
    units = _middle(tensor, seen)
    predicted = [
        touched(network, tensor, {} if seen.axis is None else {seen.axis: unit}).get(axis, set())
        for unit in units
    ]
    inside = set(range(size))
    single = _spread(sorted(inside & set[int]().union(*predicted)))
    others = [[p for p in range(size) if p not in wanted] for wanted in predicted]
    probes = [*([position] for position in single), *others]
    reached = _reached(network, axis, probes, seen.axis, seed)
    expected: list[str] = []
    measured: list[str] = []
    for number, (unit, wanted) in enumerate(zip(units, predicted, strict=True)):
        hits = reached[:, 0 if seen.axis is None else unit]
        missed = {p for p, hit in zip(single, hits, strict=False) if p in wanted and not hit}
        astray = {p for p, hit in zip(single, hits, strict=False) if p not in wanted and hit}
        beyond = " and others" if others[number] and hits[len(single) + number] else ""
        expected.append(runs(wanted))
        measured.append(runs((wanted & inside) - missed | astray) + beyond)
    return Measured(name, f"reads {where}", _listed(expected), _listed(measured))


def _spread(positions: list[int]) -> list[int]:
    """The positions, or where they are many the ends and some in between."""
    if len(positions) <= MOST_PROBES:
        return positions
    last = len(positions) - 1
    return [positions[last * n // (MOST_PROBES - 1)] for n in range(MOST_PROBES)]


def _listed(texts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _span(network: Network, name: str, axis: Axis, where: str, seed: int) -> list[Measured]:
    """Sizes and stride unclipped: on an input large enough that nothing is clipped."""
    grown = _grown(network, axis)
    if grown is None:
        return []
    tensor = _end(grown)
    seen = views(grown)[id(tensor)][axis]
    assert seen.axis is not None
    units = _middle(tensor, seen)
    spans = [seen.field.span(unit) for unit in units]
    edges = {edge for span in spans if span for end in span for edge in (end - 1, end, end + 1)}
    size = grown.inputs[axis[0]].shape[axis[1]]
    if any(not 0 <= edge < size for edge in edges):
        return []
    tried = [[edge] for edge in sorted(edges)]
    # Everything below the first edge and above the last one is tried together.
    outside = [p for p in range(size) if edges and not min(edges) <= p <= max(edges)]
    reached = _reached(grown, axis, [*tried, outside], seen.axis, seed)
    measured: list[tuple[int, int] | None] = []
    for unit in units:
        hits = [p[0] for p, hit in zip(tried, reached[:, unit], strict=False) if hit]
        outside_hit = bool(reached[-1, unit])
        measured.append((min(hits), max(hits)) if hits and not outside_hit else None)
    return [
        Measured(name, f"field {where}", _sizes(spans), _sizes(measured)),
        Measured(name, f"start {where}", _starts(spans), _starts(measured)),
    ]


def _sizes(spans: Sequence[tuple[int, int] | None]) -> str:
    sizes = sorted({0 if span is None else span[1] - span[0] + 1 for span in spans})
    return ", ".join(map(str, sizes))


def _starts(spans: Sequence[tuple[int, int] | None]) -> str:
    return ", ".join("none" if span is None else str(span[0]) for span in spans)


def _grown(network: Network, axis: Axis) -> Network | None:
    """The network on an input so long that the fields of the middle units lie inside; None where
    its layers do not allow another length."""
    tensor = _end(network)
    seen = views(network)[id(tensor)][axis]
    inside = network.inputs[axis[0]]
    size = inside.shape[axis[1]]
    spans = [span for unit in _middle(tensor, seen) if (span := seen.field.span(unit))]
    if all(span[0] > 0 and span[1] < size - 1 for span in spans):
        return network
    # A multiple of every stride on the way keeps each layer's padding as it is.
    stride = _common_stride(network, axis)
    largest = max(span[1] - span[0] + 1 for span in spans)
    longer = size + -(-2 * largest // stride) * stride
    shape = (*inside.shape[: axis[1]], longer, *inside.shape[axis[1] + 1 :])
    try:
        return rebuilt(network, shapes={axis[0]: shape})
    except BrokenCondition:
        return None


def _common_stride(network: Network, axis: Axis) -> int:
    strides = {1}
    for view in views(network).values():
        if axis in view:
            strides.update(part.shift for part in view[axis].field.maps if part.shift)
    return lcm(*strides)


def _reached(
    network: Network, axis: Axis, probes: Sequence[Sequence[int]], along: int | None, seed: int
) -> Array:
    """Which units a NaN at any position of each probe reaches: ``[probes, units]``."""
    made: dict[str, Array] = {}
    fresh = seeded(seed)

    def arrays(weight: Weight) -> Array:
        if weight.name not in made:
            made[weight.name] = fresh(weight)
        return made[weight.name]

    most = max(prod(t.shape) for layer in network.layers for t in (*layer.inputs, *layer.outputs))
    together = _samples_stay_apart(network)
    chunk = max(1, MOST_ELEMENTS // most) if together else 1
    found: list[Array] = []
    for first in range(0, len(probes), chunk):
        some = probes[first : first + chunk]
        shapes = {name: (len(some), *t.shape[1:]) for name, t in network.inputs.items()}
        batch = rebuilt(network, shapes=shapes) if together else network
        inputs = seeded_inputs(batch, seed)
        for sample, positions in enumerate(some):
            where = (
                sample if together else slice(None),
                *[slice(None)] * (axis[1] - 1),
                list(positions),
            )
            inputs[axis[0]][where] = np.nan
        with np.errstate(all="ignore"):
            outputs = execute(batch, inputs, arrays, Plain(), undeformed=True)
        output = next(iter(outputs.values()))
        others = tuple(a for a in range(int(together), output.ndim) if a != along)
        found.append(np.isnan(output).any(axis=others).reshape(len(some), -1))
    return np.concatenate(found)


def _samples_stay_apart(network: Network) -> bool:
    """Whether as many samples as one likes go through side by side, along axis 0."""
    fed = {id(tensor) for tensor in network.inputs.values()}  # what is made of parameters is not
    for layer in network.layers:
        every = zip(layer.inputs, layer.op.reads(*layer.input_shapes), strict=True)
        read = [reads for tensor, reads in every if id(tensor) in fed]
        if any(not reads or reads[0] != Reads(0) for reads in read):
            return False
        if read:
            fed.update(map(id, layer.outputs))
    two = {name: (2, *tensor.shape[1:]) for name, tensor in network.inputs.items()}
    try:
        rebuilt(network, shapes=two)
    except BrokenCondition:
        return False
    return True


def runs(positions: set[int]) -> str:
    """Positions as a person reads them: ``0..4, 7, 9..11``."""
    parts: list[str] = []
    ordered = sorted(positions)
    start = 0
    for index, position in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != position + 1:
            first = ordered[start]
            parts.append(str(first) if first == position else f"{first}..{position}")
            start = index + 1
    return ", ".join(parts) or "nothing"
