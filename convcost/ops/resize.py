"""Ops that cut a map or put a border around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.number import Must, Shape
from convcost.ops import fields, kinds
from convcost.ops.example import Example
from convcost.ops.op import Op, Reads, needs_spatial, position_by_position
from convcost.ops.saved import INPUT, NOTHING
from convcost.window import step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved
    from convcost.window import Pairs, Step


def spatial_reads(steps: Iterable[Step | None]) -> tuple[tuple[Reads, ...], ...]:
    """Own sample and channel, each spatial axis through its step."""
    return ((Reads(0), Reads(1), *(Reads(a, s) for a, s in enumerate(steps, start=2))),)


class Crop(Op):
    """A part of the map: ``[C, *in]`` to ``[C, *size]``. With ``start``, it begins there. Without
    ``start``, it is the middle."""

    keeps = NOTHING
    strided = True
    examples = (Example({"size": 24}),)
    fields_of_like = ("size",)

    size: Shape = fields.size("length of each axis of the output")
    start: Shape | None = fields.per_axis(
        "first position kept of each axis; the middle unless given", None, least=0
    )

    @classmethod
    def like(cls, here: Sequence[int], there: Sequence[int]) -> dict[str, list[Any]]:
        """``size``."""
        found = super().like(here, there)
        if any(wanted > size for size, wanted in zip(here, there, strict=True)):
            raise kinds.FieldError("is larger, and a crop only shrinks")
        return found

    def stretched(self, before: tuple[int, ...], after: tuple[int, ...]) -> Crop:
        """As much is cut off as before."""
        sizes = zip(cast("tuple[int, ...]", self.size), before[2:], after[2:], strict=True)
        return self.replaced(size=tuple(max(1, n + new - old) for n, old, new in sizes))

    def starts(self, x: Shape) -> Shape:
        """The first position kept of each axis."""
        if self.start is not None:
            return self.start
        return tuple((n - size) // 2 for n, size in zip(x[2:], self.size, strict=True))

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The part lies inside."""
        x = inputs[0]
        yield needs_spatial(x)
        starts: Shape = (0,) * len(self.size) if self.start is None else self.start
        for axis, (n, size, start) in enumerate(zip(x[2:], self.size, starts, strict=True)):
            yield Must(
                n - size - start,
                "a crop of {size}{where} does not fit in the {n} positions of spatial axis {axis}",
                "size",
                {
                    "size": size,
                    "where": "" if self.start is None else f" from position {start}",
                    "n": n,
                    "axis": axis,
                },
                inputs=(0,),
            )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *size)``."""
        return (*inputs[0][:2], *self.size)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Positions moved by the start."""
        starts = cast("tuple[int, ...]", self.starts(inputs[0]))
        return spatial_reads(step(1, before=-start) for start in starts)


class Pad(Op):
    """Borders added to the map. With ``mode: constant``, they hold ``value``. With ``mode:
    reflect``, they mirror the map. With ``mode: replicate``, they repeat its edge. With ``mode:
    circular``, each continues the map from its other end. Written with ``like``, it grows to that
    layer's size, the odd position after."""

    examples = (Example({"padding": 1}),)
    fields_of_like = ("padding",)

    padding: Pairs = fields.borders(
        "positions added before and after each axis; of channels as well, where a pair for them "
        "stands before",
        channels=True,
    )
    mode: str = fields.declare(
        kinds.Word(("constant", "reflect", "replicate", "circular")),
        "what the border holds",
        "constant",
    )
    value: float = fields.real("number that a constant border is of", 0.0)

    @classmethod
    def like(cls, here: Sequence[int], there: Sequence[int]) -> dict[str, list[Any]]:
        """``padding``, the odd position after."""
        super().like(here, there)
        grow = [wanted - size for size, wanted in zip(here, there, strict=True)]
        if min(grow, default=0) < 0:
            raise kinds.FieldError("is smaller, and a pad only grows")
        return {"padding": [[amount // 2, amount - amount // 2] for amount in grow]}

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """A reflected border is smaller than the map, and a circular one no larger."""
        x = inputs[0]
        yield needs_spatial(x)
        padded = zip(x[self._stay(x) :], self.padding, strict=True)
        amounts = [(n, amount) for n, pair in padded for amount in pair]
        for n, amount in amounts if self.mode == "reflect" else ():
            yield Must(
                n - 1 - amount,
                "a reflected border ({amount}) must be smaller than the axis ({n})",
                "padding",
                {"amount": amount, "n": n},
            )
        for n, amount in amounts if self.mode == "circular" else ():
            yield Must(
                n - amount,
                "a circular border ({amount}) must be no larger than the axis ({n})",
                "padding",
                {"amount": amount, "n": n},
            )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *out)``."""
        x, stay = inputs[0], self._stay(inputs[0])
        padded = (n + a + b for n, (a, b) in zip(x[stay:], self.padding, strict=True))
        return (*x[:stay], *padded)

    def _stay(self, x: Shape) -> int:
        """The number of axes before those that become longer."""
        return len(x) - len(self.padding)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Positions moved by the border before. A border of a constant reads on where it lies, any
        other one what it repeats."""
        stay, befores = self._stay(inputs[0]), (cast("int", before) for before, _ in self.padding)
        border = "" if self.mode == "constant" else self.mode
        steps = (step(1, before=before)._replace(border=border) for before in befores)
        moved = (Reads(axis, how) for axis, how in enumerate(steps, start=stay))
        return ((*position_by_position(stay), *moved),)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """With `mode: reflect` or `replicate`, the input, of which only the shape is needed."""
        return INPUT if self.mode in ("reflect", "replicate") else NOTHING
