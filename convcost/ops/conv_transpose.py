"""Transposed convolution."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, larger, prod
from convcost.ops import fields
from convcost.ops.conv import channel_reads, groups_divide, roles_fit
from convcost.ops.example import Example
from convcost.ops.op import WHOLE, Op, Reads, needs_spatial
from convcost.ops.saved import INPUT, Saved
from convcost.window import Pairs, Window, step_transposed, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted


class ConvTranspose(Op):
    """Transposed convolution of any rank: ``[C, *in]`` to ``[out_channels, *out]``.

    The adjoint of the convolution with the same fields (not its inverse): each input element
    scatters ``out_channels / groups x taps`` products, and padding crops what falls outside. Weight
    layout ``[in_channels, out_channels / groups, *kernel_size]``. Dumoulin and Visin, "A guide to
    convolution arithmetic for deep learning", arXiv 1603.07285, chapter 4.
    """

    keeps = INPUT
    examples = (Example({"out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1}),)
    scatters = True
    weighs_taps = True
    most_inputs: ClassVar[int | None] = 3
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "weight", "bias")
    roles: ClassVar[tuple[str, ...]] = inputs_called[1:]
    factors: ClassVar[tuple[int, ...]] = (0, 1)
    readings: ClassVar[tuple[str, ...]] = ("zero_insertion", "matrix")

    out_channels: Number = fields.count("channels of the output")
    kernel_size: Shape = fields.kernel()
    stride: Shape = fields.per_axis("output positions from one input's window to the next", 1)
    padding: Pairs = fields.padding("positions cropped before and after each axis")
    output_padding: Shape = fields.per_axis("positions added after each axis", 0, least=0)
    dilation: Shape = fields.per_axis("positions from one tap to the next", 1)
    groups: Number = fields.count("parts that the channels are split into, convolved apart", 1)
    bias: bool = fields.yes_no("whether each output channel has a bias", True)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The window along each spatial axis, as it lies on the output."""
        return windows(self.kernel_size, self.stride, self.padding, self.dilation)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Groups divide channels, something is left, output_padding is below stride or dilation,
        arrays that are inputs have the shapes wanted."""
        x = inputs[0]
        yield needs_spatial(x)
        yield from groups_divide(self.groups, x[1], self.out_channels)
        lengths = self.output(x)[2:]
        for axis, (length, extra) in enumerate(zip(lengths, self.output_padding, strict=True)):
            stride, dilation = self.stride[axis], self.dilation[axis]
            yield Must(
                length - 1,
                "padding crops the whole output of spatial axis {axis}: its length would be "
                "{length}",
                "padding",
                {"axis": axis, "length": length},
                inputs=(0,),
            )
            yield Must(
                # at least one of the two is larger, as in PyTorch
                larger(stride, dilation) - 1 - extra,
                "output_padding ({extra}) must be smaller than stride ({stride}) or dilation "
                "({dilation})",
                "output_padding",
                {"extra": extra, "stride": stride, "dilation": dilation},
            )
        yield from roles_fit(self.given(*inputs), self._arrays(x))

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, out_channels, *out)``."""
        x = inputs[0]
        lengths = (
            window.length_transposed(size, extra)
            for window, size, extra in zip(self.windows, x[2:], self.output_padding, strict=True)
        )
        return (x[0], self.out_channels, *lengths)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias``, unless they are inputs."""
        given = self.given(*inputs)
        wanted = self._arrays(inputs[0])
        return {role: shape for role, shape in wanted.items() if role not in given}

    def _arrays(self, x: Shape) -> dict[str, Shape]:
        weight = (x[1], self.out_channels // self.groups, *self.kernel_size)
        shapes: dict[str, Shape] = {"weight": weight}
        if self.bias:
            shapes["bias"] = (self.out_channels,)
        return shapes

    def macs(self, *inputs: Shape) -> Number:
        """``input positions x in_channels x out_channels / groups x taps``: the scatter; cropped
        products count."""
        return prod(inputs[0]) * (self.out_channels // self.groups) * prod(self.kernel_size)

    def macs_in_bounds(self, *inputs: Shape) -> Number:
        """As macs, without the products that padding crops."""
        return self.landing(inputs[0]) * (inputs[0][1] // self.groups)

    def zero_insertion(self, *inputs: Shape) -> Number:
        """As a convolution over the input with ``stride - 1`` zeros between any two positions and
        zeros around: what a library without transposed layers runs."""
        return prod(self.output(*inputs)) * prod(self.kernel_size) * (inputs[0][1] // self.groups)

    def matrix(self, *inputs: Shape) -> Number:
        """As a product with the transposed matrix of the convolution, its zeros included: every
        output element from every input element of its group."""
        return prod(self.output(*inputs)) * prod(inputs[0][2:]) * (inputs[0][1] // self.groups)

    def landing(self, x: Shape) -> Number:
        """Sums over input channels that land in the output: pairs of input position and tap, for
        each output channel."""
        sizes = zip(self.windows, self.output(x)[2:], x[2:], strict=True)
        pairs = (window.pairs_in_bounds(length, size) for window, length, size in sizes)
        return x[0] * self.out_channels * prod(pairs)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The channels of the own group, and the inputs whose windows reach a unit."""
        steps = (
            step_transposed(
                *cast("tuple[int, int, int, int]", (w.kernel, w.stride, w.before, w.dilation))
            )
            for w in self.windows
        )
        groups = cast("tuple[int, int, int]", (self.groups, inputs[0][1], self.out_channels))
        spatial = (Reads(axis, s) for axis, s in enumerate(steps, start=2))
        made = ((WHOLE,) * len(shape) for shape in self.given(*inputs).values())
        return ((Reads(0), channel_reads(*groups), *spatial), *made)

    def adds(self, *inputs: Shape) -> Number:
        """Sums over input channels for each input position and tap; then every one that lands in
        the output is added to it (the first one to a zero). With a bias, one more for each output
        element."""
        x = inputs[0]
        inner = x[1] // self.groups
        parts = x[0] * prod(x[2:]) * self.out_channels * prod(self.kernel_size)
        biases = prod(self.output(x)) * self.bias
        return parts * (inner - 1) + self.landing(x) + biases

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and the weight where that is one, whichever gradients are wanted:
        ``convolution`` has one formula for all."""
        return Saved(inputs=(0, *range(1, min(len(inputs), 2))))
