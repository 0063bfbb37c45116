"""Normalisation by the statistics of the sample itself.

All of them take two passes over each group of n elements: the mean, ``sum(x) / n``; the differences
``d = x - mean`` and their variance ``sum(d d) / n``, of the population; then ``d`` times
``1 / sqrt(variance + eps)``, times the weight, plus the bias.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.number import Must, Number, Shape, prod
from convcost.ops import fields
from convcost.ops.dims import dim_conditions, gated_along, named, size_of
from convcost.ops.example import Example
from convcost.ops.op import Op, Reads, divides, needs_axes, needs_spatial
from convcost.ops.saved import INPUT, NOTHING, WIDE, Made, Saved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.ops.op import Wanted


class _SampleNorm(Op):
    beside = "norm"

    def groups(self, x: Shape) -> Number:
        """Groups of elements that are normalised together."""
        raise NotImplementedError  # every norm overrides it

    def scaled(self) -> bool:
        """Whether there is a weight."""
        raise NotImplementedError  # every norm overrides it

    def shifted(self) -> bool:
        """Whether there is a bias."""
        return self.scaled()

    def multiplies(self, *inputs: Shape) -> Number:
        """The square and the scaling of each difference. With a weight, one more for each."""
        return prod(inputs[0]) * (2 + self.scaled())

    def adds(self, *inputs: Shape) -> Number:
        """A difference for each element; for each group two sums of n, each ``n - 1``, and eps.
        With a bias, one more for each element."""
        return prod(inputs[0]) * (3 + self.shifted()) - self.groups(inputs[0])

    def divides(self, *inputs: Shape) -> Number:
        """For each group the mean, the variance and 1 over the root."""
        return 3 * self.groups(inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """A square root for each group."""
        return self.groups(inputs[0])

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and the mean and 1 over the deviation of each group."""
        return INPUT._replace(made=(Made(self.groups(inputs[0])),) * 2)


class _AlongDim(Op):
    beside = "norm"

    dim: tuple[int, ...]

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The axes exist."""
        yield from dim_conditions(self.dim, inputs[0])

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position, and the statistics of each of the axes."""
        x = inputs[0]
        return (gated_along(named(self.dim, x), len(x)),)

    def groups(self, x: Shape) -> Number:
        """One for each position along the other axes."""
        axes = named(self.dim, x)
        return size_of(tuple(axis for axis in range(len(x)) if axis not in axes), x)


