"""Convolution whose weights are not shared between positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.number import prod
from convcost.ops.conv import Filters, channel_reads, window_reads
from convcost.ops.example import Example
from convcost.ops.saved import Made, Saved

if TYPE_CHECKING:
    from convcost.number import Number, Shape
    from convcost.ops.op import Reads, Wanted


class LocallyConnected(Filters):
    """Windows as those of ``conv``, with filters of their own at each position of the output: the
    same products, and as many weights as there are positions times more. Weight layout
    ``[out_channels, in_channels / groups, *out, *kernel_size]``. With a bias, each output element
    has one of its own, as in Keras. Taigman, Yang, Ranzato and Wolf, "DeepFace", CVPR 2014,
    section 3.
    """

    examples = (Example({"out_channels": 32, "kernel_size": 3}),)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias``."""
        x, out = inputs[0], self.output(*inputs)
        inner = x[1] // self.groups
        shapes: dict[str, Shape] = {
            "weight": (self.out_channels, inner, *out[2:], *self.kernel_size)
        }
        if self.bias:
            shapes["bias"] = out[1:]
        return shapes

    def macs_in_bounds(self, *inputs: Shape) -> Number:
        """As macs, without the pairs of output position and tap that meet padding."""
        return self.inside(*inputs)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The channels of the own group, and the taps of each axis."""
        x = inputs[0]
        groups = cast("tuple[int, int, int]", (self.groups, x[1], self.out_channels))
        return (window_reads(self.windows(x), channel_reads(*groups)),)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """As ``unfold`` and a product: the columns for the gradient of the weights, which are
        turned for that of the columns."""
        x, out = inputs[0], self.output(*inputs)
        columns = x[0] * x[1] * prod(out[2:]) * prod(self.kernel_size)
        kept = (Made(columns),) if wanted.weights else ()
        turned = (Made(prod(self.weights(x)["weight"])),) if wanted.by(0) else ()
        return Saved(made=kept + turned)
