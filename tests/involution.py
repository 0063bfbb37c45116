"""An op as somebody may add it: nothing in convcost knows its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.conv import fits, groups_divide, window_reads
from convcost.ops.op import WHOLE, Op, Reads, equal, needs_spatial, position_by_position
from convcost.window import Pairs, Window, windows

if TYPE_CHECKING:
    from collections.abc import Iterator


class Involution(Op):
    """Windows whose kernels another layer makes, ``from: [x, kernels]``: one for each position of
    the output and group of channels. Li et al., "Involution", arXiv 2103.06255."""

    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2

    kernel_size: Shape = fields.kernel()
    stride: Shape = fields.per_axis("positions from one window to the next", 1)
    padding: Pairs = fields.borders("zeros added before and after each axis", 0)
    groups: Number = fields.count("parts of the channels that share a kernel", 1)

    def windows(self) -> tuple[Window, ...]:
        """The window along each axis."""
        return windows(self.kernel_size, self.stride, self.padding, (1,) * len(self.stride))

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is a kernel for each group and position of the output."""
        x, kernels = inputs
        yield needs_spatial(x)
        yield from groups_divide(self.groups, x[1], x[1])
        yield from fits(self.windows(), x)
        yield Must(equal(kernels[1], prod(self.kernel_size) * self.groups), "kernels")
        for n, wanted in zip(kernels[2:], self.output(*inputs)[2:], strict=True):
            yield Must(equal(n, wanted), "positions")

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *out)``."""
        x = inputs[0]
        return (*x[:2], *(w.length(n) for w, n in zip(self.windows(), x[2:], strict=True)))

    def macs(self, *inputs: Shape) -> Number:
        """For each output element a product for each tap."""
        return prod(self.output(*inputs)) * prod(self.kernel_size)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own channel, the taps of each axis; the own position's kernel."""
        own = position_by_position(len(inputs[1]))
        return (window_reads(self.windows(), Reads(1)), (own[0], WHOLE, *own[2:]))
