"""The input positions that units really read, one by one: holes are left out, and what would lie in
padding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple, cast, overload

from convcost import arguments
from convcost.allowance import answering, at_each, work
from convcost.errors import ConvcostError, quoted
from convcost.field import as_set, union
from convcost.network import Network
from convcost.tensor import Tensor
from convcost.window import SAME, met

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from convcost.analysis.rf.seen import Axis, View
    from convcost.digits import Digit, Digits
    from convcost.network import Layer
    from convcost.ops.op import Reads
    from convcost.window import Step

    Places = range | frozenset[int] | None
    """Some places along an axis; None: not known which."""
    Known = dict[Tensor, dict[Axis, Collection[int] | None]]
    """The positions that all units of tensors read together."""

NOWHERE: range = range(0)
LATER: frozenset[int] = frozenset((-1,))  # is worked out when it is asked for
MOST_LAYERS = 2**20
"""Layers that are gone through backwards, all in all, to see what is read."""


@answering
def positions_read(
    network: Network, tensor: Tensor, units: Mapping[int, int], *, gates: bool = True
) -> dict[Axis, set[int] | None]:
    """The input positions that one unit really reads, clipped at every layer.

    Args:
        network: the network.
        tensor: a tensor of it.
        units: position of the unit along each axis of the tensor; the whole axis where not given.
        gates: whether what only scales or shifts a unit counts as read by it.

    Returns:
        Positions along each spatial axis of each input that is read; None where they cannot be
        followed.

    Raises:
        ConvcostError: the tensor is not one of the network, or has no such axis or position.
        TypeError: an argument is of another type than it is declared with.
    """
    _require_unit(network, tensor, units)
    arguments.flag("gates", gates)
    found = places_read(network, tensor, units, gates=gates)
    return {axis: None if places is None else set(as_set(places)) for axis, places in found.items()}


def places_read(
    network: Network, tensor: Tensor, units: Mapping[int, int], *, gates: bool = True
) -> Mapping[Axis, Collection[int] | None]:
    """As :func:`positions_read`, not listed one by one where they are a range."""
    inputs: Known = {
        source: {(name, axis): range(source.shape[axis]) for axis in network.spatial_axes(name)}
        for name, source in network.inputs.items()
    }
    here = [
        range(units[axis], units[axis] + 1) if axis in units else range(size)
        for axis, size in enumerate(tensor.shape)
    ]
    return _followed(network, tensor, here, inputs, gates=gates)


def _require_unit(network: Network, tensor: Tensor, units: Mapping[int, int]) -> None:
    """Raise unless there is such a unit."""
    arguments.instance("network", network, Network)
    arguments.instance("tensor", tensor, Tensor)
    if tensor not in network.edges.makers and tensor not in network.inputs.values():
        raise ConvcostError(f"tensor: {quoted(tensor.name)} is not one of this network")
    for axis, position in arguments.mapping("units", units).items():
        along = arguments.whole("an axis of units", axis, 0, len(tensor.shape) - 1)
        arguments.whole(f"units[{along}]", position, 0, tensor.shape[along] - 1)


def _followed(
    network: Network, tensor: Tensor, here: Sequence[Places], known: Known, *, gates: bool
) -> dict[Axis, Collection[int] | None]:
    """The places that some of a tensor read, gone through backwards as far as tensors of which it
    is known what all of their units read."""
    needed = {tensor: _Needed(here)}
    result: dict[Axis, Collection[int] | None] = {}
    for layer in at_each(reversed(network.layers)):
        if not needed:
            break
        for number, output in enumerate(layer.outputs):
            out = needed.pop(output, None)
            if out is None:
                continue
            told = known.get(output) if output is not tensor else None
            if told is not None and LATER not in told.values() and out.whole(output.shape):
                _add(result, told)
            else:
                _back(layer, number, out, needed, gates)
    for source in network.inputs.values():
        if source in needed:
            places = needed[source].axes
            _add(result, {axis: places[axis[1]] for axis in known[source]})
    return result


def _add(
    result: dict[Axis, Collection[int] | None], more: Mapping[Axis, Collection[int] | None]
) -> None:
    for axis, read in more.items():
        if axis not in result or result[axis] == read:
            result[axis] = read
        else:
            before = result[axis]
            result[axis] = None if before is None or read is None else union((before, read))


class _Needed(NamedTuple):
    """The places of a tensor that are needed, along each of its axes. Where ``tied``, not every
    combination of them is, or not all are known."""

    axes: Sequence[Places]
    tied: bool = False

    def whole(self, shape: Sequence[int]) -> bool:
        """Whether every place of a tensor of some shape is needed."""
        return all(axis == range(n) for axis, n in zip(self.axes, shape, strict=True))

    def plus(self, other: _Needed) -> _Needed:
        """The places needed by two readers."""
        axes = [_union(*pair) for pair in zip(self.axes, other.axes, strict=True)]
        differ = sum(mine != its for mine, its in zip(self.axes, other.axes, strict=True))
        return _Needed(axes, self.tied or other.tied or differ > 1)


def _back(
    layer: Layer, number: int, out: _Needed, needed: dict[Tensor, _Needed], gates: bool
) -> None:
    """Add what is needed of a layer's inputs for some places of an output."""
    shape = layer.outputs[number].shape
    for source, reads in layer.reads(number, gates=gates):
        pairs = list(zip(reads, source.shape, strict=True))
        axes = [read_along(how, out.axes, size, shape) for how, size in pairs]
        if any(axis is not None and not axis for axis in (*out.axes, *axes)):
            axes = [NOWHERE] * len(axes)  # nothing along one axis is nothing at all
        elif not any(axis is not None for axis in out.axes) or (
            out.tied and any(_loses(how, out.axes, size, shape) for how, size in pairs)
        ):
            axes = [None] * len(axes)
        read = _Needed(axes, out.tied or None in axes or _ties(reads, out.axes, shape))
        before = needed.get(source)
        needed[source] = read if before is None else before.plus(read)


