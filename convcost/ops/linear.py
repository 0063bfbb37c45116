"""Linear layers and matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.dims import broadcast_reads
from convcost.ops.example import Example
from convcost.ops.join import broadcast, broadcast_conditions
from convcost.ops.op import (
    WHOLE,
    Op,
    Reads,
    equal,
    needs_axes,
    position_by_position,
)
from convcost.ops.saved import NOTHING, Matrix, Saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.ops.op import Wanted


class Linear(Op):
    """Fully connected layer on the last axis: ``[*rows, in_features]`` to ``[*rows,
    out_features]``, weight layout ``[out_features, in_features]``, as in PyTorch."""

    examples = (Example({"out_features": 1000}, ((512,),)),)
    channels_axis = -1
    weighs_taps = True

    out_features: Number = fields.count("units of the output")
    bias: bool = fields.yes_no("whether each unit has a bias", True)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str]:
        """Rows of features."""
        rows = ["rows"] if rank == 3 else [f"rows_{n}" for n in range(1, rank - 1)]
        return ["batch", *rows, "in_features"][-rank:]

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is an axis of features."""
        yield needs_axes(inputs[0])

    def output(self, *inputs: Shape) -> Shape:
        """``(*rows, out_features)``."""
        return (*inputs[0][:-1], self.out_features)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias``."""
        shapes: dict[str, Shape] = {"weight": (self.out_features, inputs[0][-1])}
        if self.bias:
            shapes["bias"] = (self.out_features,)
        return shapes

    def macs(self, *inputs: Shape) -> Number:
        """``rows x in_features x out_features``."""
        return prod(inputs[0]) * self.out_features

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The whole last axis."""
        return ((*position_by_position(len(inputs[0]) - 1), WHOLE),)

    def adds(self, *inputs: Shape) -> Number:
        """``in_features - 1`` for each output element. With a bias, one more."""
        return prod(self.output(*inputs)) * (inputs[0][-1] - 1 + self.bias)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """With a weight that learns, the input, as a matrix of rows."""
        return Saved(matrices=(Matrix(0, inputs[0], 1),)) if wanted.weights else NOTHING


class MatMul(Op):
    """Matrix product of two inputs over their last two axes: ``[*batch, m, k]`` times
    ``[*batch, k, n]``; axes before them broadcast, as in NumPy."""

    attends = "product"
    examples = (Example(shapes=((8, 196, 64), (8, 64, 196))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    factors: ClassVar[tuple[int, ...]] = (0, 1)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str]:
        """``m``, ``k`` and ``n``, of each of several heads."""
        outer = ["batch", "heads"] if rank < 5 else [f"size_{n}" for n in range(1, rank - 1)]
        return [*outer[: rank - 2], *(("m", "k"), ("k", "n"))[number]]

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Two matrices whose inner sizes agree and whose other axes broadcast."""
        a, b = inputs
        for number, shape in enumerate(inputs):
            yield Must(len(shape) - 2, "a matrix needs two axes", inputs=(number,))
        yield Must(
            equal(a[-1], b[-2]),
            "the first input has {k} columns and the second {other} rows",
            values={"k": a[-1], "other": b[-2]},
            inputs=(0, 1),
        )
        yield from broadcast_conditions(a[:-2], b[:-2], skipped=2)

    def output(self, *inputs: Shape) -> Shape:
        """``(*batch, m, n)``."""
        a, b = inputs
        return (*broadcast(a[:-2], b[:-2]), a[-2], b[-1])

    def macs(self, *inputs: Shape) -> Number:
        """``batch x m x k x n``."""
        return prod(self.output(*inputs)) * inputs[0][-1]

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Rows of the first, columns of the second, the whole inner axis."""
        a, b = inputs
        batch = cast("tuple[int, ...]", broadcast(a[:-2], b[:-2]))
        rows = (*broadcast_reads(a[:-2], batch), Reads(len(batch)), WHOLE)
        columns = (*broadcast_reads(b[:-2], batch), WHOLE, Reads(len(batch) + 1))
        return (rows, columns)

    def adds(self, *inputs: Shape) -> Number:
        """``k - 1`` for each output element."""
        return prod(self.output(*inputs)) * (inputs[0][-1] - 1)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Each input for the gradient of the other, as matrices."""
        a, b = inputs
        folded = len(b) == 2 < len(a)
        batch = broadcast(a[:-2], b[:-2])
        first = Matrix(0, a, 1) if folded else Matrix(0, (*batch, *a[-2:]))
        second = Matrix(1, b if folded else (*batch, *b[-2:]))
        each = ((1, first), (0, second))
        return Saved(matrices=tuple(kept for other, kept in each if wanted.by(other)))
