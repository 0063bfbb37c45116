"""Ops that pick elements, repeat them or put them elsewhere. Shapes are full: with the batch."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, at_least_zero, ceil_div, larger, prod, smaller
from convcost.ops import fields, kinds
from convcost.ops.dims import (
    broadcast_reads,
    dim_condition,
    dim_conditions,
    evenly,
    in_turn,
    places_fit,
)
from convcost.ops.example import MAP, Example
from convcost.ops.join import ElementWise, broadcast, equal_or_one
from convcost.ops.op import (
    Op,
    Reads,
    equal,
    needs_axes,
    position_by_position,
    written_shape,
)
from convcost.ops.saved import CHOICE, NOTHING, PLACES, Made, Saved
from convcost.window import FIRST, SAME, Step, step_rolled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.ops.op import Wanted

ANYWHERE = Reads(None, deformed=True)  # the data say where


class Slice(Op):
    """Positions ``start``, ``start + step``, ... before ``end`` along some axes, as NumPy slices:
    negative ones count from the end of the axis, negative steps go backwards, and what lies beyond
    an end is taken for that end."""

    keeps = NOTHING
    strided = True
    examples = (Example({"dims": [2], "starts": [0], "ends": [-1], "steps": [2]}),)

    dims: tuple[int, ...] = fields.dims("axes that are sliced")
    starts: tuple[int, ...] = fields.declare(kinds.Whole(one=True), "first position along each")
    ends: tuple[int, ...] = fields.declare(kinds.Whole(one=True), "the position to stop before")
    steps: tuple[int, ...] | None = fields.declare(
        kinds.Whole(one=True), "from one position to the next; 1 unless given", None
    )

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axes exist, and something of them is left."""
        x = inputs[0]
        yield from dim_conditions(self.dims, x)
        lengths = {len(self.dims), len(self.starts), len(self.ends), len(self.by())}
        yield Must(
            1 - len(lengths), "starts, ends and steps must have a number for each of dims", "starts"
        )
        yield Must(0 if all(self.by()) else -1, "a step of 0 never reaches the end", "steps")
        for axis, (start, end, step) in self.along(x).items():
            yield Must(
                _length(start, end, step, x[axis]) - 1,
                "positions from {start} to {end} by {step} take none of the {size} of axis {axis}",
                "starts",
                {"start": start, "end": end, "step": step, "size": x[axis], "axis": axis},
            )

    def by(self) -> tuple[int, ...]:
        """The step along each axis."""
        return (1,) * len(self.dims) if self.steps is None else self.steps

    def along(self, x: Shape) -> dict[int, tuple[int, int, int]]:
        """Start, end and step by axis, counted from the front."""
        parts = zip(self.dims, self.starts, self.ends, self.by(), strict=True)
        return {dim % len(x): (start, end, step) for dim, start, end, step in parts}

    def stretched(self, before: tuple[int, ...], after: tuple[int, ...]) -> Slice:
        """Forwards, up to a place as far from the end."""
        ends = list(self.ends)
        for number, (axis, (start, end, step)) in enumerate(self.along(before).items()):
            if step > 0 and end > 0 and end - start > 1:
                ends[number] = max(start + 1, end + after[axis] - before[axis])
        return self.replaced(ends=tuple(ends))

    def thinned(self, before: tuple[int, ...], after: tuple[int, ...]) -> Slice:
        """From and to the same part of each axis."""

        def moved(place: int, dim: int) -> int:
            part = place * after[dim]
            inside = abs(place) <= before[dim] and part % before[dim] == 0
            return part // before[dim] if inside else place

        starts, ends = (tuple(map(moved, places, self.dims)) for places in (self.starts, self.ends))
        return self.replaced(starts=starts, ends=ends)

    def output(self, *inputs: Shape) -> Shape:
        """As many positions as there are."""
        x = inputs[0]
        parts = self.along(x)
        return tuple(
            _length(*parts[axis], size) if axis in parts else size for axis, size in enumerate(x)
        )

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """One position, by the step."""
        x = inputs[0]
        found = list(position_by_position(len(x)))
        for axis, (start, _, step) in self.along(x).items():
            first = cast("int", _start(start, step, x[axis]))
            found[axis] = Reads(axis, Step(1, step, (range(first, first + 1),)))
        return (tuple(found),)


class Roll(Op):
    """Positions moved by ``shifts`` along ``dims``; those that leave an end come in at the other
    one, as in PyTorch. So windows of attention are shifted: Liu et al., "Swin Transformer", arXiv
    2103.14030, section 3.2."""

    keeps = NOTHING
    examples = (Example({"shifts": [-3, -3], "dims": [2, 3]}),)

    shifts: tuple[int, ...] = fields.declare(
        kinds.Whole(one=True), "positions by which elements move along each axis"
    )
    dims: tuple[int, ...] = fields.dims("axes along which they move")

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axes exist, and there is a shift for each."""
        yield from dim_conditions(self.dims, inputs[0])
        yield Must(
            -abs(len(self.shifts) - len(self.dims)),
            "shifts must have a number for each of dims: there are {shifts} and {dims}",
            "shifts",
            {"shifts": len(self.shifts), "dims": len(self.dims)},
        )

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The position that has come to its own place."""
        x = inputs[0]
        found = list(position_by_position(len(x)))
        for dim, shift in zip(self.dims, self.shifts, strict=True):
            axis = dim % len(x)
            found[axis] = Reads(axis, step_rolled(x[axis], shift % x[axis]))
        return (tuple(found),)


