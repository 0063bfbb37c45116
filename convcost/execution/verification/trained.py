"""A training step that is run: a forward pass on numbers that remember, and the way back."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from convcost.dtype import bytes_of, is_floating
from convcost.errors import ConvcostError, plural
from convcost.execution.forward import execute, run_layer, seeded, seeded_inputs, several
from convcost.execution.verification.check import WHOLE, Check
from convcost.execution.verification.running import KERNEL_ERRORS
from convcost.executor.namespace import Plain
from convcost.executor.tally import Tally
from convcost.executor.tape import Counted, Learned, Traced, Tracing, as_tensor, leaves, rewound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.executor.namespace import Array
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor, Weight

MOST_MACS = 20_000_000
ROUNDING = 1e-15  # of a loss, relative to it
STEP = 1e-7  # along the direction in which the loss is compared
CLOSE = 1e-4  # relative to what gradient and direction could make at most
OPAQUE = "a training step: {}, the first being {}, cannot be run"
COUNTS: Sequence[str] = (
    *("train.input_gradient_macs", "train.weight_gradient_macs", "train.gradient_bytes"),
)


class _Ran(NamedTuple):
    """A layer that has run, with the numbers that it made of others, and its arrays."""

    layer: Layer
    inputs: Sequence[Array]
    outputs: Sequence[Array]
    numbers: Sequence[Traced]
    weights: Sequence[Array]


def trained(
    analysis: Analysis, frozen: Collection[str], seed: int
) -> tuple[list[Check], list[str]]:
    """Run a training step on scalars, and compare the products of its gradients with the formulas,
    and the gradient with the difference of two losses.

    Args:
        analysis: with the counts of a training step.
        frozen: names of the arrays that are not learned.
        seed: of weights, inputs, the loss and the direction.

    Returns:
        The checks, and what was not confirmed.

    Raises:
        ConvcostError: the network is too large.
    """
    network = analysis.network
    opaque = [layer.name for layer in network.layers if layer.op.opaque]
    if opaque:
        return [], [OPAQUE.format(plural(len(opaque), "opaque layer"), opaque[0])]
    _refuse_too_large(analysis)
    step = _Step(network, frozen, seed)
    try:
        ran = step.forwards()
    except KERNEL_ERRORS as error:  # numbers that have no end, or are none
        return [], [f"a training step: it cannot be run number by number ({error})"]
    checks: list[Check] = []
    totals = dict.fromkeys(COUNTS, 0)
    costs = {cost.layer: cost for cost in analysis.layers}
    for one in reversed(ran):
        found = dict(zip(COUNTS[:2], step.back(one), strict=True))
        checks += [
            Check(one.layer.name, m, costs[one.layer].counts[m], n) for m, n in found.items()
        ]
        for metric, count in found.items():
            totals[metric] += count
    totals[COUNTS[2]] = step.gradient_bytes()
    whole = [Check(WHOLE, metric, analysis.totals[metric], n) for metric, n in totals.items()]
    along, why = step.along_a_direction()
    return [*checks[::-1], *whole, *along], why


class _Leaves(NamedTuple):
    """A learned array, and its elements as layers take them: more than once where they look at it
    in several shapes."""

    weight: Weight
    arrays: list[Array]


class _Step:
    """A forward pass and the way back."""

    def __init__(self, network: Network, frozen: Collection[str], seed: int) -> None:
        self.network, self.seed = network, seed
        self.frozen = frozen
        self.learned: dict[str, _Leaves] = {}
        self.inputs = {n: x.astype(float) for n, x in seeded_inputs(network, seed).items()}
        self._drawn = seeded(seed, np.float64)
        self._outputs: dict[str, Array] = {}
        # What the loss depends on; it may read what something reads that is not a layer.
        self._reached: set[Tensor] = {*network.held}
        self._used: set[int] = set()  # arrays of layers that it depends on
        self._given = {
            weight.name
            for layer in network.layers
            if not layer.inputs
            for weight in layer.weights.values()
        }

    def forwards(self) -> list[_Ran]:
        """Run all layers; the loss is a sum of the outputs, each times a number. Inputs that say
        where others are read, or choose among them, have no gradient, though a kernel may calculate
        with them."""
        ran: list[_Ran] = []
        Traced.made = []

        def run(
            layer: Layer, inputs: Sequence[Array], weights: Mapping[str, Array], xp: Plain
        ) -> tuple[Array, ...]:
            without = (*layer.op.undifferentiated, layer.op.choice_input)
            given = [
                Tally.array(xp.numbers(x)) if number in without else x
                for number, x in enumerate(inputs)
            ]
            outputs = tuple(map(as_tensor, several(run_layer(layer, given, weights, xp))))
            ran.append(_Ran(layer, given, outputs, Traced.made, [*weights.values()]))
            Traced.made = []
            return outputs

        inputs = {name: Tally.array(x) for name, x in self.inputs.items()}
        self._outputs = execute(self.network, inputs, self._array, Tracing(), run=run)
        for name, made in self._outputs.items():
            for number, factor in zip(made.flat, self._factors(name, made), strict=True):
                if isinstance(number, Traced):
                    number.gradient = (number.gradient or 0.0) + factor
        outputs = self.network.outputs
        self._reached.update(_traced([*outputs.values()], [*self._outputs.values()]))
        return ran

    def back(self, ran: _Ran) -> Counted:
        """The products of the gradients of a layer; none where no gradient comes back to it. All
        of its inputs and arrays have a gradient then, if only of zeros, as frameworks have it."""
        if self._reached.isdisjoint(_traced(ran.layer.outputs, ran.outputs)):
            return Counted(0, 0)
        self._reached.update(_traced(ran.layer.inputs, ran.inputs))
        self._used.update(map(id, ran.weights))
        return rewound(ran.numbers)

    def gradient_bytes(self) -> int:
        """Bytes of the gradients of all arrays that have one."""
        every = self.learned.values()
        reached = (one.weight for one in every if not self._used.isdisjoint(map(id, one.arrays)))
        return sum(bytes_of(prod(weight.shape), weight.dtype) for weight in reached)

    def along_a_direction(self) -> tuple[list[Check], list[str]]:
        """The gradient along a direction of all that is learned, against the difference of losses
        on its two sides."""
        if not self.learned:
            return [], []
        parts = np.concatenate([self._along(name) for name in self.learned])
        stated, size = float(parts.sum()), float(np.linalg.norm(parts))
        losses = [self._loss(by) for by in (STEP, -STEP, 2 * STEP, -2 * STEP)]
        near, far = (losses[0] - losses[1]) / 2 / STEP, (losses[2] - losses[3]) / 4 / STEP
        allowed = CLOSE * size + ROUNDING * float(np.abs(losses).sum()) / STEP
        if not abs(near - far) <= allowed:  # or one of them is not a number
            return [], ["the gradient along a direction: the loss jumps there, or has no end"]
        alike = abs(stated - near) <= allowed
        return [Check(WHOLE, "gradient", stated, stated if alike else near)], []

    def _along(self, name: str) -> Array:
        """The gradients by an array's elements, each times the direction."""
        found = self.learned[name]
        direction = _direction(name, found.weight.shape).reshape(-1)
        every = [[number.gradient or 0.0 for number in each.flat] for each in found.arrays]
        return direction * np.sum(np.array(every, dtype=float), axis=0)

    def _loss(self, by: float) -> float:
        """The loss with all that is learned moved along the direction."""

        def array(weight: Weight) -> Array:
            values = self._drawn(weight)
            if weight.name not in self.learned:
                return values
            shape = self.learned[weight.name].weight.shape
            return values + by * _direction(weight.name, shape).reshape(values.shape)

        made = execute(self.network, self.inputs, array, Plain())
        each = (np.vdot(self._factors(n, y), y) for n, y in made.items() if self._counts(n))
        return float(sum(each))

    def _counts(self, name: str) -> bool:
        """Whether an output has a gradient: positions jump."""
        return any(isinstance(number, Traced) for number in self._outputs[name].flat)

    def _factors(self, name: str, made: Array) -> Array:
        """Numbers that the elements of an output are multiplied by in the loss."""
        rng = np.random.default_rng([self.seed, crc32(name.encode())])
        return rng.standard_normal(made.size)

    def _array(self, weight: Weight) -> Array:
        """The array of a weight, whose elements have gradients if it is learned."""
        values = self._drawn(weight)
        if not weight.learned or weight.name in self.frozen or not is_floating(weight.dtype):
            return Tally.array(values)
        made = leaves(values, Traced if weight.name in self._given else Learned)
        self.learned.setdefault(weight.name, _Leaves(weight, [])).arrays.append(made)
        return made


def _traced(tensors: Sequence[Tensor], arrays: Sequence[Array]) -> Iterator[Tensor]:
    """The tensors whose arrays have a gradient."""
    for tensor, array in zip(tensors, arrays, strict=True):
        if any(isinstance(number, Traced) for number in array.flat):
            yield tensor


def _direction(name: str, shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(crc32(name.encode())).standard_normal(shape)


def _refuse_too_large(analysis: Analysis) -> None:
    macs = analysis.totals["macs"]
    if macs > MOST_MACS:
        raise ConvcostError(
            f"a training step is run on numbers that remember what they are made of, for at most "
            f"{MOST_MACS:,} MACs, and this network has {macs:,}: `--shrink N` divides its channels "
            "by N, `--input` gives it a smaller input"
        )
