"""Resizing by interpolation."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields, kinds
from convcost.ops.example import Example
from convcost.ops.op import Op, Reads, needs_spatial
from convcost.ops.reshape import sum_of
from convcost.ops.resize import spatial_reads
from convcost.ops.saved import NOTHING
from convcost.window import step_between, step_nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction


class _Mode(NamedTuple):
    """The weights of a mode along an axis: taps, and what the weights of one position take."""

    taps: int
    multiplies: int
    adds: int


_LINEAR, _CUBIC = _Mode(2, multiplies=0, adds=1), _Mode(4, multiplies=10, adds=5)
_MODES = {
    "linear": _LINEAR,
    "bilinear": _LINEAR,
    "trilinear": _LINEAR,
    "bicubic": _CUBIC,
}
_RANKS = {"bilinear": 2, "trilinear": 3, "bicubic": 2}


class Upsample(Op):
    """The map resized by interpolation, without parameters: give ``scale_factor`` or ``size``.
    ``nearest`` reads position ``floor(o / scale)``; ``linear`` works at any rank, and ``bilinear``
    and ``trilinear`` are its names in 2D and 3D; ``bicubic`` is for 2D. All as in PyTorch.

    Unit ``o`` of ``m`` lies at ``(o + 1/2) / scale - 1/2`` of the ``n`` positions, or with
    ``align_corners`` at ``o (n - 1) / (m - 1)``; beyond the map its edge goes on. A ``step`` and a
    ``start``, which go with ``size``, put it at ``start + o step``, as other frameworks may. That
    is worked out in whole numbers, from sizes alone, and counts nothing. The algorithm,
    which is direct, not separable:

    * once for each unit of each axis: the fraction ``f`` by which it lies beyond a position (1
      divide) and ``g = 1 - f`` (1 add). Linear weights are ``g`` and ``f``. Cubic ones (Keys,
      "Cubic Convolution Interpolation for Digital Image Processing", 1981, with ``a = -3/4``) are
      ``a f g g``, ``((a + 2) f - (a + 3)) f f + 1``, the same of ``g``, and ``a f f g``: with
      ``a f g`` made once, 10 multiplies and 4 more adds;
    * once for each output position: the products of its axes' weights, axis by axis, shared by all
      channels and samples (4 multiplies bilinear, 16 bicubic; trilinear 4 for each pair of the
      first two axes and 8);
    * for each output element: a sum of 2 (or 4) products an axis: 4 multiplies and 3 adds bilinear,
      16 and 15 bicubic. They are not macs.
    """

    keeps = NOTHING
    examples = (Example({"scale_factor": 2}), Example({"size": 50}))
    fields_of_like = ("size", "scale_factor")

    scale_factor: tuple[Fraction, ...] | None = fields.declare(
        kinds.PerAxis(kinds.Ratio()), "output length over input length of each axis", None
    )
    size: Shape | None = fields.size(
        "length of each axis of the output, in place of scale_factor", None
    )
    mode: str = fields.declare(
        kinds.Word(("nearest", *_MODES)), "how values are interpolated", "nearest"
    )
    align_corners: bool = fields.yes_no(
        "whether the first and last units lie on the first and last positions", False
    )
    step: tuple[Fraction, ...] | None = fields.declare(
        kinds.PerAxis(kinds.Ratio()),
        "positions from one unit to the next, in modes that interpolate",
        None,
    )
    start: tuple[Fraction, ...] | None = fields.declare(
        kinds.PerAxis(kinds.Exact()), "place of the first unit, where there is a step", None
    )

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """One of size and scale_factor, something is left, and the mode has such a map."""
        x = inputs[0]
        yield needs_spatial(x)
        given = (self.size is not None) + (self.scale_factor is not None)
        yield Must(-abs(given - 1), "give either scale_factor or size", "op")
        rank = len(x) - 2
        yield Must(
            -abs(_RANKS.get(self.mode, rank) - rank),
            "mode {mode} is for maps of {needed} spatial axes, and the input has {rank}: `linear` "
            "interpolates any",
            "mode",
            {"mode": self.mode, "needed": _RANKS.get(self.mode), "rank": rank},
        )
        yield Must(
            -(self.align_corners and self.mode == "nearest"),
            "align_corners is for modes that interpolate, and mode is nearest",
            "align_corners",
        )
        if self.step is not None or self.start is not None:
            apart = self.step is not None and self.start is not None and self.size is not None
            yield Must(
                -(self.mode == "nearest" or self.align_corners or not apart),
                "step and start go together, with size and with a mode that interpolates, and "
                "without align_corners",
                "step",
            )
        if self.scale_factor is not None:
            for axis, length in enumerate(self.output(*inputs)[2:]):
                yield Must(
                    length - 1,
                    "scale_factor leaves nothing of spatial axis {axis}",
                    "scale_factor",
                    {"axis": axis},
                )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *out)``, rounded down."""
        x = inputs[0]
        if self.scale_factor is None:
            return (*x[:2], *(self.size or x[2:]))
        scaled: Iterator[Number] = (
            n * scale.numerator // scale.denominator
            for n, scale in zip(x[2:], self.scale_factor, strict=True)
        )
        return (*x[:2], *scaled)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The nearest position of each axis, or those around each unit; beyond the edges they lie
        where they would."""
        x = inputs[0]
        lengths = cast("tuple[int, ...]", self.output(x)[2:])
        ratios = list(zip(lengths, x[2:], strict=True))
        if self.step is not None and self.start is not None:
            placed = zip(self.step, self.start, strict=True)
            return spatial_reads(step_between(*over_one(*pair), self._reach) for pair in placed)
        if self.align_corners:
            corners = ((n - 1, 0, m - 1) if m > 1 else (0, 0, 1) for m, n in ratios)
            return spatial_reads(step_between(*corner, self._reach) for corner in corners)
        if self.scale_factor is not None:
            ratios = [(scale.numerator, scale.denominator) for scale in self.scale_factor]
        if self.mode == "nearest":
            return spatial_reads(step_nearest(*ratio) for ratio in ratios)
        halves = ((2 * down, down - up, 2 * up) for up, down in ratios)
        return spatial_reads(step_between(*half, self._reach) for half in halves)

    @property
    def _reach(self) -> int:
        return _MODES[self.mode].taps // 2

    def multiplies(self, *inputs: Shape) -> Number:
        """One a tap of each output element; then the products of axes' weights. With
        ``mode: bicubic``, 10 more for each unit of each axis."""
        if self.mode == "nearest":
            return 0
        mode, (_, _, *lengths) = _MODES[self.mode], self.output(*inputs)
        weights = mode.multiplies * sum_of(tuple(lengths))
        for axes in range(2, len(lengths) + 1):  # the products of the first axes' weights
            weights = weights + mode.taps**axes * prod(lengths[:axes])
        return prod(self.output(*inputs)) * mode.taps ** len(lengths) + weights

    def adds(self, *inputs: Shape) -> Number:
        """One less than its taps for each output element, and one for each unit of each axis. With
        ``mode: bicubic``, 4 more for each unit of each axis."""
        if self.mode == "nearest":
            return 0
        mode, (_, _, *lengths) = _MODES[self.mode], self.output(*inputs)
        sums = prod(self.output(*inputs)) * (mode.taps ** len(lengths) - 1)
        return sums + mode.adds * sum_of(tuple(lengths))

    def divides(self, *inputs: Shape) -> Number:
        """One for each unit of each axis."""
        return 0 if self.mode == "nearest" else sum_of(self.output(*inputs)[2:])


def over_one(step: Fraction, start: Fraction) -> tuple[int, int, int]:
    """A step and a start as whole numbers over a common divisor."""
    divisor = lcm(step.denominator, start.denominator)
    return int(step * divisor), int(start * divisor), divisor
