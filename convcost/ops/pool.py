"""Pooling."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, cast

from convcost.number import Must, Number, Shape, ceil_div, prod, total
from convcost.ops import fields
from convcost.ops.conv import fits, window_reads
from convcost.ops.example import MAP, Example
from convcost.ops.op import WHOLE, Op, Reads, equal, needs_spatial, position_by_position
from convcost.ops.pick import ANYWHERE
from convcost.ops.saved import INPUT, NOTHING, PLACES, Made, Saved, padded
from convcost.sums import named, overlapping
from convcost.window import Pairs, Window, step_adaptive, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted


class _Pool(Op):
    """``[C, *in]`` to ``[C, *out]``, each channel apart."""

    examples = (Example({"kernel_size": 3, "stride": 2, "padding": 1}),)

    kernel_size: Shape = fields.kernel("positions pooled along each axis")
    stride: Shape | None = fields.per_axis(
        "positions from one window to the next; kernel_size unless given", None
    )
    padding: Pairs = fields.padding("positions added before and after each axis")
    ceil_mode: bool = fields.yes_no("whether a last window may hang over the end", False)
    dilation: Shape = fields.per_axis("positions from one tap to the next", 1)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The window along each spatial axis."""
        stride = self.kernel_size if self.stride is None else self.stride
        return windows(self.kernel_size, stride, self.padding, self.dilation)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Windows fit, and none lies wholly in the padding."""
        x = inputs[0]
        yield needs_spatial(x)
        for window in self.windows:
            for padding in (window.before, window.after):
                yield Must(
                    window.span - 1 - padding,
                    "padding ({padding}) must be smaller than the window ({span}), or a window "
                    "would pool nothing",
                    "padding",
                    {"padding": padding, "span": window.span},
                )
        yield from fits(self.windows, x, hanging=self.ceil_mode)

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *out)``."""
        x = inputs[0]
        length = Window.length_ceil if self.ceil_mode else Window.length
        return (*x[:2], *map(length, self.windows, x[2:]))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own channel, and the positions of each window."""
        return (window_reads(self.windows, Reads(1)),)


class MaxPool(_Pool):
    """The largest value of each window; padding never wins. With ``return_indices``, there is a
    second output, where each of them stands, counted row by row."""

    discrete: ClassVar[tuple[int, ...]] = (1,)

    return_indices: bool = fields.yes_no("whether positions are an output as well", False)
    indices_of_all: bool = fields.yes_no(
        "whether positions count through all maps, as in ONNX, and not from each map's first",
        False,
    )

    def outputs(self, *inputs: Shape) -> tuple[Shape, ...]:
        """``(batch, channels, *out)``, once or twice."""
        return (self.output(*inputs),) * (1 + self.return_indices)

    def comparisons(self, *inputs: Shape) -> Number:
        """``taps - 1`` for each output element, padding included."""
        return prod(self.output(*inputs)) * (prod(self.kernel_size) - 1)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and for each output element the position that it was at."""
        kept = padded(self.windows, inputs[0])
        if self.return_indices:
            return kept._replace(outputs_as={1: "int64"})
        return kept._replace(made=(*kept.made, Made(prod(self.output(*inputs)), "int64")))


