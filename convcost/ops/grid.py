"""Samples of a map at places that another input says."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields, kinds
from convcost.ops.deform import weight_products
from convcost.ops.example import MAP, Example
from convcost.ops.op import WHOLE, Op, Reads, equal, needs_spatial, written_shape
from convcost.ops.saved import Saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.ops.op import Wanted


class GridSample(Op):
    """The map ``x`` sampled where ``grid`` says, ``from: [x, grid]``: that is ``[*out, rank]``,
    a place for each position of the output, its last spatial axis first, from -1 to 1 over the map.
    Jaderberg et al., "Spatial Transformer Networks", arXiv 1506.02025. Fields are PyTorch's.

    The algorithm: for each place and axis 1 multiply and 1 add. Without ``align_corners``, they
    make ``g n / 2 + (n - 1) / 2``. With ``align_corners``, they make ``g (n - 1) / 2 + (n - 1) /
    2``. With ``padding_mode: border``, 2 comparisons keep the place inside. With ``mode:
    bilinear``, the rest is as for a sampling point of ``deform_conv``: 1 floor (a comparison) and 2
    adds an axis, the corners' weights, and for each channel a sum of corners times weights. With
    ``mode: nearest``, the place is rounded (a comparison), and the rest is addresses."""

    examples = (Example(shapes=(MAP, (14, 14, 2))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "grid")

    mode: str = fields.declare(kinds.Word(("bilinear", "nearest")), "how, at any rank", "bilinear")
    padding_mode: str = fields.declare(
        kinds.Word(("zeros", "border")), "what lies outside the map", "zeros"
    )
    align_corners: bool = fields.yes_no("whether -1 and 1 are the centres of the corners", False)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """Those of the grid are the output's."""
        return ["batch", *(f"out_{axis}" for axis in axes), ""] if number else None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is a place of as many numbers as the map has axes, for the same samples."""
        x, grid = inputs
        yield needs_spatial(x)
        yield Must(
            -abs(len(grid) - len(x)),
            "the grid {shape} must have {axes} axes",
            values={"shape": written_shape(grid), "axes": len(x) - 1},
            inputs=(1,),
        )
        yield Must(
            equal(grid[-1], len(x) - 2),
            "the grid must have {rank} numbers for each position, and there are {given}",
            values={"rank": len(x) - 2, "given": grid[-1]},
            inputs=(1,),
        )
        yield Must(
            equal(grid[0], x[0]),
            "the grid is for {given} samples, and the input has {batch}",
            values={"given": grid[0], "batch": x[0]},
            inputs=(0, 1),
        )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *out)``."""
        x, grid = inputs
        return (*x[:2], *grid[1:-1])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Anywhere on the own channel's map; the own position's place."""
        rank = len(inputs[0]) - 2
        anywhere = (Reads(None, deformed=True),) * rank
        places = (Reads(axis + 2) for axis in range(rank))
        return ((Reads(0), Reads(1), *anywhere), (Reads(0), *places, WHOLE))

    def places(self, *inputs: Shape) -> Number:
        """Numbers of the grid."""
        return prod(inputs[1])

    def multiplies(self, *inputs: Shape) -> Number:
        """One for each place along an axis. With ``mode: bilinear``, those of corners' weights and
        of corners besides."""
        rank, places = len(inputs[0]) - 2, self.places(*inputs)
        if self.mode == "nearest":
            return places
        points = inputs[1][:-1]
        corners = prod(self.output(*inputs)) * 2**rank
        return places + prod(points) * weight_products(rank) + corners

    def adds(self, *inputs: Shape) -> Number:
        """One for each place along an axis. With ``mode: bilinear``, 2 more, for fractions, and
        those of corners."""
        rank, places = len(inputs[0]) - 2, self.places(*inputs)
        if self.mode == "nearest":
            return places
        return 3 * places + prod(self.output(*inputs)) * (2**rank - 1)

    def comparisons(self, *inputs: Shape) -> Number:
        """One for each place along an axis, to make it whole. With ``padding_mode: border``, 2
        more, to keep it inside."""
        return self.places(*inputs) * (3 if self.padding_mode == "border" else 1)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Both inputs, whichever gradients are wanted: ``grid_sampler`` has one formula."""
        return Saved(inputs=(0, 1))
