"""Activations, and layers that do nothing at inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.number import Must, Number, Shape, larger, prod
from convcost.ops import fields
from convcost.ops.dims import dim_condition, whole_along
from convcost.ops.op import Activation, Op, Reads, equal, needs_axes
from convcost.ops.saved import INPUT, NOTHING, OUTPUT, Made, Saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.ops.op import Wanted


class ReLU(Activation):
    """``max(x, 0)``."""

    clamps = True
    keeps = OUTPUT

    def each(self) -> Mapping[str, int]:
        """One for each element."""
        return {"comparisons": 1}


class ReLU6(Activation):
    """``min(max(x, 0), 6)``."""

    clamps = True
    keeps = INPUT

    def each(self) -> Mapping[str, int]:
        """Two for each element."""
        return {"comparisons": 2}


class LeakyReLU(Activation):
    """``x`` where it is positive, ``negative_slope x`` elsewhere."""

    keeps = INPUT
    keeps_in_place = OUTPUT

    negative_slope: float = fields.real("factor of negative values", 0.01)

    def each(self) -> Mapping[str, int]:
        """One for each element."""
        return {"comparisons": 1, "multiplies": 1}


class PReLU(Activation):
    """``x`` where it is positive, ``weight x`` elsewhere; one weight for all channels, or one for
    each. He, Zhang, Ren and Sun, arXiv 1502.01852."""

    keeps = INPUT

    num_parameters: Number = fields.count("weights: 1, or as many as channels", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """One weight, or one a channel."""
        yield needs_axes(inputs[0], 2)
        channels = inputs[0][1]
        yield Must(
            larger(equal(self.num_parameters, 1), equal(self.num_parameters, channels)),
            "num_parameters ({given}) is neither 1 nor the {channels} input channels",
            "num_parameters",
            {"given": self.num_parameters, "channels": channels},
        )

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight``, the factor of negative values."""
        return {"weight": (self.num_parameters,)}

    def each(self) -> Mapping[str, int]:
        """One for each element."""
        return {"comparisons": 1, "multiplies": 1}


class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``."""

    keeps = OUTPUT

    def each(self) -> Mapping[str, int]:
        """One for each element."""
        return {"transcendentals": 1}


class Tanh(Activation):
    """Hyperbolic tangent."""

    keeps = OUTPUT

    def each(self) -> Mapping[str, int]:
        """One for each element."""
        return {"transcendentals": 1}


class _AlongAxis(Op):
    keeps = OUTPUT
    dim: int = fields.dim("axis that sums to one: 1 is the channels", 1)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axis exists."""
        yield dim_condition(self.dim, inputs[0])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The whole axis, own position of the others."""
        return (whole_along((self.dim,), len(inputs[0])),)

    def rows(self, x: Shape) -> Number:
        """Sums that come to one."""
        return prod(x[: self.dim]) * prod(x[self.dim + 1 :])

    def adds(self, *inputs: Shape) -> Number:
        """The largest taken off each element, and ``n - 1`` for each sum of n."""
        return 2 * prod(inputs[0]) - self.rows(inputs[0])

    def comparisons(self, *inputs: Shape) -> Number:
        """``n - 1`` for each largest of n."""
        return prod(inputs[0]) - self.rows(inputs[0])


class Softmax(_AlongAxis):
    """``exp(x) / sum(exp(x))`` along an axis."""

    widens = True
    attends = "softmax"

    def divides(self, *inputs: Shape) -> Number:
        """One for each element."""
        return prod(inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """An exponential for each element."""
        return prod(inputs[0])


class LogSoftmax(_AlongAxis):
    """``x - log(sum(exp(x)))`` along an axis: the logarithm of what ``softmax`` gives."""

    widens = True

    def adds(self, *inputs: Shape) -> Number:
        """The largest and the logarithm taken off each element, and ``n - 1`` for each sum of n."""
        return super().adds(*inputs) + prod(inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """An exponential for each element, a logarithm for each sum."""
        return prod(inputs[0]) + self.rows(inputs[0])


class Dropout(Op):
    """Nothing at inference."""

    view = True
    rescales = True

    p: float = fields.real("share of values dropped in training", 0.5)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The factor of each element: 0, or 1 over the share that stays. PyTorch's kernels for GPUs
        keep a mask of a byte an element instead."""
        return Saved(made=(Made(prod(inputs[0])),)) if self.p else NOTHING


class StochasticDepth(Op):
    """Nothing at inference; in training whole samples of a residual branch are dropped. Huang, Sun,
    Liu, Sedra and Weinberger, arXiv 1603.09382."""

    view = True
    rescales = True

    p: float = fields.real("share of samples dropped in training", 0.5)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The factor of each sample: 0, or 1 over the share that stays."""
        return Saved(made=(Made(inputs[0][0]),)) if self.p else NOTHING


class Identity(Op):
    """Nothing."""

    keeps = NOTHING
    view = True
    rescales = True