class LPPool(_Pool):
    """``sum(|x| ** norm_type) ** (1 / norm_type)`` over each window, padding being zeros. Each
    element is raised to the power once, however many windows it is in."""

    examples = (Example({"norm_type": 2, "kernel_size": 3, "stride": 2, "padding": 1}),)

    norm_type: int = fields.count("the power: 1 for sums, 2 for roots of sums of squares")

    def multiplies(self, *inputs: Shape) -> Number:
        """A square for each element."""
        return prod(inputs[0]) if self.norm_type == 2 else 0

    def comparisons(self, *inputs: Shape) -> Number:
        """``max(x, -x)`` of each element."""
        return 0 if self.norm_type == 2 else prod(inputs[0])

    def adds(self, *inputs: Shape) -> Number:
        """``taps - 1`` for each output element, padding included."""
        return prod(self.output(*inputs)) * (prod(self.kernel_size) - 1)

    def transcendentals(self, *inputs: Shape) -> Number:
        """A root for each output element, and a power of each element unless that is a square."""
        powers = prod(inputs[0]) if self.norm_type > 2 else 0
        return powers + (prod(self.output(*inputs)) if self.norm_type > 1 else 0)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """As PyTorch writes it, operator by operator: what is raised to the power, the powers, and
        of their means the sign, the absolute value, what that is of and what the root is of. With
        an odd power, the input for its absolute value as well."""
        x = inputs[0]
        around = (w.before + size + w.after for w, size in zip(self.windows, x[2:], strict=True))
        powers = Made(prod((*x[:2], *around)))
        means = (Made(prod(self.output(*inputs))),) * 4
        odd, bare = self.norm_type % 2, all(pair == (0, 0) for pair in self.padding)
        own = () if bare and not odd else (powers,)
        return Saved(inputs=(0,) if odd or bare else (), made=(*own, powers, *means))


class AvgPool(_Pool):
    """The mean of each window. With ``count_include_pad``, zeros of the padding are part of it.
    Without ``count_include_pad``, it is that of the positions inside the map."""

    count_include_pad: bool = fields.yes_no("whether padding counts as zeros in the mean", True)

    def adds(self, *inputs: Shape) -> Number:
        """``taps - 1`` for each output element, padding included."""
        return prod(self.output(*inputs)) * (prod(self.kernel_size) - 1)

    def divides(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return prod(self.output(*inputs))

    def averaged(self, *inputs: Shape) -> Number:
        """Numbers in all windows, without padding that is left out and what hangs over the end."""
        x, out = inputs[0], self.output(*inputs)
        found: Number = prod(out[:2])
        for window, size, positions in zip(self.windows, x[2:], out[2:], strict=True):
            if self.count_include_pad:
                size = size + window.before + window.after
                window = window._replace(before=0, after=0)
            found *= window.pairs_in_bounds(size, positions)
        return found

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, of which ``avg_pool2d_backward`` needs the shape alone."""
        return padded(self.windows, inputs[0])


class _AdaptivePool(Op):
    """``[C, *in]`` to ``[C, *output_size]``: unit o of m pools from ``floor(o n / m)`` to below
    ``ceil((o + 1) n / m)``, as in PyTorch."""

    examples = (Example({"output_size": 7}),)

    output_size: Shape = fields.size("length of each axis of the output")

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is something to pool."""
        yield needs_spatial(inputs[0])

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *output_size)``."""
        return (*inputs[0][:2], *self.output_size)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own channel; the whole axis where one unit is left of it, else the windows."""
        units = cast("tuple[int, ...]", self.output_size)
        spatial = (
            WHOLE if m == 1 else Reads(axis, step_adaptive(n, m))
            for axis, (n, m) in enumerate(zip(inputs[0][2:], units, strict=True), start=2)
        )
        return ((Reads(0), Reads(1), *spatial),)

    def joins(self, *inputs: Shape) -> Number:
        """Elements of all windows (neighbouring windows may share some), less one a window."""
        x = inputs[0]
        seen = map(_seen, x[2:], self.output_size)
        return x[0] * x[1] * (prod(seen) - prod(self.output_size))