def _from_the_front(position: int, size: Number) -> Number:
    return position + size if position < 0 else position


def _start(start: int, step: int, size: Number) -> Number:
    first, last = (0, size) if step > 0 else (-1, size - 1)
    return smaller(larger(_from_the_front(start, size), first), last)


def _length(start: int, end: int, step: int, size: Number) -> Number:
    first, past = _start(start, step, size), _from_the_front(end, size)
    if step > 0:
        return at_least_zero(ceil_div(smaller(past, size) - first, step))
    return at_least_zero(ceil_div(first - larger(past, -1), -step))


class Expand(Op):
    """The input repeated along axes of size 1, so that it has ``shape`` or what that broadcasts
    to."""

    keeps = NOTHING
    strided = True
    examples = (Example({"shape": [1, 64, 28, 28]}, ((64, 1, 1),)),)

    shape: Shape = fields.declare(
        kinds.Counts("a list of sizes with the batch"), "sizes to broadcast to"
    )

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Sizes are equal, or 1."""
        pairs = zip(reversed(inputs[0]), reversed(self.shape), strict=False)
        for axis, (a, b) in enumerate(pairs, start=1):
            yield Must(
                equal_or_one(a, b),
                "sizes {a} and {b} of axis {axis} do not broadcast",
                "shape",
                {"a": a, "b": b, "axis": -axis},
            )

    def output(self, *inputs: Shape) -> Shape:
        """The broadcast shape."""
        return broadcast(inputs[0], self.shape)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position, the only one of a broadcast axis."""
        return (broadcast_reads(inputs[0], cast("tuple[int, ...]", self.output(inputs[0]))),)


