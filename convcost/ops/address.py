"""Ops whose second input holds places, or that make places of numbers. Shapes are full: with the
batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, prod, smaller
from convcost.ops import fields, kinds
from convcost.ops.dims import dim_condition, places_fit
from convcost.ops.example import MAP, Example
from convcost.ops.op import WHOLE, EachElement, Op, Reads, equal, position_by_position
from convcost.ops.pick import ANYWHERE
from convcost.ops.saved import INPUT, NOTHING, PLACES, Made

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved


class GatherElements(Op):
    """An element of the first input for each of the second, which says where along ``dim`` it lies;
    the other places are its own. PyTorch calls it ``gather``. Places are taken modulo the size."""

    examples = (Example({"dim": 1}, (MAP, (7, 28, 28))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "places")
    undifferentiated: ClassVar[tuple[int, ...]] = (1,)

    dim: int = fields.dim("axis along which the second input has places", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axis exists, and the first input has the places of the second along all others."""
        x, at = inputs
        yield dim_condition(self.dim, x)
        yield Must(
            -abs(len(x) - len(at)),
            "the inputs differ in their number of axes",
            inputs=(0, 1),
        )
        yield from places_fit(self.dim, x, at)

    def output(self, *inputs: Shape) -> Shape:
        """That of the places."""
        return inputs[1]

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Any position along the axis, the own one along others; the own place."""
        x, at = inputs
        own = position_by_position(len(x))
        return (
            (*own[: self.dim], ANYWHERE, *own[self.dim + 1 :]),
            position_by_position(len(at)),
        )

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, of which only the shape is needed, and the places."""
        return PLACES._replace(inputs=(0,))


class GatherND(Op):
    """Parts of the first input that lie at addresses along its first axes: the last axis of the
    second input holds them, a number for each of ``axes``. With ``batch_dims``, so many axes before
    those are common to both inputs. Numbers are taken modulo the size."""

    examples = (Example({"axes": 2, "batch_dims": 1}, (MAP, (7, 2))), Example({}, (MAP, (7, 1))))
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "addresses")
    undifferentiated: ClassVar[tuple[int, ...]] = (1,)

    axes: int = fields.count("axes that an address has a number for", 1)
    batch_dims: int = fields.declare(kinds.Count(0), "first axes that both inputs share", 0)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """Those of the addresses are not a map's."""
        return [f"address_{n}" for n in range(rank)] if number else None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There are such axes; addresses have a number for each; shared axes agree."""
        x, at = inputs
        least = self.batch_dims + self.axes
        yield Must(
            len(x) - least,
            "addresses along {axes} axes after {shared} shared ones need an input of {least} axes",
            "axes",
            {"axes": self.axes, "shared": self.batch_dims, "least": least},
            (0,),
        )
        yield Must(
            len(at) - 1 - self.batch_dims,
            "the addresses have {rank} axes, and batch_dims shares {shared} besides the last",
            "batch_dims",
            {"rank": len(at), "shared": self.batch_dims},
            (1,),
        )
        yield Must(
            equal(at[-1], self.axes),
            "the addresses have {given} numbers each, and {axes} are wanted",
            "axes",
            {"given": at[-1], "axes": self.axes},
            (1,),
        )
        for axis, (a, b) in enumerate(zip(x[: self.batch_dims], at, strict=False)):
            yield Must(
                equal(a, b),
                "sizes {a} and {b} of the shared axis {axis} differ",
                "batch_dims",
                {"a": a, "b": b, "axis": axis},
                (0, 1),
            )

    def output(self, *inputs: Shape) -> Shape:
        """The axes of the addresses but the last, then those of a part."""
        x, at = inputs
        return (*at[:-1], *x[self.batch_dims + self.axes :])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Any position along the axes of an address; the own address."""
        x, at = inputs
        first = self.batch_dims + self.axes
        shared = position_by_position(self.batch_dims)
        moved = (Reads(axis - first + len(at) - 1) for axis in range(first, len(x)))
        return (
            (*shared, *(ANYWHERE,) * self.axes, *moved),
            (*position_by_position(len(at) - 1), WHOLE),
        )

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The addresses. With ``batch_dims``, those along one axis, and the input, of which only
        the shape is needed."""
        at = inputs[1]
        return INPUT._replace(made=(Made(prod(at[:-1]), "int64"),)) if self.batch_dims else PLACES


class OneHot(Op):
    """An axis of ``num_classes`` positions, put in as axis ``dim``, that has ``hot`` where the
    input says and ``cold`` elsewhere. Numbers from ``-num_classes`` on count from the end; others
    are nowhere. It counts nothing: each is put where it belongs."""

    keeps = NOTHING
    examples = (Example({"num_classes": 10}, ((28, 28),)),)
    discrete: ClassVar[tuple[int, ...]] = (0,)

    num_classes: Number = fields.count("positions of the new axis")
    dim: int = fields.dim("the place of the new axis: 1 is that of the channels", 1, beyond=1)
    hot: float = fields.real("value at the place that the input gives", 1)
    cold: float = fields.real("value elsewhere", 0)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The new axis has a place among the others."""
        yield dim_condition(self.dim, (*inputs[0], self.num_classes))

    def output(self, *inputs: Shape) -> Shape:
        """One more axis."""
        x = inputs[0]
        return (*x[: self.dim], self.num_classes, *x[self.dim :])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The own position, which is the same for all of the new axis."""
        return (tuple(Reads(a + (a >= self.dim)) for a in range(len(inputs[0]))),)


class _Triangle(EachElement):
    """The other elements are taken times 0: a mask is not arithmetic, but what it meets is read."""

    keeps = NOTHING

    diagonal: int = fields.declare(
        kinds.Count(-kinds.LARGEST_SIZE),
        "diagonal up to which elements stay: 0 is the main one, 1 is above it, -1 below",
        0,
    )

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There are two axes."""
        yield Must(len(inputs[0]) - 2, "a triangle needs two axes, and there is one", inputs=(0,))


