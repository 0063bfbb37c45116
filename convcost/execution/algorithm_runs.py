"""Algorithms of one layer tried: the formulas of each at full size, confirmed by execution."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from convcost.analysis.explain.algorithms import Step, algorithms
from convcost.errors import ConvcostError, quoted, with_article
from convcost.execution.forward import kernel_fields, seeded, seeded_inputs
from convcost.execution.memory_needed import Need, refuse_too_large
from convcost.execution.transform import alone
from convcost.executor.algorithm_workspace import ALGORITHM_WORKSPACE
from convcost.executor.algorithms import ALGORITHMS
from convcost.executor.namespace import Counting
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.explain.algorithms import Algorithm
    from convcost.executor.namespace import Array
    from convcost.network import Layer

# What is executed at most: a second or so, and some 100 MB of float64.
MOST_MULTIPLIES = 120_000_000
MOST_ELEMENTS = 2**23
FLOAT64 = 8  # bytes
ADVICE = "a smaller `--input` needs less"


class Execution(NamedTuple):
    """The counts of an algorithm that ran, on the layer with its channels divided by ``by``.

    ``formulas`` are its steps at that size. ``difference`` is the largest one between its outputs
    and those of the first algorithm, in float64; inputs and outputs are around 1.
    """

    by: int
    formulas: Sequence[Step]
    counted: Sequence[Step]
    difference: float
    tolerance: float

    @property
    def confirmed(self) -> bool:
        """Whether formulas and outputs are right."""
        same = list(self.formulas) == list(self.counted)
        return same and self.difference <= self.tolerance


class Way(NamedTuple):
    """An algorithm for a layer: its steps, all ints, or why it does not apply (``refused``).

    ``execution`` is None where it does not apply, or is too large to run even on few channels.
    """

    name: str
    steps: Sequence[Step] = ()
    refused: str | None = None
    execution: Execution | None = None


class Trial(NamedTuple):
    """All algorithms for a layer, the written one first."""

    layer: Layer
    ways: Sequence[Way]

    @property
    def broken(self) -> list[Way]:
        """Those whose execution disagrees."""
        return [way for way in self.ways if way.execution and not way.execution.confirmed]


def trial(layer: Layer, seed: int = 0, memory: int | None = None) -> Trial:
    """Try all algorithms for a layer.

    Args:
        layer: a convolution, transposed or not.
        seed: of input and weights.
        memory: bytes that it may take; those that are available, unless given.

    Raises:
        ConvcostError: there is but one way to compute such a layer, or it needs more memory.
    """
    known = algorithms(layer.op)
    if not known:
        op = with_article(op_name(type(layer.op)))
        raise ConvcostError(
            f"{quoted(layer.name)} is {op} layer: there are algorithms for `conv` and "
            "`conv_transpose` layers"
        )
    bench = _Bench(layer, known[0], seed)
    refuse_too_large(bench.needed(known), memory, "trying all algorithms", ADVICE)
    return Trial(layer, [_way(algorithm, layer, bench) for algorithm in known])


def _applies(algorithm: Algorithm[Any], layer: Layer) -> bool:
    musts = algorithm.conditions(layer.op, layer.input_shapes[0])
    return all(cast("int", must.margin) >= 0 for must in musts)


def _way(algorithm: Algorithm[Any], layer: Layer, bench: _Bench) -> Way:
    x = layer.inputs[0].shape
    name = algorithm.title(len(x) - 2)
    for must in algorithm.conditions(layer.op, x):
        if cast("int", must.margin) < 0:
            return Way(name, refused=must.sentence())
    return Way(name, algorithm.steps(layer.op, x), None, bench.run(algorithm))


class _Bench:
    """Where algorithms run: the layer alone, with as many channels as can be afforded."""

    def __init__(self, layer: Layer, first: Algorithm[Any], seed: int) -> None:
        self.layer = layer
        self.first = first
        self.seed = seed
        self.expected: dict[int, Array] = {}  # outputs of the first, by what divides channels

    def needed(self, known: Sequence[Algorithm[Any]]) -> Need:
        """The memory that the algorithms need at most, in float64: their arrays and those that they
        are compared with."""
        sizes = (self._bytes(algorithm) for algorithm in known if _applies(algorithm, self.layer))
        return Need(max(sizes, default=0), self.layer)

    def _bytes(self, algorithm: Algorithm[Any]) -> int:
        found = self._affordable(algorithm)
        if found is None:
            return 0
        _, copy, _ = found
        (x,), weights = copy.input_shapes, {r: w.shape for r, w in copy.weights.items()}
        room = ALGORITHM_WORKSPACE[algorithm.key](x, weights["weight"], **kernel_fields(copy))
        others = prod(x) + sum(map(prod, weights.values())) + prod(copy.outputs[0].shape)
        return FLOAT64 * (others + room)

    def run(self, algorithm: Algorithm[Any]) -> Execution | None:
        """Run and count an algorithm; None where that takes too much at any size."""
        found = self._affordable(algorithm)
        return found and self._execution(algorithm, found[0], found[2])

    def _affordable(self, algorithm: Algorithm[Any]) -> tuple[int, Layer, Sequence[Step]] | None:
        """The divisor of channels with which it can be run, the layer so, and its steps."""
        by = 1
        most = max(self.layer.inputs[0].shape[1], self.layer.outputs[0].shape[1])
        while by <= most:
            (copy,) = alone(self.layer, by).layers
            steps = algorithm.steps(copy.op, copy.inputs[0].shape)
            if _affordable(steps) and _affordable(self.first.steps(copy.op, copy.input_shapes[0])):
                return by, copy, steps
            by *= 2
        return None

    def _execution(self, algorithm: Algorithm[Any], by: int, steps: Sequence[Step]) -> Execution:
        counted, output = self._counted(algorithm, by)
        if by not in self.expected:
            is_first = algorithm is self.first
            self.expected[by] = output if is_first else self._counted(self.first, by)[1]
        difference = float(np.max(np.abs(output - self.expected[by])))
        return Execution(by, steps, counted, difference, algorithm.tolerance)

    def _counted(self, algorithm: Algorithm[Any], by: int) -> tuple[list[Step], Array]:
        network = alone(self.layer, by)
        (layer,), (x,) = network.layers, seeded_inputs(network, self.seed).values()
        arrays = seeded(self.seed, np.float64)
        weights = {role: arrays(weight) for role, weight in layer.weights.items()}
        xp, steps = Counting(), list[Step]()
        output = x = x.astype(np.float64)
        for made in ALGORITHMS[algorithm.key](xp, x, **weights, **kernel_fields(layer)):
            counts, output = xp.reset(), made.array
            steps.append(
                Step(made.step, counts["multiplies"], counts["adds"], output.size, made.once)
            )
        return steps, output


def _affordable(steps: Sequence[Step]) -> bool:
    multiplies = sum(cast("int", step.multiplies) for step in steps)
    elements = sum(cast("int", step.elements) for step in steps)
    return multiplies <= MOST_MULTIPLIES and elements <= MOST_ELEMENTS
