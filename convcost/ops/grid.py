"""Samples of a map at places that another input says."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields, kinds
from convcost.ops.example import MAP, Example
from convcost.ops.op import WHOLE, Op, Reads, equal, needs_spatial, written_shape
from convcost.ops.saved import Saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.ops.op import Wanted


_WEIGHTS = {"bilinear": (2, 0), "bicubic": (4, 10)}
"""Positions along an axis that a place is between, and the products that make their weights."""


class GridSample(Op):
    """The map ``x`` sampled where ``grid`` says, ``from: [x, grid]``: that is ``[*out, rank]``,
    a place for each position of the output, its last spatial axis first, from -1 to 1 over the map.
    Jaderberg et al., "Spatial Transformer Networks", arXiv 1506.02025. Fields are PyTorch's.

    The algorithm: for each place and axis 1 multiply and 1 add. Without ``align_corners``, they
    make ``g n / 2 + (n - 1) / 2``. With ``align_corners``, they make ``g (n - 1) / 2 + (n - 1) /
    2``. With ``padding_mode: border``, 2 comparisons keep the place inside. With ``mode:
    bilinear``, the rest is as for a sampling point of ``deform_conv``: 1 floor (a comparison) and 2
    adds an axis, the corners' weights, and for each channel a sum of corners times weights. With
    ``mode: bicubic``, for maps of 2 axes, 1 floor (a comparison) and 2 adds an axis, 10 multiplies
    and 4 adds for its 4 weights, which are those of ``upsample``, 16 products of the axes' weights,
    and for each channel a sum of 16 positions times weights; ``padding_mode: border`` is then about
    addresses, and compares nothing. With ``mode: nearest``, the place is rounded (a comparison),
    and the rest is addresses."""

    examples = (
        Example(shapes=(MAP, (14, 14, 2))),
        Example({"mode": "bicubic"}, (MAP, (14, 14, 2))),
    )
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "grid")

    mode: str = fields.declare(kinds.Word(("bilinear", "nearest", "bicubic")), "how", "bilinear")
    padding_mode: str = fields.declare(
        kinds.Word(("zeros", "border")), "what lies outside the map", "zeros"
    )
    align_corners: bool = fields.yes_no(
        "whether -1 and 1 are the centres of the corner positions, not their outer edges", False
    )

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """Those of the grid are the output's."""
        return ["batch", *(f"out_{axis}" for axis in axes), ""] if number else None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is a place of as many numbers as the map has axes, for the same samples."""
        x, grid = inputs
        yield needs_spatial(x)
        yield Must(
            -(self.mode == "bicubic" and len(x) != 4),
            "mode bicubic is for maps of 2 spatial axes, and the input has {rank}: `bilinear` "
            "interpolates any",
            "mode",
            {"rank": len(x) - 2},
        )
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
        of corners besides. With ``mode: bicubic``, 10 more for each place along an axis, 16 for
        each place, and 16 for each output element."""
        rank, places = len(inputs[0]) - 2, self.places(*inputs)
        if self.mode == "nearest":
            return places
        taps, own = _WEIGHTS[self.mode]
        points = prod(inputs[1][:-1])
        products = points * sum(taps**axes for axes in range(2, rank + 1))
        return places + own * places + products + prod(self.output(*inputs)) * taps**rank

    def adds(self, *inputs: Shape) -> Number:
        """One for each place along an axis. With ``mode: bilinear``, 2 more, for fractions, and
        those of corners. With ``mode: bicubic``, 6 more for each place along an axis, and 15 for
        each output element."""
        rank, places = len(inputs[0]) - 2, self.places(*inputs)
        if self.mode == "nearest":
            return places
        taps, own = _WEIGHTS[self.mode]
        more = 4 * places if own else 0
        return 3 * places + more + prod(self.output(*inputs)) * (taps**rank - 1)

    def comparisons(self, *inputs: Shape) -> Number:
        """One for each place along an axis, to make it whole. With ``padding_mode: border`` but not
        ``mode: bicubic``, 2 more, to keep it inside."""
        kept = self.padding_mode == "border" and self.mode != "bicubic"
        return self.places(*inputs) * (3 if kept else 1)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Both inputs, whichever gradients are wanted: ``grid_sampler`` has one formula."""
        return Saved(inputs=(0, 1))
