"""Ops that move or regroup elements without arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from convcost.digits import Digit, dealt, merged
from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields, kinds
from convcost.ops.dims import dim_condition
from convcost.ops.example import Example
from convcost.ops.op import (
    Op,
    Reads,
    divides,
    equal,
    needs_axes,
    position_by_position,
    written_shape,
)
from convcost.ops.saved import NOTHING
from convcost.window import step

if TYPE_CHECKING:
    from collections.abc import Iterator


MOST_PARTS = 2**12  # each is a tensor: beyond it a spec has a slip


class Split(Op):
    """The input dealt out along an axis: several outputs, in order. With ``parts``, they are equal.
    With ``sizes``, each has its own."""

    keeps = NOTHING
    strided = True
    examples = (Example({"parts": 2}), Example({"sizes": [48, 16]}))

    parts: int | None = fields.count("number of equal parts", None, most=MOST_PARTS)
    sizes: Shape | None = fields.declare(
        kinds.Counts("a list of sizes"), "size of each part, in place of parts", None
    )
    dim: int = fields.dim("axis to split: 1 is the channels", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The parts make up the axis."""
        x = inputs[0]
        given = (self.parts is not None) + (self.sizes is not None)
        yield Must(-abs(given - 1), "give either parts or sizes", "op")
        yield dim_condition(self.dim, x)
        if self.sizes is not None:
            yield Must(
                equal(sum_of(self.sizes), x[self.dim]),
                "sizes add up to {sum}, and axis {dim} has {size}",
                "sizes",
                {"sum": sum_of(self.sizes), "dim": self.dim, "size": x[self.dim]},
            )
        elif self.parts is not None:
            yield Must(
                divides(self.parts, x[self.dim]),
                "parts ({parts}) does not divide the {size} positions of axis {dim}",
                "parts",
                {"parts": self.parts, "size": x[self.dim], "dim": self.dim},
            )

    def outputs(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Each part's shape."""
        x = inputs[0]
        parts = self.parts or 1
        sizes = (x[self.dim] // parts,) * parts if self.sizes is None else self.sizes
        return tuple((*x[: self.dim], size, *x[self.dim + 1 :]) for size in sizes)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position; along ``dim`` the outputs differ."""
        return self._along(Reads(self.dim, None), inputs[0])

    def reads_of_output(
        self, output: int, *inputs: tuple[int, ...]
    ) -> tuple[tuple[Reads, ...], ...]:
        """Own position; along ``dim`` from where the part begins."""
        x = inputs[0]
        if self.sizes is None:
            start = x[self.dim] // (self.parts or 1) * output
        else:
            start = cast("int", sum_of(self.sizes[:output]))
        return self._along(Reads(self.dim, step(1, before=-start)), x)

    def _along(self, how: Reads, x: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        own = position_by_position(len(x))
        return ((*own[: self.dim], how, *own[self.dim + 1 :]),)


def sum_of(sizes: Shape) -> Number:
    """The sum of sizes."""
    result: Number = 0
    for size in sizes:
        result = result + size
    return result


class ChannelShuffle(Op):
    """Channels regrouped: ``[groups, C / groups]`` transposed. Zhang et al., ShuffleNet, arXiv
    1707.01083."""

    keeps = NOTHING
    examples = (Example({"groups": 4}),)

    groups: Number = fields.count("groups that are dealt out")

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Groups divide channels."""
        yield needs_axes(inputs[0], 2)
        channels = inputs[0][1]
        yield Must(
            divides(self.groups, channels),
            "groups ({groups}) does not divide the {channels} input channels",
            "groups",
            {"groups": self.groups, "channels": channels},
        )

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position, and the channel that was dealt to this place."""
        x, groups = inputs[0], cast("int", self.groups)
        size = x[1] // groups
        parts = merged([Digit(1, 1, groups, size), Digit(1, groups, size)])
        return ((Reads(0), Reads(None, parts=parts), *position_by_position(len(x))[2:]),)


class Flatten(Op):
    """Axes from ``start_dim`` to ``end_dim`` merged into one; 1 is the channels."""

    keeps = NOTHING
    view = True
    start_dim: int = fields.dim("first axis merged", 1)
    end_dim: int = fields.declare(
        kinds.Count(-kinds.MOST_AXES), "last axis merged; -1 is the last", -1
    )

    def last(self, x: Shape) -> int:
        """The last axis merged, counted from the front."""
        return self.end_dim % len(x) if self.end_dim < 0 else self.end_dim

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axes exist, in order."""
        x = inputs[0]
        yield needs_axes(x)
        yield Must(
            min(
                self.last(x) - self.start_dim,
                len(x) - 1 - self.last(x),
                self.start_dim - 1,
                len(x) + self.end_dim,
            ),
            "axes {start} to {end} are not axes of {shape}: 1 is the channels",
            "start_dim",
            {"start": self.start_dim, "end": self.end_dim, "shape": written_shape(x)},
        )

    def output(self, *inputs: Shape) -> Shape:
        """The merged axis is the product of its parts."""
        x = inputs[0]
        last = self.last(x)
        return (*x[: self.start_dim], prod(x[self.start_dim : last + 1]), *x[last + 1 :])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Merged axes are digits of the merged one; later ones move up."""
        return (regrouped(inputs[0], cast("tuple[int, ...]", self.output(*inputs))),)


class Reshaping(Op):
    """The same elements in another shape, in row-major order."""

    keeps = NOTHING
    view = True
    made_called: ClassVar[str | None] = "rest"
    stays: ClassVar[int]
    """The number of axes before those of ``shape`` stay."""

    shape: Shape

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """As many elements as before."""
        x = inputs[0]
        elements = prod(x[self.stays :])
        open_axes = self._open()
        yield Must(1 - len(open_axes), "only one size of shape may be -1", "shape")
        yield Must(
            divides(self._known(), elements) if open_axes else equal(self._known(), elements),
            "{shape} has {known} elements, and the input {given} has {elements}",
            "shape",
            {
                "shape": written_shape((1, *self.shape)),
                "known": f"a multiple of {self._known()}" if open_axes else self._known(),
                "given": written_shape((1, *x[self.stays :])),
                "elements": elements,
            },
        )

    def _open(self) -> list[int]:
        return [axis for axis, size in enumerate(self.shape) if isinstance(size, int) and size < 0]

    def _known(self) -> Number:
        open_axes = self._open()
        return prod(size for axis, size in enumerate(self.shape) if axis not in open_axes)

    def thinned(self, before: tuple[int, ...], after: tuple[int, ...]) -> Reshaping:
        """With the largest axis that can be so, of those that hold the places of the one that
        shrank."""
        made = cast("tuple[int, ...]", self.output(before))
        sizes = list(made)
        for axis, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                holding = landing_axes(before, made, axis, self.stays)
                fitting = [place for place in holding if sizes[place] * new % old == 0]
                if fitting:
                    place = max(fitting, key=lambda place: sizes[place])
                    sizes[place] = sizes[place] * new // old
        open_axes = self._open()
        shape = enumerate(sizes[self.stays :])
        return self.replaced(shape=tuple(-1 if a in open_axes else size for a, size in shape))

    def output(self, *inputs: Shape) -> Shape:
        """``shape``, after what stays."""
        x = inputs[0]
        left = prod(x[self.stays :]) // self._known()
        open_axes = self._open()
        sizes = (left if axis in open_axes else size for axis, size in enumerate(self.shape))
        return (*x[: self.stays], *sizes)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Axes that go through whole keep their place; others are digits of what holds them."""
        return (regrouped(inputs[0], cast("tuple[int, ...]", self.output(*inputs))),)


class Reshape(Reshaping):
    """The same elements in another shape, in row-major order; the batch stays."""

    examples = (Example({"shape": [64, -1]}),)
    stays: ClassVar[int] = 1

    shape: Shape = fields.declare(
        kinds.Counts("a list of sizes without the batch; one may be -1", least=-1),
        "sizes of the result, without the batch; -1 for what is left",
    )


class View(Reshaping):
    """The same elements in another shape, in row-major order: a ``reshape`` whose ``shape`` has the
    batch too, as graphs of other tools write it."""

    examples = (Example({"shape": [1, 64, -1]}),)
    stays: ClassVar[int] = 0

    shape: Shape = fields.declare(
        kinds.Counts("a list of sizes with the batch; one may be -1", least=-1),
        "sizes of the result, the batch among them; -1 for what is left",
    )


def regrouped(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[Reads, ...]:
    """Reads of a row-major reshape from ``x`` to ``y``."""
    kept = kept_axes(x, y)
    return tuple(
        Reads(kept[axis]) if axis in kept else _dealt(x, y, axis) for axis in range(len(x))
    )


def _dealt(x: tuple[int, ...], y: tuple[int, ...], axis: int) -> Reads:
    parts = dealt(x, y, axis)
    if parts is not None:
        return Reads(None, parts=parts)
    onto = landing_axes(x, y, axis, 0)
    return Reads(None, None, parts=tuple(Digit(b, 1, y[b]) for b in onto))


def kept_axes(x: Shape, y: Shape) -> dict[int, int]:
    """Axes of ``x`` that a reshape to ``y`` leaves whole: their place in ``y``."""
    # In row-major order an axis stays itself if as many elements lie before it as did. Only axes of
    # size 1 can have several places: they take them in order.
    places: dict[tuple[Number, Number], list[int]] = {}
    for b, size in enumerate(y):
        places.setdefault((prod(y[:b]), size), []).append(b)
    found = {a: places.get((prod(x[:a]), size)) for a, size in enumerate(x)}
    return {a: free.pop(0) for a, free in found.items() if free}


def landing_axes(x: tuple[int, ...], y: tuple[int, ...], axis: int, stays: int) -> tuple[int, ...]:
    """Axes of ``y`` that the positions of an axis of ``x`` are dealt out to by a reshape, before
    which some axes stay."""
    # A position moves an element by `one` in row-major order, and stays within blocks of `block`.
    # A place along an axis of y does not change by that if a position moves it by whole rounds of
    # that axis, or if blocks do not reach over one place of it.
    one, block = prod(x[axis + 1 :]), prod(x[axis:])
    found: list[int] = []
    for b in range(stays, len(y)):
        place, around = prod(y[b + 1 :]), prod(y[b:])
        if one % around and place % block:
            found.append(b)
    return tuple(found) or tuple(range(stays, len(y)))  # an axis of size 1 may lie anywhere


class Permute(Op):
    """Axes in another order; the batch (axis 0) stays first and is not written."""

    keeps = NOTHING
    strided = True
    examples = (Example({"dims": [2, 3, 1]}),)

    dims: tuple[int, ...] = fields.declare(kinds.Order(), "the new order of the axes")

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Every axis is named once."""
        axes = list(range(1, len(inputs[0])))
        yield Must(
            0 if sorted(self.dims) == axes else -1,
            "dims must name each of the axes {axes} once; the batch stays where it is",
            "dims",
            {"axes": axes},
        )

    def output(self, *inputs: Shape) -> Shape:
        """The sizes in the new order."""
        x = inputs[0]
        return (x[0], *(x[axis] for axis in self.dims))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Each axis at its new place."""
        order = (0, *self.dims)
        return (tuple(Reads(order.index(axis)) for axis in range(len(order))),)


class Transpose(Op):
    """All axes in another order, the batch (axis 0) among them, as graphs of other tools write
    it."""

    keeps = NOTHING
    strided = True
    examples = (Example({"dims": [0, 2, 3, 1]}),)

    dims: tuple[int, ...] = fields.declare(
        kinds.Counts("a list of all axes, the batch being 0", least=0), "the new order of the axes"
    )

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Every axis is named once."""
        axes = list(range(len(inputs[0])))
        yield Must(
            0 if sorted(self.dims) == axes else -1,
            "dims must name each of the axes {axes} once",
            "dims",
            {"axes": axes},
        )

    def output(self, *inputs: Shape) -> Shape:
        """The sizes in the new order."""
        return tuple(inputs[0][axis] for axis in self.dims)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Each axis at its new place."""
        return (tuple(Reads(self.dims.index(axis)) for axis in range(len(self.dims))),)
