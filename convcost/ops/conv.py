"""Convolution."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.example import Example
from convcost.ops.op import WHOLE, Op, Reads, divides, equal, needs_spatial, written_shape
from convcost.ops.saved import padded
from convcost.window import MOST_PHASES, Pairs, Step, Window, same_padding, step, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved


def fits(windows: tuple[Window, ...], x: Shape, *, hanging: bool = False) -> Iterator[Must]:
    """The condition that a window fits into each padded axis; ``hanging``: it may hang over the end
    by less than a stride."""
    for axis, (window, size) in enumerate(zip(windows, x[2:], strict=True)):
        span, slack = window.span, window.slack(size)
        yield Must(
            slack + window.stride - 1 if hanging else slack,
            "the window spans {span} positions of spatial axis {axis}, and the padded input has "
            "{padded}",
            "kernel_size",
            {"span": span, "axis": axis, "padded": slack + span},
            inputs=(0,),
        )


def window_reads(windows: tuple[Window, ...], channels: Reads) -> tuple[Reads, ...]:
    """The reads of windows: own sample, channels as given, each spatial axis by its window."""
    steps = (
        step(*cast("tuple[int, int, int, int]", (w.kernel, w.stride, w.before, w.dilation)))
        for w in windows
    )
    return (Reads(0), channels, *(Reads(axis, s) for axis, s in enumerate(steps, start=2)))


def channel_reads(groups: int, inputs: int, outputs: int) -> Reads:
    """The input channels that an output channel reads: those of its group."""
    if groups == 1:
        return WHOLE
    own, made = inputs // groups, outputs // groups
    if made > MOST_PHASES:
        return Reads(1, None)
    return Reads(1, Step(made, own, (range(own),) * made))


class Filters(Op):
    """Ops with a weight for each filter, tap and input channel of a group, whose output elements
    are sums of products with them. What they multiply is for each to say."""

    out_channels: Number = fields.count("filters, which are the channels of the output")
    kernel_size: Shape = fields.kernel()
    stride: Shape = fields.per_axis("positions from one window to the next", 1)
    padding: Pairs | str = fields.padding(keeps_same=True)
    dilation: Shape = fields.per_axis("positions from one tap to the next", 1)
    groups: Number = fields.count("parts that the channels are split into, convolved apart", 1)
    bias: bool = fields.yes_no("whether each filter has a bias", True)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """The window along each spatial axis of an input ``x``."""
        if isinstance(self.padding, str):  # the only word is `same`
            return tuple(map(same_padding, x[2:], self.kernel_size, self.stride, self.dilation))
        return self._windows

    @cached_property
    def _windows(self) -> tuple[Window, ...]:
        padding = cast("Pairs", self.padding)
        return windows(self.kernel_size, self.stride, padding, self.dilation)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Groups divide channels, windows fit."""
        x = inputs[0]
        yield needs_spatial(x)
        yield from groups_divide(self.groups, x[1], self.out_channels)
        yield from fits(self.windows(x), x)

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, out_channels, *out)``."""
        x = inputs[0]
        lengths = (w.length(size) for w, size in zip(self.windows(x), x[2:], strict=True))
        return (x[0], self.out_channels, *lengths)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias``."""
        shapes: dict[str, Shape] = {
            "weight": (self.out_channels, inputs[0][1] // self.groups, *self.kernel_size)
        }
        if self.bias:
            shapes["bias"] = (self.out_channels,)
        return shapes

    def products(self, x: Shape) -> Number:
        """Products that an output element is the sum of: ``taps x in_channels / groups``."""
        return prod(self.kernel_size) * (x[1] // self.groups)

    def macs(self, *inputs: Shape) -> Number:
        """For each output element a product for each tap and input channel of its group, those with
        padding included."""
        return prod(self.output(*inputs)) * self.products(inputs[0])

    def adds(self, *inputs: Shape) -> Number:
        """One less than products for each output element. With a bias, one more."""
        return prod(self.output(*inputs)) * (self.products(inputs[0]) - 1 + self.bias)

    def inside(self, *inputs: Shape) -> Number:
        """Products without those of an output position and a tap that meet padding."""
        x, out = inputs[0], self.output(*inputs)
        sizes = zip(self.windows(x), x[2:], out[2:], strict=True)
        pairs = (window.pairs_in_bounds(size, length) for window, size, length in sizes)
        return x[0] * self.out_channels * (x[1] // self.groups) * prod(pairs)


class Conv(Filters):
    """Convolution (cross-correlation) of any rank: ``[C, *in]`` to ``[out_channels, *out]``.

    Weight layout ``[out_channels, in_channels / groups, *kernel_size]``. Each output element is a
    sum of ``in_channels / groups x taps`` products. Depthwise is ``groups: in_channels``.
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285.
    """

    examples = (Example({"out_channels": 128, "kernel_size": 3, "padding": 1}),)
    weighs_taps = True
    most_inputs: ClassVar[int | None] = 3
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "weight", "bias")
    roles: ClassVar[tuple[str, ...]] = inputs_called[1:]
    factors: ClassVar[tuple[int, ...]] = (0, 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Groups divide channels, windows fit, arrays that are inputs have the shapes wanted."""
        yield from super().conditions(*inputs)
        yield from roles_fit(self.given(*inputs), super().weights(*inputs))

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias``, unless they are inputs."""
        given = self.given(*inputs)
        wanted = super().weights(*inputs)
        return {role: shape for role, shape in wanted.items() if role not in given}

    def macs_in_bounds(self, *inputs: Shape) -> Number:
        """As macs, without the pairs of output position and tap that meet padding."""
        return self.inside(*inputs)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The channels of the own group, and the taps of each axis."""
        made = ((WHOLE,) * len(shape) for shape in self.given(*inputs).values())
        x = inputs[0]
        groups = cast("tuple[int, int, int]", (self.groups, x[1], self.out_channels))
        channels = channel_reads(*groups)
        return (window_reads(self.windows(x), channels), *made)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and the weight where that is one, whichever gradients are wanted:
        ``convolution`` has one formula for all."""
        kept = padded(self.windows(inputs[0]), inputs[0])
        return kept._replace(inputs=(*kept.inputs, *range(1, min(len(inputs), 2))))


def roles_fit(given: dict[str, Shape], wanted: dict[str, Shape]) -> Iterator[Must]:
    """The condition that arrays which are inputs have the shapes of those that they stand for."""
    for number, (role, shape) in enumerate(given.items(), start=1):
        size = wanted.get(role, ())
        margins = [-abs(len(shape) - len(size)), *map(equal, shape, size)]
        for margin in margins:
            yield Must(
                margin,
                "an input after the first stands for the {role}: {wanted} is wanted, and here is "
                "{shape}",
                values={"role": role, "shape": str(list(shape)), "wanted": str(list(size))},
                inputs=(number,),
            )


def groups_divide(groups: Number, *sides: Number) -> Iterator[Must]:
    """The condition that groups split channels evenly: those of the input, and of the output."""
    for channels, side in zip(sides, ("input", "output"), strict=False):
        yield Must(
            divides(groups, channels),
            "groups ({groups}) does not divide the {channels} {side} channels",
            "groups",
            {"groups": groups, "channels": channels, "side": side},
        )


def steers(
    number: int, what: str, given: Shape, channels: Number, positions: Shape
) -> Iterator[Must]:
    """The condition that an input has a value for each of so many channels and positions."""
    yield Must(
        -abs(len(given) - 2 - len(positions)),
        "{what} {shape} must have {rank} spatial axes",
        values={"what": what, "shape": written_shape(given), "rank": len(positions)},
        inputs=(number,),
    )
    yield Must(
        equal(given[1], channels),
        "{what} must have {wanted} channels, and there are {channels}",
        values={"what": what, "wanted": channels, "channels": given[1]},
        inputs=(number,),
    )
    for axis, (n, wanted) in enumerate(zip(given[2:], positions, strict=True)):
        yield Must(
            equal(n, wanted),
            "{what} must have {wanted} positions along spatial axis {axis}, and there are {n}",
            values={"what": what, "wanted": wanted, "axis": axis, "n": n},
            inputs=(number,),
        )
