"""Normalisation, at inference."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.number import prod
from convcost.ops import fields
from convcost.ops.example import Example
from convcost.ops.op import Op, Reads, needs_axes, needs_spatial, position_by_position
from convcost.ops.saved import INPUT, Made
from convcost.window import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.number import Must, Number, Shape
    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved


class BatchNorm(Op):
    """Scale and shift of each channel by stored statistics: ``(x - mean) / sqrt(var + eps)``. With
    ``affine``, that times a weight and plus a bias. Ioffe and Szegedy, arXiv 1502.03167."""

    rescales = True
    follows_convolutions = True
    beside = "norm"

    eps: float = fields.real("added to the variance", 1e-5)
    affine: bool = fields.yes_no("whether scale and shift are learned", True)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """There are channels."""
        yield needs_axes(inputs[0], 2)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias`` a channel."""
        channels = inputs[0][1]
        return {"weight": (channels,), "bias": (channels,)} if self.affine else {}

    def buffers(self, *inputs: Shape) -> dict[str, Shape]:
        """Running mean and variance a channel."""
        channels = inputs[0][1]
        return {"running_mean": (channels,), "running_var": (channels,)}

    def averages_taken(self, x: Shape) -> str | None:
        """Those of the batch, in training."""
        return "batch"

    def multiplies(self, *inputs: Shape) -> Number:
        """One for each element, one for each channel."""
        return prod(inputs[0]) + inputs[0][1]

    def adds(self, *inputs: Shape) -> Number:
        """One for each element, and one for each channel (``var + eps``). With a bias, one more for
        each channel, which shifts the bias by the mean."""
        return prod(inputs[0]) + inputs[0][1] * (1 + self.affine)

    def divides(self, *inputs: Shape) -> Number:
        """One for each channel."""
        return inputs[0][1]

    def transcendentals(self, *inputs: Shape) -> Number:
        """A square root for each channel."""
        return inputs[0][1]

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and the mean and 1 over the deviation of each channel."""
        return INPUT._replace(made=(Made(inputs[0][1]),) * 2)


class LocalResponseNorm(Op):
    """Each value over a power of the squares around it: ``x / (k + alpha / size x sum) ** beta``,
    the sum over ``size`` neighbouring channels. Krizhevsky et al. 2012, section 3.3, as in PyTorch.
    """

    examples = (Example({"size": 5}),)
    follows_convolutions = True
    beside = "norm"

    size: Number = fields.count("neighbouring channels")
    alpha: float = fields.real("factor of the sum", 1e-4)
    beta: float = fields.real("power", 0.75)
    k: float = fields.real("added to the sum", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The input is a map."""
        yield needs_spatial(inputs[0])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position, several channels."""
        own, size = position_by_position(len(inputs[0])), cast("int", self.size)
        return ((own[0], Reads(1, step(size, before=size // 2)), *own[2:]),)

    def multiplies(self, *inputs: Shape) -> Number:
        """A square and a scaled sum for each element."""
        return 2 * prod(inputs[0])

    def adds(self, *inputs: Shape) -> Number:
        """``size - 1`` for the sum, beyond the first and last channel included, and one for k."""
        return prod(inputs[0]) * self.size

    def divides(self, *inputs: Shape) -> Number:
        """One for each element."""
        return prod(inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """A power for each element."""
        return prod(inputs[0])

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """As written, operator by operator: the input, the squares between borders of zeros,
        the sum and its power."""
        x = inputs[0]
        squares = x[0] * (x[1] + self.size - 1) * prod(x[2:])
        return INPUT._replace(made=(Made(squares), Made(prod(x)), Made(prod(x))))