def _loses(how: Reads, out: Sequence[Places], size: int, shape: Sequence[int]) -> bool:
    """Whether it matters which combinations of places are needed: where places are put together
    again, or some of them read nothing."""
    if how.whole or (how.step is SAME and how.axis is not None):
        return False
    if how.parts is not None:
        return len({part.axis for part in how.parts}) > 1
    units = None if how.axis is None else out[how.axis]
    if how.step is None or how.axis is None or units is None:
        return True
    some = met(how.step, size, shape[how.axis])
    return not all(some[unit] for unit in units)


def _ties(reads: Sequence[Reads], out: Sequence[Places], shape: Sequence[int]) -> bool:
    """Whether some places along a merged axis are not all combinations of their digits."""
    digits: dict[int, list[Digit]] = {}
    for part in (part for how in reads for part in how.parts or ()):
        digits.setdefault(part.axis, []).append(part)
    for axis, parts in digits.items():
        places = out[axis]
        if len(parts) < 2 or places is None or len(places) in (1, shape[axis]):
            continue
        work(len(places) * len(parts), "taking positions apart")
        if len(places) != prod(len({part.of(place) for place in places}) for part in parts):
            return True
    return False


class AllPlaces(Sequence[range]):
    """All places along each axis of a shape, made for those axes that are asked about."""

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = shape

    def __len__(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @overload
    def __getitem__(self, axis: int) -> range: ...
    @overload
    def __getitem__(self, axis: slice) -> Sequence[range]: ...
    def __getitem__(self, axis: int | slice) -> range | Sequence[range]:
        """The places along an axis."""
        return AllPlaces(self.shape[axis]) if isinstance(axis, slice) else range(self.shape[axis])


def read_along(how: Reads, out: Sequence[Places], size: int, shape: Sequence[int]) -> Places:
    """The places along an axis of an input that some places of an output read."""
    if how.whole:
        return range(size)
    if how.parts is not None:
        whole = all(out[part.axis] == range(shape[part.axis]) for part in how.parts)
        if how.step is None:
            return range(size) if whole else None
        return range(size) if whole else _put_together(how.parts, out, size)
    assert how.axis is not None
    units = out[how.axis]
    if how.step is SAME or units is None:
        return units
    return None if how.step is None else _through(how.step, units, size)


def _put_together(parts: Digits, out: Sequence[Places], size: int) -> Places:
    """The positions whose digits some places have."""
    found: frozenset[int] = frozenset((0,))
    for axis in dict.fromkeys(part.axis for part in parts):
        places = out[axis]
        if places is None:
            return None
        own = [part for part in parts if part.axis == axis]
        work(len(places) * len(own) + len(found) * len(places), "putting positions together")
        sums = {sum(part.of(place) for part in own) for place in places}
        found = frozenset(low + high for low in found for high in sums)
    return range(size) if len(found) == size else found


def _union(a: Places, b: Places) -> Places:
    if a is None or b is None or a == b:
        return a if b is not None else None
    return cast("Places", union((a, b)))


@lru_cache(maxsize=64)
def _through(step: Step, units: range | frozenset[int], size: int) -> Places:
    """The positions below ``size`` that units read through a step."""
    size = size if step.size is None else min(size, step.size)
    if isinstance(units, range) and units and step.period == 1:
        taps = step.reads[0]
        beside = isinstance(taps, range) and taps.step == 1 and len(taps) >= step.shift >= 0
        if beside and units.step == 1:  # windows that touch
            first, last = units[0] * step.shift + taps[0], units[-1] * step.shift + taps[-1]
            inside = range(max(0, first), max(0, min(size, last + 1)))
            if not step.border or (first >= 0 and last < size) or len(inside) == size:
                return inside
    work(len(units) * max(map(len, step.reads)), "reading positions one by one")
    found = frozenset(p for unit in units for p in step.inside(unit, size))
    if found and len(found) == max(found) - min(found) + 1:
        return range(min(found), max(found) + 1)
    return found


class Cover:
    """The positions that all units of a tensor read together, worked out forwards where a layer
    needs every place of what it reads, and else backwards.

    Args:
        network: the network.
        seen: what each tensor sees, as far as that is known.
        gates: whether what only scales or shifts a unit counts as read by it.
    """

    def __init__(self, network: Network, seen: Mapping[Tensor, View], *, gates: bool) -> None:
        self.network = network
        self.gates = gates
        self._seen = seen
        self._left = iter(network.layers)
        self._work = 0
        self._told: dict[object, Sequence[Sequence[Reads] | None]] = {}
        self._last: tuple[Tensor, dict[Axis, Collection[int] | None]] | None = None
        self._found: Known = {
            tensor: {(name, axis): range(tensor.shape[axis]) for axis in network.spatial_axes(name)}
            for name, tensor in network.inputs.items()
        }

    def reads(self, layer: Layer, number: int) -> Sequence[tuple[Tensor, Sequence[Reads]]]:
        """Each input that an output reads, and what of each of its axes: worked out once for layers
        that are alike, as networks repeat a lot. The network holds its ops, so that none gets the
        identity of another."""
        key = id(layer.op), layer.input_shapes, number
        if key not in self._told:
            self._told[key] = layer.told(number, self.gates)
        pairs = zip(layer.inputs, self._told[key], strict=True)
        return [(tensor, told) for tensor, told in pairs if told is not None]

    def of(self, tensor: Tensor, axis: Axis) -> Collection[int] | None:
        """The positions of an input axis that units of a tensor read; None where they cannot be
        followed."""
        while tensor not in self._found:
            self._next(next(self._left))
        if self._found[tensor][axis] is LATER:
            self._found[tensor][axis] = self.back(tensor, axis)
        return self._found[tensor][axis]

    def _next(self, layer: Layer) -> None:
        for number, output in enumerate(layer.outputs):
            here = self._found[output] = {}
            for axis, seen in self._seen[output].items():
                if not seen.axes:
                    open_ = seen.field.unknown and not seen.field.covers
                    here[axis] = None if open_ else seen.field.fixed
                else:
                    here[axis] = self._forwards(layer, number, axis)

    def back(self, tensor: Tensor, axis: Axis) -> Collection[int] | None:
        """As :meth:`of`, by going backwards from the tensor."""
        if self._last is None or self._last[0] is not tensor:
            self._work += len(self._found)
            if self._work > MOST_LAYERS:
                return None
            here = list(map(range, tensor.shape))
            read = _followed(self.network, tensor, here, self._found, gates=self.gates)
            self._last = (tensor, read)
        return self._last[1].get(axis)

    def _forwards(self, layer: Layer, number: int, axis: Axis) -> Collection[int] | None:
        """The positions read of an axis where the layer needs every place that its inputs have
        along it; to be seen later where it leaves some out."""
        shape = layer.outputs[number].shape
        out = AllPlaces(shape)
        length = self._seen[layer.outputs[number]][axis].field.length
        found: Collection[int] = NOWHERE
        later = False
        for tensor, reads in self.reads(layer, number):
            if axis not in self._found[tensor]:
                continue
            for place in self._seen[tensor][axis].axes:
                size = tensor.shape[place]
                if read_along(reads[place], out, size, shape) != range(size):
                    return LATER
            known = self._found[tensor][axis]
            if known is None or known is LATER:
                later = True
            else:
                found = known if not found else union((found, known))
        # Where one input says that everything is read, it does not matter what others do.
        return LATER if later and len(found) < length else found