class Tile(Op):
    """The input laid again and again along each axis."""

    keeps = NOTHING
    examples = (Example({"repeats": [1, 1, 2, 2]}),)

    repeats: Shape = fields.declare(
        kinds.Counts("a list of whole numbers, the batch's first"), "how often, for each axis"
    )

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """A number for each axis."""
        rank = len(inputs[0])
        yield Must(
            -abs(len(self.repeats) - rank),
            "repeats must have a number for each of the {rank} axes, the batch included",
            "repeats",
            {"rank": rank},
        )

    def output(self, *inputs: Shape) -> Shape:
        """Each size as often."""
        return tuple(size * often for size, often in zip(inputs[0], self.repeats, strict=True))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The positions of an axis in turn."""
        x = inputs[0]
        once = [isinstance(often, int) and often == 1 for often in self.repeats]
        return (
            tuple(
                Reads(axis, SAME if once[axis] else in_turn(range(size)))
                for axis, size in enumerate(x)
            ),
        )


class Gather(Op):
    """Positions picked along an axis. With ``indices``, those; negative ones count from the end.
    Without ``indices``, one for each element of the second input, an array of positions, whose axes
    take the place of that one: positions are taken modulo the size."""

    examples = (Example({"indices": [0, 1]}), Example(shapes=(MAP, (7,))))
    fewest_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "indices")
    undifferentiated: ClassVar[tuple[int, ...]] = (1,)

    dim: int = fields.dim("axis that is picked from: 1 is the channels", 1)
    indices: tuple[int, ...] | None = fields.declare(
        kinds.Whole(), "the positions, in place of a second input", None
    )

    @property
    def sliced(self) -> bool:  # pyright: ignore - it is one fact of most other ops
        """Whether the positions are listed and lie evenly, one or more apart."""
        steps = {b - a for a, b in itertools.pairwise(self.indices or ())}
        return self.indices is not None and len(steps) < 2 and min(steps, default=1) > 0

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """Those of the positions are not a map's."""
        return [f"index_{n}" for n in range(rank)] if number else None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axis exists, and has those positions."""
        x = inputs[0]
        given = len(inputs) - 1 + (self.indices is not None)
        yield Must(-abs(given - 1), "give either indices or a second input", "op")
        yield dim_condition(self.dim, x)
        if self.indices is not None:
            low, high = min(self.indices), max(self.indices)
            yield Must(
                smaller(x[self.dim] - 1 - high, x[self.dim] + low),
                "indices go from {low} to {high}, and axis {dim} has {size} positions",
                "indices",
                {"low": low, "high": high, "dim": self.dim, "size": x[self.dim]},
            )

    def output(self, *inputs: Shape) -> Shape:
        """The shape of what is picked, in place of the axis."""
        x = inputs[0]
        picked = inputs[1] if self.indices is None else (len(self.indices),)
        return (*x[: self.dim], *picked, *x[self.dim + 1 :])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The positions of the list; any, where an input says which."""
        x, *others = inputs
        own = position_by_position(len(x))
        if self.indices is not None:
            picked = tuple(at % x[self.dim] for at in self.indices)
            along = Reads(self.dim, FIRST if picked == (0,) else evenly(picked))
            return ((*own[: self.dim], along, *own[self.dim + 1 :]),)
        new = len(others[0])
        moved = tuple(Reads(axis + new - 1) for axis in range(self.dim + 1, len(x)))
        at = tuple(Reads(self.dim + axis) for axis in range(new))
        return ((*own[: self.dim], ANYWHERE, *moved), at)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The positions; none of a slice."""
        if self.indices is None:
            return PLACES
        return NOTHING if self.sliced else Saved(made=(Made(len(self.indices), "int64"),))


class Scatter(Op):
    """The first input with elements of the third, the updates, put where the second, whole numbers,
    says. With ``dim``, the second has a position along that axis for each update, as in ONNX's
    ScatterElements. Without ``dim``, its last axis holds addresses along the first axes, and each
    update is what lies at one, as in ScatterND. With ``reduce``, an update is added to what stands
    there, multiplied with it, or kept where it is the larger or the smaller."""

    examples = (Example({"dim": 1}, (MAP, (7, 28, 28), (7, 28, 28))),)
    fewest_inputs: ClassVar[int] = 3
    most_inputs: ClassVar[int | None] = 3
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "places", "updates")
    undifferentiated: ClassVar[tuple[int, ...]] = (1,)

    dim: int | None = fields.dim("axis along which the second input has positions", None)
    reduce: str | None = fields.declare(
        kinds.Word(("sum", "prod", "amax", "amin")),
        "how an update is combined with what stands there; it replaces that unless given",
        None,
    )

    def multiplies(self, *inputs: Shape) -> Number:
        """With `reduce: prod`, one for each update."""
        return prod(inputs[2]) if self.reduce == "prod" else 0

    def adds(self, *inputs: Shape) -> Number:
        """With `reduce: sum`, one for each update."""
        return prod(inputs[2]) if self.reduce == "sum" else 0

    def comparisons(self, *inputs: Shape) -> Number:
        """With `reduce: amax` or `amin`, one for each update."""
        return prod(inputs[2]) if self.reduce in ("amax", "amin") else 0

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is a place for each update: with ``dim``, which exists, an index, and the input has
        its place along all other axes; else an address, along so many first axes as updates lack,
        and what lies there has the update's size."""
        x, at, updates = inputs
        if self.dim is None:
            yield from self._addressed(x, at, updates)
            return
        yield dim_condition(self.dim, x)
        for number in (1, 2):
            yield Must(
                -abs(len(x) - len(inputs[number])),
                "the inputs differ in their number of axes",
                inputs=(0, number),
            )
        for axis, (a, b) in enumerate(zip(at, updates, strict=True)):
            yield Must(
                equal(a, b),
                "sizes {a} and {b} of axis {axis} differ: there must be an index for each update",
                values={"a": a, "b": b, "axis": axis},
                inputs=(1, 2),
            )
        yield from places_fit(self.dim, x, at)

    def _addressed(self, x: Shape, at: Shape, updates: Shape) -> Iterator[Must]:
        yield needs_axes(at, given=1)
        *places, axes = at
        wanted = len(places) + len(x) - len(updates)  # axes that an address must be along
        yield Must(
            smaller(min(wanted, len(x) - wanted, 0), equal(axes, wanted)),
            "an address of {axes} numbers does not lead to updates of {updates} in an input of {x}",
            values={"axes": axes, "updates": written_shape(updates), "x": written_shape(x)},
            inputs=(1, 2),
        )
        sizes = (*places, *x[wanted:])
        for axis, (a, b) in enumerate(zip(sizes, updates, strict=True)):
            yield Must(
                equal(a, b),
                "the updates have {b} positions along axis {axis}, and {a} are wanted",
                values={"a": a, "b": b, "axis": axis},
                inputs=(2,),
            )

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The own position, and whichever update is put there."""
        own, *others = inputs
        return (position_by_position(len(own)), *((ANYWHERE,) * len(x) for x in others))

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The places. With `reduce: prod`, `amax` or `amin`, the input, the updates and the output
        as well."""
        if self.reduce in (None, "sum"):
            return PLACES
        return PLACES._replace(inputs=(0, 2), outputs=(0,))


class Where(ElementWise):
    """The second input where the first is not 0, the third elsewhere; axes of size 1 broadcast."""

    keeps = CHOICE
    examples = (Example(shapes=(MAP, MAP, MAP)),)
    fewest_inputs: ClassVar[int] = 3
    most_inputs: ClassVar[int | None] = 3
    inputs_called: ClassVar[tuple[str, ...]] = ("condition", "a", "b")
    choice_input: ClassVar[int | None] = 0
