"""Windows with weights of their own at each position."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.conv import channel_reads, fits, groups_divide, steers, window_reads
from convcost.ops.example import MAP, Example
from convcost.ops.op import Op, Reads, needs_spatial, position_by_position
from convcost.ops.saved import Made, Saved
from convcost.window import Pairs, Window, same_padding, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted


class Involution(Op):
    """Windows of any rank whose weights other layers make, ``from: [x, weights]``: a kernel for
    each position of the output and group of channels, the same for all channels of a group and
    another one elsewhere on the map. Li et al., "Involution: Inverting the Inherence
    of Convolution for Visual Recognition", arXiv 2103.06255, equation 4.

    Channel ``taps g + t`` of the weights is tap ``t`` of group ``g``. Nothing is learned here: how
    the weights are made is for the spec to say, as the paper leaves it open. The block
    ``involution_unit`` makes them as the paper does, by two 1x1 convolutions.
    """

    examples = (Example({"kernel_size": 7, "padding": 3, "groups": 4}, (MAP, (196, 28, 28))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    factors: ClassVar[tuple[int, ...]] = (0, 1)
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "weights")

    kernel_size: Shape = fields.kernel()
    stride: Shape = fields.per_axis("positions from one window to the next", 1)
    padding: Pairs | str = fields.padding(keeps_same=True)
    dilation: Shape = fields.per_axis("positions from one tap to the next", 1)
    groups: Number = fields.count("parts of the channels that share a kernel", 1)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """The window along each spatial axis of an input ``x``."""
        if isinstance(self.padding, str):  # the only word is `same`
            return tuple(map(same_padding, x[2:], self.kernel_size, self.stride, self.dilation))
        return windows(self.kernel_size, self.stride, self.padding, self.dilation)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Groups divide channels, windows fit, there are weights for each group and position."""
        x, weights = inputs
        yield needs_spatial(x)
        yield from groups_divide(self.groups, x[1])
        yield from fits(self.windows(x), x)
        taps = prod(self.kernel_size) * self.groups
        yield from steers(1, "the weights", weights, taps, self.output(*inputs)[2:])

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *out)``."""
        x = inputs[0]
        lengths = (w.length(size) for w, size in zip(self.windows(x), x[2:], strict=True))
        return (*x[:2], *lengths)

    def macs(self, *inputs: Shape) -> Number:
        """For each output element a product for each tap, those with padding included."""
        return prod(self.output(*inputs)) * prod(self.kernel_size)

    def macs_in_bounds(self, *inputs: Shape) -> Number:
        """As macs, without the pairs of output position and tap that meet padding."""
        x, out = inputs[0], self.output(*inputs)
        sizes = zip(self.windows(x), x[2:], out[2:], strict=True)
        pairs = (window.pairs_in_bounds(size, length) for window, size, length in sizes)
        return x[0] * x[1] * prod(pairs)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own channel, the taps of each axis; the weights of the own group and position."""
        x, weights = inputs
        group = channel_reads(cast("int", self.groups), weights[1], x[1])
        own = position_by_position(len(weights))
        return (window_reads(self.windows(x), Reads(1)), (own[0], group, *own[2:]))

    def adds(self, *inputs: Shape) -> Number:
        """``taps - 1`` for each output element."""
        return prod(self.output(*inputs)) * (prod(self.kernel_size) - 1)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """As ``unfold`` and a product: the columns for the gradient of the weights, the weights
        for that of the columns."""
        columns = prod(self.output(*inputs)) * prod(self.kernel_size)
        for_columns = (Made(prod(inputs[1])),) if wanted.by(0) else ()
        return Saved(made=((Made(columns),) if wanted.by(1) else ()) + for_columns)