def _seen(size: Number, units: Number) -> Number:
    """The lengths of all windows along an axis together."""
    if not named(size, units):
        return overlapping(size, units)
    return total(units, lambda o: ceil_div((o + 1) * size, units) - o * size // units)


class AdaptiveMaxPool(_AdaptivePool):
    """The largest value of each of a given number of windows."""

    def comparisons(self, *inputs: Shape) -> Number:
        """One less than its elements for each window."""
        return self.joins(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and for each output element the position that it was at."""
        return INPUT._replace(made=(Made(prod(self.output(*inputs)), "int64"),))


class AdaptiveAvgPool(_AdaptivePool):
    """The mean of each of a given number of windows."""

    def adds(self, *inputs: Shape) -> Number:
        """One less than its elements for each window."""
        return self.joins(*inputs)

    def divides(self, *inputs: Shape) -> Number:
        """One for each output element."""
        return prod(self.output(*inputs))

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, of which only the shape is needed. For one position it is a mean, which
        keeps nothing."""
        return NOTHING if all(size == 1 for size in self.output_size) else INPUT


class _GlobalPool(Op):
    """``[C, *in]`` to ``[C, 1, ...]``: one value a channel."""

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is something to pool."""
        yield needs_spatial(inputs[0])

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, 1, ...)``."""
        ones: tuple[Number, ...] = (1,)
        return (*inputs[0][:2], *ones * (len(inputs[0]) - 2))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own channel, the whole map."""
        spatial = len(inputs[0]) - 2
        return ((*position_by_position(2), *(WHOLE,) * spatial),)


class GlobalMaxPool(_GlobalPool):
    """The largest value of each channel."""

    def comparisons(self, *inputs: Shape) -> Number:
        """One less than its elements for each channel."""
        return prod(inputs[0]) - prod(self.output(*inputs))

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and for each output element the position that it was at."""
        return INPUT._replace(made=(Made(prod(self.output(*inputs)), "int64"),))


class GlobalAvgPool(_GlobalPool):
    """The mean of each channel."""

    keeps = NOTHING

    def adds(self, *inputs: Shape) -> Number:
        """One less than its elements for each channel."""
        return prod(inputs[0]) - prod(self.output(*inputs))

    def divides(self, *inputs: Shape) -> Number:
        """One for each channel."""
        return prod(self.output(*inputs))


class MaxUnpool(Op):
    """``[C, *in]`` to ``[C, *out]``: elements put back where the second input says that they stood
    in their channel's map, as a ``max_pool`` with ``return_indices`` and the same fields has it; 0
    elsewhere. Positions are taken modulo the map's size. It counts nothing."""

    keeps = PLACES
    examples = (Example({"kernel_size": 2}, (MAP, MAP)),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "positions")
    undifferentiated: ClassVar[tuple[int, ...]] = (1,)
    inputs_from: ClassVar[str] = (
        "`return_indices: true` makes positions the second output of a max_pool, and `from:` with "
        "its name then means both"
    )
    scatters = True

    kernel_size: Shape = fields.kernel("positions pooled along each axis")
    stride: Shape | None = fields.per_axis(
        "positions from one window to the next; kernel_size unless given", None
    )
    padding: Pairs = fields.borders("positions that the pooling added around each axis", 0)
    output_size: Shape | None = fields.per_axis(
        "length of each axis of the output; just enough for the windows unless given", None
    )

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The window along each spatial axis, as it lies on the output."""
        stride = self.kernel_size if self.stride is None else self.stride
        ones: Shape = (1,)
        return windows(self.kernel_size, stride, self.padding, ones * len(self.kernel_size))

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There is a position for each element, and something is left of the map."""
        x, at = inputs
        yield needs_spatial(x)
        yield Must(
            -abs(len(x) - len(at)),
            "the inputs differ in their number of axes",
            inputs=(0, 1),
        )
        for axis, (a, b) in enumerate(zip(x, at, strict=True)):
            yield Must(
                equal(a, b),
                "sizes {a} and {b} of axis {axis} differ: there must be a position for each "
                "element",
                values={"a": a, "b": b, "axis": axis},
                inputs=(0, 1),
            )
        for axis, length in enumerate(self.output(*inputs)[2:]):
            yield Must(
                length - 1,
                "padding crops the whole output of spatial axis {axis}: its length would be "
                "{length}",
                "padding",
                {"axis": axis, "length": length},
                (0,),
            )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *out)``. With ``output_size``, that is ``out``."""
        x = inputs[0]
        if self.output_size is not None:
            return (*x[:2], *self.output_size)
        return (*x[:2], *map(Window.length_transposed, self.windows, x[2:]))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Any element of the own channel, wherever it is put."""
        anywhere = (ANYWHERE,) * (len(inputs[0]) - 2)
        return ((Reads(0), Reads(1), *anywhere),) * 2
