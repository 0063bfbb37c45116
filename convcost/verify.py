"""Formulas against execution: every figure that convcost prints, confirmed or refuted."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.analysis.cost import analyze
from convcost.errors import ConvcostError
from convcost.execute import execute, kernel_fields, seeded, seeded_inputs
from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Counting, Plain
from convcost.executor.tally import Scalars, Tally
from convcost.ops import op_name
from convcost.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.analysis.cost import Analysis, LayerCost
    from convcost.executor.namespace import Array
    from convcost.network import Layer, Network


class Check(NamedTuple):
    """One figure of one layer, as the formula and as the execution have it."""

    layer: str
    metric: str
    formula: object
    executed: object

    @property
    def agrees(self) -> bool:
        """Whether they are the same."""
        return self.formula == self.executed


class Verification(NamedTuple):
    """All checks of a network, layer by layer."""

    network: Network
    checks: Sequence[Check]

    @property
    def broken(self) -> list[Check]:
        """The checks that do not agree."""
        return [check for check in self.checks if not check.agrees]


def verify(
    network: Network,
    *,
    seed: int = 0,
    scalar: bool = False,
    layer: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Verification:
    """Run a network, count, and compare with the formulas.

    Args:
        network: what to verify.
        seed: of weights and inputs.
        scalar: count by scalars that count themselves, which is slow, in place of the counting
            namespace.
        layer: name of a layer whose receptive field to measure besides that of the last map.
        progress: told of macs done, and of how many.

    Raises:
        ConvcostError: the network is too large to run here, or has no such layer.
    """
    analysis = analyze(network)
    refuse_too_large(network)
    work = _Work(analysis, progress)
    checks = _counted_by_scalars(analysis, seed) if scalar else _counted(analysis, seed, work)
    return Verification(network, [*checks, *map(Check._make, probe(network, layer, seed))])


class _Work:
    """Progress in macs, of which an execution and a look at what is in bounds each do all."""

    def __init__(self, analysis: Analysis, progress: Callable[[int, int], None]) -> None:
        self.total = 2 * analysis.totals["macs"]
        self.done = 0
        self.progress = progress

    def step(self, macs: int) -> None:
        self.done += macs
        self.progress(self.done, self.total)


def refuse_too_large(network: Network) -> None:
    """Raise ConvcostError where the network would not fit into this machine's memory."""
    import os

    needed = bytes_needed(network)
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not told on this system
        return
    if needed > free:
        raise ConvcostError(
            f"running '{network.name}' would need about {needed:,} bytes, and {free:,} are free: "
            "`--shrink N` runs it with its channels divided by N"
        )


def bytes_needed(network: Network) -> int:
    """About the most memory that a run takes, in bytes of float32: a layer's inputs, its output,
    its weights and one copy of what its windows see, beside what later layers still need."""
    last: dict[int, int] = {}
    for index, layer in enumerate(network.layers):
        last |= {id(tensor): index for tensor in layer.inputs}
    alive = {id(tensor): prod(tensor.shape) for tensor in network.inputs.values()}
    most = 0
    for index, layer in enumerate(network.layers):
        outputs = sum(prod(tensor.shape) for tensor in layer.outputs)
        weights = sum(prod(weight.shape) for weight in layer.weights.values())
        most = max(most, sum(alive.values()) + 2 * outputs + 2 * weights)
        alive |= {id(tensor): prod(tensor.shape) for tensor in layer.outputs}
        for tensor in layer.inputs:
            if last[id(tensor)] == index:
                alive.pop(id(tensor), None)
    return 4 * most


def _counted(analysis: Analysis, seed: int, work: _Work) -> list[Check]:
    """Run once with a counting namespace, and each layer that accumulates products once more with
    indicators, whose sum is the number of products that met a real input."""
    xp = Counting()
    checks: list[Check] = []
    costs = {id(cost.layer): cost for cost in analysis.layers}
    made: set[int] = set()

    def done(layer: Layer, outputs: tuple[Array, ...], weights: dict[str, Array]) -> None:
        cost = costs[id(layer)]
        counts = xp.reset()
        work.step(counts["macs"])
        checks.extend(_arrays(cost, outputs, weights, made))
        checks.extend(
            Check(layer.name, metric, cost.counts[metric], count)
            for metric, count in counts.items()
        )
        in_bounds = counts["macs"]
        if in_bounds and layer.op.offsets_input is None:  # else its data say what is out of bounds
            in_bounds = products_in_bounds(layer)
        work.step(counts["macs"])
        checks.append(Check(layer.name, "macs_in_bounds", cost.counts["macs_in_bounds"], in_bounds))

    execute(analysis.network, seeded_inputs(analysis.network, seed), seeded(seed), xp, done)
    return checks


def _counted_by_scalars(analysis: Analysis, seed: int) -> list[Check]:
    """Run once on scalars that count what is done with them."""
    network = analysis.network
    checks: list[Check] = []
    costs = {id(cost.layer): cost for cost in analysis.layers}
    made: set[int] = set()
    arrays = seeded(seed, np.float64)

    def done(layer: Layer, outputs: tuple[Array, ...], weights: dict[str, Array]) -> None:
        cost = costs[id(layer)]
        checks.extend(_arrays(cost, outputs, weights, made))
        checks.extend(
            Check(layer.name, metric, cost.counts[metric], count)
            for metric, count in Tally.reset().items()
        )

    inputs = {name: Tally.array(x) for name, x in seeded_inputs(network, seed).items()}
    Tally.reset()
    execute(network, inputs, lambda weight: Tally.array(arrays(weight)), Scalars(), done)
    return checks


def _arrays(
    cost: LayerCost, outputs: tuple[Array, ...], weights: Mapping[str, Array], made: set[int]
) -> list[Check]:
    """Shapes and sizes of the arrays that were really there."""
    name, layer = cost.name, cost.layer
    checks = [
        Check(name, "output_shape", tensor.shape, array.shape)
        for tensor, array in zip(layer.outputs, outputs, strict=True)
    ]
    sizes = {"params": 0, "buffers": 0}
    for role, weight in layer.weights.items():
        if id(weight) not in made:
            made.add(id(weight))
            sizes["params" if weight.learned else "buffers"] += weights[role].size
    checks.extend(Check(name, kind, cost.counts[kind], size) for kind, size in sizes.items())
    return checks


def products_in_bounds(layer: Layer) -> int:
    """Products that met a real input: ones in place of inputs and weights, zeros only where the
    kernel itself pads, and every product of two ones adds one to some output."""
    inputs = [np.ones(tensor.shape, dtype=np.float32) for tensor in layer.inputs]
    weights = {
        role: np.full(weight.shape, 0.0 if role == "bias" else 1.0, dtype=np.float32)
        for role, weight in layer.weights.items()
    }
    kernel: Any = KERNELS[op_name(type(layer.op))]
    result = kernel(Plain(), *inputs, **weights, **kernel_fields(layer))
    return int(np.sum(result, dtype=np.float64))
