"""Receptive fields through the whole graph."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import at_each
from convcost.analysis.rf.positions_read import AllPlaces, Cover, read_along
from convcost.analysis.rf.seen import Made, Path, Seen, View
from convcost.digits import Digit, lifted, merged, resized, table, through, without
from convcost.field import MOST_UNITS, Field
from convcost.gc_pause import paused
from convcost.ops.op import without_gates
from convcost.window import SAME, met

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from convcost.analysis.rf.seen import Axis
    from convcost.digits import Digits
    from convcost.network import Layer, Network
    from convcost.ops.op import Reads
    from convcost.tensor import Tensor

    Shape = tuple[int, ...]
    Covered = Callable[[], Collection[int] | None]


class AxisField(NamedTuple):
    """The receptive field of a layer along one input axis, as it is reported.

    ``size`` is the largest of ``sizes`` (None where unknown), ``stride`` the input positions from
    one unit to the next (an int or ``"1/2"``), ``start`` the first position that unit 0 reads; all
    unclipped. ``without_gates`` is the size of a global field that is smaller without what only
    scales or shifts units; None for others.
    """

    size: int | None
    sizes: tuple[int, ...]
    stride: int | str | None
    start: int | None
    flags: tuple[str, ...]
    without_gates: int | None = None


class Views(dict["Tensor", View]):
    """The receptive field of each tensor of a network. ``gated``: some tensors see more through a
    gate than they would without it."""

    gated = False


def views(network: Network, *, gates: bool = True) -> Views:
    """The view of each tensor of the network.

    Args:
        network: the network.
        gates: whether what only scales or shifts a unit counts as read by it: squeeze-excite
            factors, the statistics of norms over positions.
    """
    kept = network.edges.kept
    if (views, gates) not in kept:
        kept[views, gates] = _views(network, gates)
    return kept[views, gates]


@paused()
def _views(network: Network, gates: bool) -> Views:
    found = Views()
    cover = Cover(network, found, gates=gates)
    whole = {n: Field(n) for tensor in network.inputs.values() for n in tensor.shape}
    for name, tensor in network.inputs.items():
        found[tensor] = {
            (name, axis): Seen((Digit(axis, 1, tensor.shape[axis]),), whole[tensor.shape[axis]])
            for axis in network.spatial_axes(name)
        }
    for layer in at_each(network.layers):
        for number, output in enumerate(layer.outputs):
            found[output] = _view(layer, number, found, cover)
    return found


def _view(layer: Layer, number: int, found: Views, cover: Cover) -> View:
    output = layer.outputs[number]
    reads_of = cover.reads(layer, number)
    if len(reads_of) == 1 and _own_place(*reads_of[0], output):
        return found[reads_of[0][0]]
    made: Made[Field] = Made()  # height and width mostly share: each is made once
    parts: dict[Axis, list[_Through]] = {}
    for tensor, reads in reads_of:
        seen_here = found[tensor]
        found.gated = found.gated or _gates(reads, seen_here)
        for axis, seen in seen_here.items():
            whole, part = partial(cover.of, tensor, axis), partial(cover.back, output, axis)
            through_ = _Through(seen, tensor.shape, output.shape, reads, whole, part, made)
            parts.setdefault(axis, []).append(through_)
    return {axis: _together(several) for axis, several in parts.items()}


def _own_place(tensor: Tensor, reads: Sequence[Reads], output: Tensor) -> bool:
    """Whether each unit reads its own place and no other, as activations do."""
    return tensor.shape == output.shape and all(
        how.step is SAME and how.axis == axis and not (how.gate or how.deformed)
        for axis, how in enumerate(reads)
    )


def _gates(reads: Sequence[Reads], view: View) -> bool:
    """Whether what an input is seen by goes through a gate."""
    if not any(how.gate for how in reads):
        return False
    axes = {axis for seen in view.values() for axis in seen.axes}
    left = without_gates(reads)
    return bool(view) and (left is None or any(reads[axis].gate for axis in axes))


def _together(parts: Sequence[_Through]) -> Seen:
    """The view that an output has of an input axis through all inputs of its layer."""
    if not any(part.seen.moves for part in parts):
        return _fixed(parts)
    result = parts[0].after_it()
    for part in parts[1:]:
        now = part.after_it()
        crosswise = result.moves and now.moves and (result.digits != now.digits or result.paths)
        if crosswise:
            result = _crossed(result, parts[0], now, part)
        else:
            result = _joined(result, now, part.made)
    return result


def _fixed(parts: Sequence[_Through]) -> Seen:
    """The view where all units of an input read alike: units of the output do, but for those that
    read nothing of an input, as where it was laid beside another."""
    field = parts[0].seen.field
    for part in parts[1:]:
        field = field.joined(part.seen.field)
    axis, masks = None, [part.mask() for part in parts]
    for mask in masks:
        if mask is not None:
            if axis not in (None, mask[0]):
                return Seen((), field.after(None, 0))
            axis = mask[0]
    if axis is None or field.unknown:
        return Seen((), field)
    fields = [part.seen.field for part in parts]
    each = [
        [one for one, mask in zip(fields, masks, strict=True) if mask is None or mask[1][unit]]
        for unit in range(parts[0].after[axis])
    ]
    return _settled((Digit(axis, 1, len(each)),), field.where(each))


def _settled(digits: Digits, field: Field) -> Seen:
    """A field that no longer moves is seen by all units alike."""
    return Seen(digits if field.maps or field.unknown else (), field)


class _Through(NamedTuple):
    """One input of a layer, on the way to an output of a shape ``after``: what was seen of an input
    axis is seen through what the output reads. ``covered`` is what all units of the input read
    together, ``left`` what those of the output do."""

    seen: Seen
    before: Shape
    after: Shape
    reads: Sequence[Reads]
    covered: Covered
    left: Covered
    made: Made[Field]

    def after_it(self) -> Seen:
        """The view of the output."""
        digits, field, paths = self.seen
        if paths:
            return self._along_paths(field, paths)
        if not digits:
            return self.seen
        reads = [self.reads[digit.axis] for digit in digits]
        if any(how.deformed for how in reads) and not field.deformed:
            field = field._replace(deformed=True)
        if all(how.whole for how in reads):
            return self._set(field)
        if len(digits) == 1 and reads[0].parts is None and digits[0].whole(self.before):
            return self._along(self.seen, digits[0], reads[0], field)
        if field.unknown:
            left = self._places(digits)
            return Seen(left, field) if left else self._set(field)
        return self._regrouped(digits, field)

    def mask(self) -> tuple[int, Sequence[bool]] | None:
        """The axis of the units, and whether each reads anything of this input; None where all
        do."""
        for how, size in zip(self.reads, self.before, strict=True):
            if how.axis is None or how.step is None or how.step is SAME or how.whole:
                continue
            units = self.after[how.axis]
            if units <= MOST_UNITS and not all(some := met(how.step, size, units)):
                return how.axis, some
        return None

    def _along_paths(self, field: Field, paths: Sequence[Path]) -> Seen:
        """Each path by itself; what is read of the whole of one is known again."""
        left: list[Path] = []
        for path in paths:
            digits = self._places(path.digits)
            read = path.read if all(map(self._all_of, path.digits)) else None
            if digits:
                left.append(Path(digits, read))
            elif read is None:
                return Seen((), field)
            else:
                field = field.joined(Field.of_set(field.length, read))
        if field.covers:
            return Seen((), field)
        left = [*dict.fromkeys(left)]
        return Seen((), field, tuple(left)) if left else Seen((), field._replace(unknown=False))

    def _all_of(self, digit: Digit) -> bool:
        """Whether units of the output read all places along the axis of a digit."""
        size = self.before[digit.axis]
        read = read_along(self.reads[digit.axis], AllPlaces(self.after), size, self.after)
        return read == range(size)

    def _set(self, field: Field) -> Seen:
        """All units read the same: what all units of the input read together."""
        return Seen((), Field.of_set(field.length, self.covered(), field.deformed))

    def _along(self, seen: Seen, digit: Digit, how: Reads, field: Field) -> Seen:
        """The usual case: one axis of the input, all of it, through a step."""
        assert how.axis is not None
        units = self.after[how.axis]
        if how.step is SAME and units == digit.size:
            if how.axis == digit.axis and field is seen.field:
                return seen
            return Seen((digit._replace(axis=how.axis),), field)
        like = (how.step, units, how.deformed)
        field = self.made.get(partial(field.after, how.step, units), seen.field, like=like)
        return _settled((Digit(how.axis, 1, units),), field)

    def _places(self, digits: Digits) -> Digits:
        """The axes that hold the positions, where it is not known how: each once."""
        return tuple(dict.fromkeys(self._parts(digits)))

    def _parts(self, digits: Digits) -> Iterator[Digit]:
        for digit in digits:
            how = self.reads[digit.axis]
            if how.whole:
                continue
            if how.parts is not None:
                followed = None if how.step is None else through((digit,), how.parts)
                for part in how.parts if followed is None else followed:
                    yield part._replace(below=1, size=self.after[part.axis], weight=1)
            elif how.axis is not None:
                yield Digit(how.axis, 1, self.after[how.axis])

    def _regrouped(self, digits: Digits, field: Field) -> Seen:
        """Digits of several axes, or that share theirs with others."""
        original, slid = digits, False
        for axis in dict.fromkeys(digit.axis for digit in digits):
            how = self.reads[axis]
            at = [number for number, digit in enumerate(digits) if digit.axis == axis]
            if how.whole:
                for number in reversed(at):
                    digits, step = without(digits, number)
                    field = field.after(step, prod(digit.size for digit in digits))
            elif how.step is None:
                field = field.after(None, 0)
            elif how.parts is None and how.step is not SAME:
                digits, field = self._slid(digits, field, at, how)
                slid = True
            if field.unknown:
                return Seen(self._places(original), field)
        placed: list[Digit] = []
        for axis in dict.fromkeys(digit.axis for digit in digits):
            how, own = self.reads[axis], tuple(d for d in digits if d.axis == axis)
            if how.parts is None:
                assert how.axis is not None
                placed += [digit._replace(axis=how.axis) for digit in own]
            elif (dealt := through(own, how.parts)) is not None:
                placed += dealt
            else:
                return Seen(self._places(original), field.after(None, 0))
        found = merged(placed)
        if found:
            return _settled(found, field)
        read = self.left() if slid else self.covered()
        return Seen((), Field.of_set(field.length, read, field.deformed))

    def _slid(
        self, digits: Digits, field: Field, at: Sequence[int], how: Reads
    ) -> tuple[Digits, Field]:
        """Digits of one axis of which windows read some places."""
        assert how.axis is not None
        assert how.step is not None
        units = self.after[how.axis]
        first, last = at[0], at[-1]
        step = how.step
        own = digits[first : last + 1]
        if len(at) > 1 or not own[0].whole(self.before):
            together = len(own) == len(at)
            made = table(step, own, self.before[own[0].axis], units) if together else None
            if made is None:
                return digits, field.after(None, 0)
            step = made
        size = prod(digit.size for digit in own)
        block = Digit(own[0].axis, 1, size, own[-1].weight)
        digits = (*digits[:first], block, *digits[last + 1 :])
        through_ = lifted(step, digits, first, units)
        digits = resized(digits, first, units)
        return digits, field.after(through_, prod(digit.size for digit in digits))


def _crossed(a: Seen, first: _Through, b: Seen, second: _Through) -> Seen:
    """The view of units that lie along one axis for one input, and along another for the other."""
    field = a.field.joined(b.field.after(None, 0))
    if field.covers:
        return Seen((), field)
    paths = [
        path
        for seen, part in ((a, first), (b, second))
        for path in (seen.paths or (Path(seen.digits, part.covered()),))
    ]
    return Seen((), field, tuple(dict.fromkeys(paths)))


def _joined(a: Seen, b: Seen, made: Made[Field]) -> Seen:
    if a.field is b.field and a.digits == b.digits:
        return a
    field = made.get(partial(a.field.joined, b.field), a.field, b.field)
    paths = () if field.covers else a.paths or b.paths
    return _settled(a.digits or b.digits, field)._replace(paths=paths)


def reports(view: View, ungated: View | None = None) -> Mapping[str, Sequence[AxisField]]:
    """The field of a tensor along each axis of each input that it sees.

    Args:
        view: what it sees.
        ungated: what it sees without gates, where that is known and may be less.
    """
    fields: dict[str, list[AxisField]] = {}
    made: Made[AxisField] = Made()  # height and width mostly share: each is made once
    for axis, seen in view.items():
        units, field = seen.units, seen.field
        found = made.get(partial(_report, units, field), field, like=units)
        if ungated is not None and seen.field.covers and axis in ungated:
            less = ungated[axis]
            if not less.field.covers:
                size = max(less.field.sizes(less.units), default=None)
                found = found._replace(without_gates=size)
        fields.setdefault(axis[0], []).append(found)
    return fields


def _report(units: int, field: Field) -> AxisField:
    sizes = tuple(field.sizes(units))
    first = field.span(0)
    return AxisField(
        size=max(sizes, default=None),
        sizes=sizes,
        stride=field.stride(),
        start=first and first[0],
        flags=tuple(sorted(field.flags)),
    )