class Tril(_Triangle):
    """The lower triangle of the last two axes, the ``diagonal`` included; 0 above it. It counts
    nothing."""


class Triu(_Triangle):
    """The upper triangle of the last two axes, the ``diagonal`` included; 0 below it. It counts
    nothing."""


class ReverseSequence(Op):
    """The first elements along axis ``dim`` in reverse order, as many as the second input says for
    each position of axis ``batch_dim``; those after them stay."""

    examples = (Example({"dim": 1}, (MAP, (1,))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "lengths")
    undifferentiated: ClassVar[tuple[int, ...]] = (1,)

    dim: int = fields.dim("axis along which elements are reversed", 1)
    batch_dim: int = fields.declare(kinds.Count(0), "axis that has a length each", 0)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """Those of the lengths are not a map's."""
        return ["lengths", ""] if number else None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axes exist, and there is a length for each position of one."""
        x, lengths = inputs
        yield dim_condition(self.dim, x)
        yield dim_condition(self.batch_dim, x)
        yield Must(
            -abs(len(lengths) - 2),
            "the lengths must have two axes, the second of size 1, and here are {rank}",
            values={"rank": len(lengths)},
            inputs=(1,),
        )
        yield Must(
            smaller(equal(lengths[0], x[self.batch_dim]), equal(lengths[1], 1)),
            "the lengths are {given}, and {size} by 1 are wanted: one for each position of axis "
            "{axis}",
            "batch_dim",
            {
                "given": " by ".join(map(str, lengths)),
                "size": x[self.batch_dim],
                "axis": self.batch_dim,
            },
            (0, 1),
        )

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Any position along the axis, the own one along others; the own length."""
        own = position_by_position(len(inputs[0]))
        return ((*own[: self.dim], ANYWHERE, *own[self.dim + 1 :]), (Reads(self.batch_dim), WHOLE))

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, of which only the shape is needed, and where each element comes from."""
        x = inputs[0]
        return INPUT._replace(made=(Made(x[self.batch_dim] * x[self.dim], "int64"),))
