"""Operators that convcost does not know, as importers meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.digits import Digit
from convcost.ops import fields
from convcost.ops.kinds import FieldKind
from convcost.ops.op import Op, Reads

if TYPE_CHECKING:
    from convcost.number import Number, Shape


class Opaque(Op):
    """A layer of which only the shapes and the stored arrays are known, and of its costs what a
    rule of the user's states. No spec has it."""

    opaque: ClassVar[bool] = True
    factors: ClassVar[tuple[int, ...]] = ()
    fewest_inputs: ClassVar[int] = 0
    most_inputs: ClassVar[int | None] = None

    operator: str = fields.declare(FieldKind(), "the operator's name, with its domain")
    makes: tuple[Shape, ...] = fields.declare(FieldKind(), "full shapes of the outputs")
    arrays: tuple[Shape, ...] = fields.declare(FieldKind(), "shapes of the learned arrays", ())
    constants: tuple[Shape, ...] = fields.declare(FieldKind(), "shapes of the other arrays", ())
    batch: bool = fields.yes_no("whether axis 0 of the outputs is that of the inputs", True)
    costs: tuple[tuple[str, int], ...] | None = fields.declare(
        FieldKind(), "costs by metric, as a rule states them", None
    )

    @property
    def costed(self) -> bool:  # pyright: ignore - it is one fact of all other ops
        """Whether a rule states what it costs."""
        return self.costs is not None

    def outputs(self, *inputs: Shape) -> tuple[Shape, ...]:
        """As stated; with ``batch``, as many samples as the inputs have."""
        samples = inputs[0][:1] if self.batch and inputs else ()
        return tuple((*samples, *shape[len(samples) :]) for shape in self.makes)

    def output(self, *inputs: Shape) -> Shape:
        """The first output's shape."""
        return self.outputs(*inputs)[0]

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``array0``, ``array1`` ..."""
        return {f"array{number}": shape for number, shape in enumerate(self.arrays)}

    def buffers(self, *inputs: Shape) -> dict[str, Shape]:
        """``constant0``, ``constant1`` ..."""
        return {f"constant{number}": shape for number, shape in enumerate(self.constants)}

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Its own sample with ``batch``; besides, it is not known what."""
        return self.reads_of_output(0, *inputs)

    def reads_of_output(
        self, output: int, *inputs: tuple[int, ...]
    ) -> tuple[tuple[Reads, ...], ...]:
        """Of each output alike, but that outputs have axes of their own."""
        made = self.outputs(*inputs)[output]
        sizes: list[int] = [int(n) for n in made]  # pyright: ignore - stated, so no formulas
        places = tuple(Digit(axis, 1, size) for axis, size in enumerate(sizes))
        anywhere = Reads(None, None, parts=places)
        return tuple(
            tuple(Reads(0) if axis == 0 and self.batch else anywhere for axis in range(len(shape)))
            for shape in inputs
        )

    def _stated(self, metric: str) -> int:
        return dict(self.costs or ()).get(metric, 0)

    def macs(self, *inputs: Shape) -> Number:
        """As stated."""
        return self._stated("macs")

    def multiplies(self, *inputs: Shape) -> Number:
        """As stated, and at least one for each MAC."""
        return max(self._stated("multiplies"), self._stated("macs"))

    def adds(self, *inputs: Shape) -> Number:
        """As stated."""
        return self._stated("adds")

    def divides(self, *inputs: Shape) -> Number:
        """As stated."""
        return self._stated("divides")

    def comparisons(self, *inputs: Shape) -> Number:
        """As stated."""
        return self._stated("comparisons")

    def transcendentals(self, *inputs: Shape) -> Number:
        """As stated."""
        return self._stated("transcendentals")
