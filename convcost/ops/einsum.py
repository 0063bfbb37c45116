"""Sums of products in Einstein's notation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields, kinds
from convcost.ops.example import Example
from convcost.ops.op import WHOLE, Op, Reads, equal
from convcost.ops.saved import Made, Merged, Saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.ops.op import Wanted


class Einsum(Op):
    """Sum of products of two inputs, in Einstein's notation: ``bij,bjk->bik`` is a matrix product.
    A letter for each axis, the batch included; what is in no letter of the result is summed over.
    Where nothing is, the products are multiplies, not macs. In a spec it is quoted: ``equation:
    "bij,bjk->bik"``."""

    examples = (Example({"equation": "bij,bjk->bik"}, ((196, 64), (64, 196))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    factors: ClassVar[tuple[int, ...]] = (0, 1)

    equation: str = fields.declare(kinds.Equation(), "letters of each input, then of the result")

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str]:
        """The letters."""
        return kinds.labels_of(self.equation)[number]

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """A letter for each axis, and one size for each letter."""
        *letters, _ = kinds.labels_of(self.equation)
        for number, (labels, shape) in enumerate(zip(letters, inputs, strict=True)):
            yield Must(
                -abs(len(labels) - len(shape)),
                "{labels} names {letters} axes, and the input has {rank}",
                "equation",
                {"labels": labels, "letters": len(labels), "rank": len(shape)},
                inputs=(number,),
            )
        a, b = (dict(zip(*pair, strict=True)) for pair in zip(letters, inputs, strict=True))
        for label in a:
            if label in b:
                yield Must(
                    equal(a[label], b[label]),
                    "sizes {a} and {b} of axis {label} differ",
                    "equation",
                    {"a": a[label], "b": b[label], "label": label},
                    inputs=(0, 1),
                )

    def lengths(self, *inputs: Shape) -> dict[str, Number]:
        """The size of each letter."""
        left, right, _ = kinds.labels_of(self.equation)
        return dict(zip(left + right, (*inputs[0], *inputs[1]), strict=True))

    def output(self, *inputs: Shape) -> Shape:
        """The sizes of the result's letters."""
        sizes = self.lengths(*inputs)
        return tuple(sizes[label] for label in kinds.labels_of(self.equation)[2])

    def sums(self) -> bool:
        """Whether any letter is summed over."""
        left, right, out = kinds.labels_of(self.equation)
        return not set(left + right) <= set(out)

    def macs(self, *inputs: Shape) -> Number:
        """The product of the sizes of all letters."""
        return self.multiplies(*inputs) if self.sums() else 0

    def multiplies(self, *inputs: Shape) -> Number:
        """One for each choice of a position of every letter."""
        return prod(self.lengths(*inputs).values())

    def adds(self, *inputs: Shape) -> Number:
        """``n - 1`` for each sum of n products."""
        return self.multiplies(*inputs) - prod(self.output(*inputs))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position along the result's letters, the whole of the others."""
        left, right, out = kinds.labels_of(self.equation)
        return tuple(
            tuple(Reads(out.index(label)) if label in out else WHOLE for label in labels)
            for labels in (left, right)
        )

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Each input for the gradient of the other, summed along letters that only it has. Where
        letters of both are summed over, matrices are multiplied, and kept as those."""
        *letters, out = kinds.labels_of(self.equation)
        kept: list[int] = []
        merged: list[Merged] = []
        made: list[Made] = []
        for number, labels in enumerate(letters):
            others = letters[1 - number] + out
            alone = [axis for axis, label in enumerate(labels) if label not in others]
            if not wanted.by(1 - number):
                continue
            if alone:
                sizes = (n for axis, n in enumerate(inputs[number]) if axis not in alone)
                made.append(Made(prod(sizes)))
            elif set(letters[0]) & set(letters[1]) <= set(out):
                kept.append(number)
            else:
                merged.append(Merged(number, _as_matrices(labels, letters[1 - number], out)))
        return Saved(tuple(kept), made=tuple(made), merged=tuple(merged))


def _as_matrices(labels: str, other: str, out: str) -> tuple[tuple[int, ...], ...]:
    """The axes of an input that are merged where it is multiplied as matrices."""
    shared = tuple(labels.index(label) for label in out if label in labels and label in other)
    own = tuple(labels.index(label) for label in out if label in labels and label not in other)
    summed = tuple(axis for axis, label in enumerate(labels) if label not in out)
    return shared, own, summed
