"""Windows laid side by side as columns, and columns added up to a map again."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from convcost.digits import Digit
from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields, kinds
from convcost.ops.conv import fits
from convcost.ops.example import Example
from convcost.ops.op import Op, Reads, divides, equal, needs_spatial, written_shape
from convcost.ops.saved import NOTHING
from convcost.window import MOST_PHASES, Pairs, Step, Window, windows

if TYPE_CHECKING:
    from collections.abc import Iterator


class Unfold(Op):
    """``[C, *in]`` to ``[C taps, positions]``: what each window holds as a column, the taps of a
    channel one after the other; also called im2col. The padding is of zeros. Fields are PyTorch's,
    at any rank."""

    keeps = NOTHING
    examples = (Example({"kernel_size": 3, "padding": 1}),)

    kernel_size: Shape = fields.kernel()
    dilation: Shape = fields.per_axis("positions from one tap to the next", 1)
    padding: Pairs = fields.padding()
    stride: Shape = fields.per_axis("positions from one window to the next", 1)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The window along each spatial axis."""
        return windows(self.kernel_size, self.stride, self.padding, self.dilation)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Windows fit."""
        yield needs_spatial(inputs[0])
        yield from fits(self.windows, inputs[0])

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels x taps, positions)``."""
        x = inputs[0]
        positions = prod(map(Window.length, self.windows, x[2:]))
        return (x[0], x[1] * prod(self.kernel_size), positions)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The channel that a row is of, and a position that row and column say together, which is
        not followed."""
        x = inputs[0]
        y = cast("tuple[int, ...]", self.output(x))
        taps = y[1] // x[1]
        own = Step(taps, 1, (range(1),) * taps) if taps <= MOST_PHASES else None
        moved = Reads(None, None, parts=(Digit(1, 1, y[1]), Digit(2, 1, y[2])))
        return ((Reads(0), Reads(1, own), *(moved,) * (len(x) - 2)),)


class Fold(Op):
    """``[C taps, positions]`` to ``[C, *output_size]``: columns put back where ``unfold`` with the
    same fields takes them from, and added up where they meet; also called col2im. Fields are
    PyTorch's, at any rank."""

    keeps = NOTHING
    examples = (Example({"output_size": [28], "kernel_size": [4], "stride": [4]}, ((256, 7),)),)
    scatters = True

    output_size: Shape = fields.declare(
        kinds.Counts("a list with the length of each axis"), "length of each axis of the output"
    )
    kernel_size: Shape = fields.declare(kinds.PerMadeAxis(), "taps along each axis")
    dilation: Shape | None = fields.declare(
        kinds.PerMadeAxis(), "positions from one tap to the next; 1 unless given", None
    )
    padding: Shape | None = fields.declare(
        kinds.PerMadeAxis(least=0),
        "positions cropped before and after each axis; 0 unless given",
        None,
    )
    stride: Shape | None = fields.declare(
        kinds.PerMadeAxis(), "positions from one window to the next; 1 unless given", None
    )

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The window along each axis of the output."""
        borders = self._each(self.padding, 0)
        return windows(
            self._each(self.kernel_size, 1),
            self._each(self.stride, 1),
            tuple((border, border) for border in borders),
            self._each(self.dilation, 1),
        )

    def _each(self, values: Shape | None, unless: int) -> Shape:
        given: Shape = (unless,) if values is None else values
        return given * len(self.output_size) if len(given) == 1 else given

    @property
    def taps(self) -> Number:
        """Taps of a window."""
        return prod(window.kernel for window in self.windows)

    @property
    def lengths(self) -> Shape:
        """Windows along each axis."""
        return tuple(map(Window.length, self.windows, self.output_size))

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Fields are of as many axes; windows fit; there are their taps and positions."""
        x, rank = inputs[0], len(self.output_size)
        for name in ("kernel_size", "dilation", "padding", "stride"):
            given = len(getattr(self, name) or (1,))
            yield Must(
                0 if given in (1, rank) else -1,
                "{name} is for {given} axes, and output_size for {rank}",
                name,
                {"name": name, "given": given, "rank": rank},
            )
        yield Must(
            -abs(len(x) - 3),
            "its input must be [channels x taps, positions], and is {shape}",
            values={"shape": written_shape(x)},
            inputs=(0,),
        )
        yield from fits(self.windows, (*x[:2], *self.output_size))
        yield Must(
            divides(self.taps, x[1]),
            "the {taps} taps of a window do not divide the {channels} input channels",
            "kernel_size",
            {"taps": self.taps, "channels": x[1]},
        )
        yield Must(
            equal(x[2], prod(self.lengths)),
            "the input has {given} positions, and {wanted} windows fit into the output",
            "output_size",
            {"given": x[2], "wanted": prod(self.lengths)},
            (0,),
        )

    def output(self, *inputs: Shape) -> Shape:
        """``(batch, channels, *output_size)``."""
        x = inputs[0]
        return (x[0], x[1] // self.taps, *self.output_size)

    def adds(self, *inputs: Shape) -> Number:
        """One for each element of the input, the first one at each place on a zero; what padding
        crops is added up too."""
        return prod(inputs[0])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The rows of the own channel, and columns that the places of the output say together,
        which are not followed."""
        y = cast("tuple[int, ...]", self.output(*inputs))
        rows = inputs[0][1] // y[1]
        moved = Reads(None, None, parts=tuple(Digit(a, 1, y[a]) for a in range(2, len(y))))
        return ((Reads(0), Reads(1, Step(1, rows, (range(rows),))), moved),)
