"""Ops that move channels into space and back: what stands in several channels lies in a block."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, cast

from convcost.digits import Digit, merged
from convcost.number import Must, Shape, prod
from convcost.ops import fields
from convcost.ops.example import Example
from convcost.ops.op import Op, Reads, divides, needs_spatial
from convcost.ops.saved import NOTHING
from convcost.window import step_nearest

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Pixels(Op):
    keeps = NOTHING
    channels_first: ClassVar[bool] = True
    """Whether the channels of a block stand side by side, or else those of one place of it."""

    @property
    def block(self) -> Shape:
        """Positions of a block along each axis: the only field."""
        (size,) = self.values().values()
        return size

    def dealt(self, deep: int) -> tuple[Digit, ...]:
        """The digits of the ``deep`` channels that hold blocks: that of the channel outside of
        them, then those of the place in a block along each axis, in units of that place."""
        block = cast("tuple[int, ...]", self.block)
        within = math.prod(block)
        channels = deep // within
        ones = 1 if self.channels_first else channels
        places = [
            Digit(1, ones * math.prod(block[axis + 1 :]), factor)
            for axis, factor in enumerate(block)
        ]
        return (Digit(1, within if self.channels_first else 1, channels), *places)


class _IntoSpace(_Pixels):
    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Blocks divide the channels."""
        x = inputs[0]
        yield needs_spatial(x)
        yield Must(
            divides(prod(self.block), x[1]),
            "blocks of {block} positions do not divide the {channels} input channels",
            values={"block": prod(self.block), "channels": x[1]},
        )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels / block, *in x block)``."""
        x = inputs[0]
        grown = (n * factor for n, factor in zip(x[2:], self.block, strict=True))
        return (x[0], x[1] // prod(self.block), *grown)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The position of the own block, and the channel of the place in it."""
        factors = cast("tuple[int, ...]", self.block)
        channel, *places = self.dealt(inputs[0][1])
        inside = (
            Digit(axis, 1, place.size, place.below) for axis, place in enumerate(places, start=2)
        )
        parts = merged([Digit(1, 1, channel.size, channel.below), *inside])
        spatial = (Reads(axis, step_nearest(n, 1)) for axis, n in enumerate(factors, start=2))
        return ((Reads(0), Reads(None, parts=parts), *spatial),)


class _OutOfSpace(_Pixels):
    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Blocks divide each axis."""
        x = inputs[0]
        yield needs_spatial(x)
        for axis, (n, factor) in enumerate(zip(x[2:], self.block, strict=True)):
            yield Must(
                divides(factor, n),
                "blocks of {factor} do not divide the {n} positions of spatial axis {axis}",
                values={"factor": factor, "n": n, "axis": axis},
                inputs=(0,),
            )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels x block, *in / block)``."""
        x = inputs[0]
        shrunk = (n // factor for n, factor in zip(x[2:], self.block, strict=True))
        return (x[0], x[1] * prod(self.block), *shrunk)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The place in the own block that the channel says."""
        y = cast("tuple[int, ...]", self.output(*inputs))
        channel, *places = self.dealt(y[1])
        spatial = (
            Reads(None, parts=merged([Digit(axis, 1, y[axis], place.size), place]))
            for axis, place in enumerate(places, start=2)
        )
        return ((Reads(0), Reads(None, parts=merged([channel])), *spatial),)


class PixelShuffle(_IntoSpace):
    """Channels become blocks: ``[C r r, H, W]`` to ``[C, H r, W r]``, at any rank. Those of one
    block stand side by side, as in PyTorch (ONNX's DepthToSpace with mode ``CRD``). Shi et al.,
    "Real-Time Single Image and Video Super-Resolution", arXiv 1609.05158."""

    examples = (Example({"upscale_factor": 2}),)

    upscale_factor: Shape = fields.per_axis("positions of a block along each axis")


class PixelUnshuffle(_OutOfSpace):
    """Blocks become channels: ``[C, H r, W r]`` to ``[C r r, H, W]``, at any rank: the inverse of
    ``pixel_shuffle``."""

    examples = (Example({"downscale_factor": 2}),)

    downscale_factor: Shape = fields.per_axis("positions of a block along each axis")


class DepthToSpace(_IntoSpace):
    """As ``pixel_shuffle``, with the channels of one block ``C`` apart, as in TensorFlow and in
    ONNX's mode ``DCR``."""

    examples = (Example({"block_size": 2}),)
    channels_first: ClassVar[bool] = False

    block_size: Shape = fields.per_axis("positions of a block along each axis")


class SpaceToDepth(_OutOfSpace):
    """As ``pixel_unshuffle``, with the channels of one block ``C`` apart, as in TensorFlow and
    ONNX: the inverse of ``depth_to_space``."""

    examples = (Example({"block_size": 2}),)
    channels_first: ClassVar[bool] = False

    block_size: Shape = fields.per_axis("positions of a block along each axis")