class LayerNorm(_AlongDim, _SampleNorm):
    """``(x - mean) / sqrt(var + eps)`` by the mean and variance along ``dim``. With a weight, that
    times the weight. With a bias, plus the bias. ``dim: 1`` is over the channels of each position,
    as ConvNeXt has it, ``dim: -1`` over the features of each token, ``dim: [1, 2, 3]`` over a whole
    map: the axes that PyTorch's ``normalized_shape`` has sizes of. Ba, Kiros and Hinton, arXiv
    1607.06450."""

    widens = True
    dim: tuple[int, ...] = fields.dims("axes that are normalised together", 1)
    eps: float = fields.real("added to the variance", 1e-5)
    elementwise_affine: bool = fields.yes_no("whether scale and shift are learned", True)
    bias: bool = fields.yes_no("whether the shift is, where the scale is", True)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias``, of the sizes along ``dim``."""
        x = inputs[0]
        sizes = tuple(x[axis] for axis in named(self.dim, x))
        found = {"weight": sizes} if self.scaled() else {}
        return found | ({"bias": sizes} if self.shifted() else {})

    def scaled(self) -> bool:
        """Whether there is a weight."""
        return self.elementwise_affine

    def shifted(self) -> bool:
        """Whether there is a bias."""
        return self.elementwise_affine and self.bias


class RMSNorm(_AlongDim):
    """``x / sqrt(mean(x x) + eps)`` along ``dim``. With a weight, that times the weight. The
    field ``dim`` is written as in ``layer_norm``. Zhang and Sennrich, arXiv 1910.07467."""

    widens = True
    dim: tuple[int, ...] = fields.dims("axes that are normalised together", 1)
    eps: float = fields.real("added to the mean square", 1e-5)
    elementwise_affine: bool = fields.yes_no("whether a scale is learned", True)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight``, of the sizes along ``dim``."""
        x = inputs[0]
        sizes = tuple(x[axis] for axis in named(self.dim, x))
        return {"weight": sizes} if self.elementwise_affine else {}

    def multiplies(self, *inputs: Shape) -> Number:
        """The square and the scaling of each element. With a weight, one more for each."""
        return prod(inputs[0]) * (2 + self.elementwise_affine)

    def adds(self, *inputs: Shape) -> Number:
        """For each group a sum of n, ``n - 1``, and eps."""
        return prod(inputs[0])

    def divides(self, *inputs: Shape) -> Number:
        """For each group the mean and 1 over the root."""
        return 2 * self.groups(inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """A square root for each group."""
        return self.groups(inputs[0])

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """As written, operator by operator: the input and 1 over the root of each group. With a
        weight, the scaled input for its gradient. All of it has 32 bits at least."""
        roots = Made(self.groups(inputs[0]), WIDE)
        kept = Saved(inputs_as={0: WIDE}, made=(roots,)) if wanted.by(0) else NOTHING
        scaled = (Made(prod(inputs[0]), WIDE),) if wanted.weights else ()
        return kept._replace(made=kept.made + scaled)


class LpNorm(_AlongDim):
    """Elements over their norm along ``dim``. With ``p: 2``, that is the root of the sum of
    squares. With ``p: 1``, that is the sum of absolute values. Where all are 0 they stay 0."""

    widens = True
    dim: tuple[int, ...] = fields.dims("axes that have a norm together", 1)
    p: int = fields.count("1 or 2: which norm", 2, most=2)

    def multiplies(self, *inputs: Shape) -> Number:
        """A square for each element."""
        return prod(inputs[0]) if self.p == 2 else 0

    def comparisons(self, *inputs: Shape) -> Number:
        """``max(x, -x)`` of each element."""
        return prod(inputs[0]) if self.p == 1 else 0

    def adds(self, *inputs: Shape) -> Number:
        """``n - 1`` for each sum of n."""
        return prod(inputs[0]) - self.groups(inputs[0])

    def divides(self, *inputs: Shape) -> Number:
        """One for each element."""
        return prod(inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """A square root for each norm."""
        return self.groups(inputs[0]) if self.p == 2 else 0

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, the norm of each group and what it is divided by."""
        return INPUT._replace(made=(Made(self.groups(inputs[0])),) * 2)


class GroupNorm(_SampleNorm):
    """``(x - mean) / sqrt(var + eps)`` by the mean and variance of each group of channels over the
    whole map. With ``affine``, that times the channel's weight and plus its bias. Wu and He, arXiv
    1803.08494."""

    widens = True
    examples = (Example({"num_groups": 32}),)
    follows_convolutions = True

    num_groups: Number = fields.count("groups that the channels are dealt to, in order")
    eps: float = fields.real("added to the variance", 1e-5)
    affine: bool = fields.yes_no("whether scale and shift are learned", True)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Groups divide channels."""
        yield needs_axes(inputs[0], 2)
        channels = inputs[0][1]
        yield Must(
            divides(self.num_groups, channels),
            "num_groups ({groups}) does not divide the {channels} input channels",
            "num_groups",
            {"groups": self.num_groups, "channels": channels},
        )

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias`` a channel."""
        channels = inputs[0][1]
        return {"weight": (channels,), "bias": (channels,)} if self.affine else {}

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position, and the statistics of the whole map and of the channels of a group."""
        rank, alone = len(inputs[0]), self.num_groups == inputs[0][1]
        return (gated_along(tuple(range(1 + alone, rank)), rank),)

    def averages_taken(self, x: Shape) -> str | None:
        """Those of a sample, where each channel is a group."""
        return "sample" if self.num_groups == x[1] else None

    def groups(self, x: Shape) -> Number:
        """``num_groups`` a sample."""
        return x[0] * self.num_groups

    def scaled(self) -> bool:
        """Whether there is a weight."""
        return self.affine


class InstanceNorm(_SampleNorm):
    """``(x - mean) / sqrt(var + eps)`` by the mean and variance of each channel over the whole map.
    With ``affine``, that times the channel's weight and plus its bias. Ulyanov, Vedaldi and
    Lempitsky, arXiv 1607.08022."""

    follows_convolutions = True

    eps: float = fields.real("added to the variance", 1e-5)
    affine: bool = fields.yes_no("whether scale and shift are learned", False)

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The input is a map."""
        yield needs_spatial(inputs[0])

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``weight`` and ``bias`` a channel."""
        channels = inputs[0][1]
        return {"weight": (channels,), "bias": (channels,)} if self.affine else {}

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Own position, and the statistics of its channel."""
        rank = len(inputs[0])
        return (gated_along(tuple(range(2, rank)), rank),)

    def averages_taken(self, x: Shape) -> str | None:
        """Those of a sample."""
        return "sample"

    def groups(self, x: Shape) -> Number:
        """One a channel."""
        return x[0] * x[1]

    def scaled(self) -> bool:
        """Whether there is a weight."""
        return self.affine

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """As a batch norm of each sample: the input, the mean and 1 over the deviation of each
        channel. With a weight, it is repeated for each sample."""
        return INPUT._replace(made=(Made(self.groups(inputs[0])),) * (2 + self.affine))
