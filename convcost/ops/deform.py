"""Convolutions that sample where their data say."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.conv import Filters, channel_reads, steers, window_reads
from convcost.ops.example import MAP, Example
from convcost.ops.op import (
    WHOLE,
    Op,
    Reads,
    Wanted,
    divides,
    needs_spatial,
    position_by_position,
)
from convcost.ops.saved import INPUT, Made, padded
from convcost.window import SAME, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved

OFFSETS = 1  # the number of the input that holds the offsets
_FIELDS = {"out_channels": 128, "kernel_size": 3, "padding": 1}
_OFFSETS = (18, 28, 28)


def weight_products(rank: int) -> int:
    """Products that make the weights of a sampling point's ``2 ** rank`` corners, axis by axis."""
    return sum(2**axes for axes in range(2, rank + 1))


class DeformConv(Filters):
    """Deformable convolution of any rank, ``from: [x, offsets]``: each tap of each window samples
    ``x`` where an offset says. The offsets (``rank x taps x offset_groups`` channels, 18 for 3x3)
    are made by a layer of their own and have the output's positions. Dai et al., "Deformable
    Convolutional Networks", arXiv 1703.06211. With a mask, ``from: [x, offsets, mask]``, samples
    are multiplied by it: ``taps x offset_groups`` channels (9 for 3x3), the version called
    modulated, or v2, of Zhu et al., arXiv 1811.11168. Fields, layouts and edges are torchvision's.

    Channel ``rank (g taps + t) + a`` of the offsets moves tap ``t`` of offset group ``g`` along
    axis ``a``. Between positions a sample is interpolated linearly: from 2 corners in 1D, 4 in 2D,
    8 in 3D, and a corner outside the map is 0. The algorithm:

    * for each offset group, tap, output position and axis: the tap's place on the undeformed grid
      plus the offset (1 add), its floor (1 comparison), the fraction beyond it ``f`` (1 add) and
      ``1 - f`` (1 add); then the products of the axes' ``f`` and ``1 - f``, axis by axis, which
      are the corners' weights (none in 1D, 4 multiplies in 2D, 12 in 3D);
    * for each channel, tap and output position: a sum of corners times weights (4 multiplies and 3
      adds in 2D) and with a mask 1 multiply;
    * a convolution over what was sampled: these products are the macs.

    Which corners lie outside is a matter of addresses, as padding is, and counts nothing. Where a
    layer samples is known from data alone: all its macs count as in bounds.
    """

    examples = (Example(_FIELDS, (MAP, _OFFSETS)), Example(_FIELDS, (MAP, _OFFSETS, (9, 28, 28))))
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 3
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "offsets", "mask")
    offsets_input: ClassVar[int | None] = OFFSETS

    offset_groups: Number = fields.count("parts that the channels are split into, moved apart", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """As a convolution's; and there are offsets for each group, tap and position."""
        x = inputs[0]
        yield from super().conditions(x)
        yield Must(
            divides(self.offset_groups, x[1]),
            "offset_groups ({groups}) does not divide the {channels} input channels",
            "offset_groups",
            {"groups": self.offset_groups, "channels": x[1]},
        )
        points = prod(self.kernel_size) * self.offset_groups
        each = ((OFFSETS, "the offsets", len(x) - 2), (OFFSETS + 1, "the mask", 1))
        for (number, what, values), given in zip(each, inputs[1:], strict=False):
            yield from steers(number, what, given, values * points, self.output(*inputs)[2:])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The taps of the undeformed grid, and the own position's offsets and mask."""
        x, *steering = inputs
        channels = channel_reads(
            *cast("tuple[int, int, int]", (self.groups, x[1], self.out_channels))
        )
        plain = window_reads(self.windows(x), channels)
        grid = (*plain[:2], *(how._replace(deformed=True) for how in plain[2:]))
        own = (Reads(0), WHOLE, *position_by_position(len(x))[2:])
        return (grid, *(own for _ in steering))

    def input_gradient_macs(self, wanted: Wanted, *inputs: Shape) -> Number:
        """As many products as macs, for what was sampled: the map, the offsets and the mask get
        theirs from it, whichever of them are wanted. Dai et al., arXiv 1703.06211, appendix A."""
        return self.macs(*inputs) * any(wanted.inputs)

    def points(self, *inputs: Shape) -> Number:
        """Sampling points of one offset group: one for each output position and tap."""
        out = self.output(*inputs)
        return out[0] * prod(out[2:]) * prod(self.kernel_size)

    def multiplies(self, *inputs: Shape) -> Number:
        """Those of macs, of corners, and of corners' weights. With a mask, one more for each sample
        of a channel."""
        x, *steering = inputs
        rank, points = len(x) - 2, self.points(*inputs)
        modulated = len(steering) - 1
        weights = points * self.offset_groups * weight_products(rank)
        return self.macs(*inputs) + points * x[1] * (2**rank + modulated) + weights

    def adds(self, *inputs: Shape) -> Number:
        """One less than products for each output element, those of corners, and 3 for each place
        along an axis. With a bias, one more for each output element."""
        x = inputs[0]
        rank, points = len(x) - 2, self.points(*inputs)
        places = points * self.offset_groups * rank
        return super().adds(*inputs) + points * x[1] * (2**rank - 1) + 3 * places

    def comparisons(self, *inputs: Shape) -> Number:
        """A floor for each place along an axis."""
        return self.points(*inputs) * self.offset_groups * (len(inputs[0]) - 2)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """All inputs, whichever gradients are wanted, as torchvision's ``deform_conv2d``; without
        a mask an empty one, of one number a sample."""
        x, *steering = inputs
        kept = padded(self.windows(x), x)
        mask = () if len(steering) > 1 else (Made(x[0]),)
        given = tuple(range(1, len(inputs)))
        return kept._replace(inputs=(*kept.inputs, *given), made=(*kept.made, *mask))


class DeformSample(Op):
    """Every element of ``x`` replaced by a sample of its channel, ``from: [x, offsets]``: the older
    deformable layer, which is this and then an ordinary ``conv``. The offsets have ``rank``
    channels for each channel of ``x`` ("twice the channels of the feature map" in 2D), at its
    positions. It is ``deform_conv``'s sampling with one tap and an offset group a channel (Dai et
    al., arXiv 1703.06211), and a corner outside the map is 0.

    Channel ``rank c + a`` of the offsets moves channel ``c`` along axis ``a``. For each element
    the arithmetic is that of one sampling point of ``deform_conv``: along each axis 3 adds and 1
    comparison; corners' weights (4 multiplies in 2D); 4 multiplies and 3 adds in 2D.
    """

    examples = (Example(shapes=(MAP, (128, 28, 28))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "offsets")
    offsets_input: ClassVar[int | None] = OFFSETS

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is an offset for each element and axis."""
        x, offsets = inputs
        yield needs_spatial(x)
        yield from steers(OFFSETS, "the offsets", offsets, (len(x) - 2) * x[1], x[2:])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The own position of an undeformed grid, and its offsets."""
        rank = len(inputs[0]) - 2
        own = position_by_position(rank + 2)
        grid = (*own[:2], *(Reads(axis, SAME, deformed=True) for axis in range(2, rank + 2)))
        return (grid, (own[0], Reads(1, step(rank, rank)), *own[2:]))

    def multiplies(self, *inputs: Shape) -> Number:
        """Those of corners and of their weights."""
        rank = len(inputs[0]) - 2
        return prod(inputs[0]) * (2**rank + weight_products(rank))

    def adds(self, *inputs: Shape) -> Number:
        """Those of corners, and 3 for each place along an axis."""
        rank = len(inputs[0]) - 2
        return prod(inputs[0]) * (2**rank - 1 + 3 * rank)

    def comparisons(self, *inputs: Shape) -> Number:
        """A floor for each place along an axis."""
        return prod(inputs[0]) * (len(inputs[0]) - 2)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """As a ``grid_sample`` of each channel: the input, and the places made of the offsets."""
        return INPUT._replace(made=(Made(prod(inputs[1])),))
