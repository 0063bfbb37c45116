"""Ops that move channels into space and back: what stands in several channels lies in a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from convcost.number import Must, Shape, prod
from convcost.ops import fields
from convcost.ops.op import Op, Reads, divides, needs_spatial
from convcost.window import step, step_nearest

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Pixels(Op):
    @property
    def block(self) -> Shape:
        """Positions of a block along each axis."""
        raise NotImplementedError  # every op overrides it


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
        """The position of the own block; channels are not followed."""
        blocks = enumerate(cast("tuple[int, ...]", self.block), start=2)
        spatial = (Reads(axis, step_nearest(factor, 1)) for axis, factor in blocks)
        return ((Reads(0), Reads(1, None), *spatial),)


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
        """The own block, which the channels share; channels are not followed."""
        blocks = enumerate(cast("tuple[int, ...]", self.block), start=2)
        spatial = (Reads(axis, step(factor, factor)) for axis, factor in blocks)
        return ((Reads(0), Reads(1, None), *spatial),)


@dataclass(frozen=True, kw_only=True)
class PixelShuffle(_IntoSpace):
    """Channels become blocks: ``[C r r, H, W]`` to ``[C, H r, W r]``, at any rank. Those of one
    block stand side by side, as in PyTorch (ONNX's DepthToSpace with mode ``CRD``). Shi et al.,
    "Real-Time Single Image and Video Super-Resolution", arXiv 1609.05158."""

    upscale_factor: Shape = fields.per_axis("positions of a block along each axis")

    @property
    def block(self) -> Shape:
        """Positions of a block along each axis."""
        return self.upscale_factor


@dataclass(frozen=True, kw_only=True)
class PixelUnshuffle(_OutOfSpace):
    """Blocks become channels: ``[C, H r, W r]`` to ``[C r r, H, W]``, at any rank: the inverse of
    ``pixel_shuffle``."""

    downscale_factor: Shape = fields.per_axis("positions of a block along each axis")

    @property
    def block(self) -> Shape:
        """Positions of a block along each axis."""
        return self.downscale_factor


@dataclass(frozen=True, kw_only=True)
class DepthToSpace(_IntoSpace):
    """As ``pixel_shuffle``, with the channels of one block ``C`` apart, as in TensorFlow and in
    ONNX's mode ``DCR``."""

    block_size: Shape = fields.per_axis("positions of a block along each axis")

    @property
    def block(self) -> Shape:
        """Positions of a block along each axis."""
        return self.block_size


@dataclass(frozen=True, kw_only=True)
class SpaceToDepth(_OutOfSpace):
    """As ``pixel_unshuffle``, with the channels of one block ``C`` apart, as in TensorFlow and
    ONNX: the inverse of ``depth_to_space``."""

    block_size: Shape = fields.per_axis("positions of a block along each axis")

    @property
    def block(self) -> Shape:
        """Positions of a block along each axis."""
        return self.block_size
