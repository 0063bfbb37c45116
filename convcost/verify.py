"""Formulas against execution: every figure that convcost prints, confirmed or refuted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcost.analysis.cost import analyze
from convcost.dtype import DTYPES
from convcost.execute import (
    Done,
    execute,
    refuse_too_large,
    run_layer,
    seeded,
    seeded_inputs,
)
from convcost.executor.namespace import Counting, Plain
from convcost.executor.tally import Scalars, Tally
from convcost.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    refuse_too_large(network, "`--shrink N` runs it with its channels divided by N")
    work = _Work(analysis, progress)
    checks = _counted_by_scalars(analysis, seed) if scalar else _counted(analysis, seed, work)
    return Verification(network, [*checks, *map(Check._make, probe(network, layer, seed).measured)])


class _Work:
    """Progress in macs, of which an execution and a look at what is in bounds each do all."""

    def __init__(self, analysis: Analysis, progress: Callable[[int, int], None]) -> None:
        self.total = 2 * analysis.totals["macs"]
        self.done = 0
        self.progress = progress

    def step(self, macs: int) -> None:
        self.done += macs
        self.progress(self.done, self.total)


def _counted(analysis: Analysis, seed: int, work: _Work) -> list[Check]:
    """Run once with a counting namespace, and each layer that accumulates products once more with
    indicators, whose sum is the number of products that met a real input."""
    xp = Counting()
    checks: list[Check] = []
    costs = {id(cost.layer): cost for cost in analysis.layers}
    arrays = _Arrays(analysis.network)

    def done(ran: Done) -> None:
        layer, cost = ran.layer, costs[id(ran.layer)]
        counts = xp.reset()
        work.step(counts["macs"])
        checks.extend(arrays.checks(cost, ran))
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
    arrays = _Arrays(network)
    weights = seeded(seed, np.float64)

    def done(ran: Done) -> None:
        cost = costs[id(ran.layer)]
        checks.extend(arrays.checks(cost, ran))
        checks.extend(
            Check(cost.name, metric, cost.counts[metric], count)
            for metric, count in Tally.reset().items()
        )

    inputs = {name: Tally.array(x) for name, x in seeded_inputs(network, seed).items()}
    Tally.reset()
    execute(network, inputs, lambda weight: Tally.array(weights(weight)), Scalars(), done)
    return checks


class _Arrays:
    """Looks at the arrays that are really there after each layer."""

    def __init__(self, network: Network) -> None:
        tensors = (*network.inputs.values(), *(t for a in network.layers for t in a.outputs))
        self.width = {id(tensor): DTYPES[tensor.dtype] for tensor in tensors}  # bytes a number
        self.seen: set[str] = set()  # weights, by name
        self.learned: list[Array] = []  # that layers pass on as they are

    def checks(self, cost: LayerCost, ran: Done) -> list[Check]:
        """Shapes, sizes and bytes of a layer's arrays, and the bytes alive beside them."""
        layer = ran.layer
        shapes = [
            Check(cost.name, "output_shape", tensor.shape, array.shape)
            for tensor, array in zip(layer.outputs, ran.outputs, strict=True)
        ]
        sizes: dict[str, int] = {"params": 0, "buffers": 0, "weight_bytes": 0}
        read = self._bytes(ran, map(id, layer.inputs))
        moved = sum(
            self.width[tensor] * ran.alive[tensor].size for tensor in {*map(id, layer.inputs)}
        )
        for role, weight in layer.weights.items():
            width = DTYPES[weight.dtype]
            moved += width * ran.weights[role].size
            if weight.name not in self.seen:
                self.seen.add(weight.name)
                sizes["params" if weight.learned else "buffers"] += ran.weights[role].size
                sizes["weight_bytes"] += width * ran.weights[role].size
        if not layer.inputs:
            self.learned += ran.weights.values()
        made = self._bytes(ran, map(id, layer.outputs))
        new = sum(size for memory, size in made.items() if memory not in read)
        sizes["activation_bytes"] = new
        sizes["traffic_bytes"] = moved + new if new else 0
        sizes["peak_activation_bytes"] = sum(self._bytes(ran, ran.alive).values())
        return shapes + [Check(cost.name, k, cost.counts[k], size) for k, size in sizes.items()]

    def _bytes(self, ran: Done, tensors: Iterable[int]) -> dict[int, int]:
        """Bytes of each piece of memory behind tensors: arrays that share one are one."""
        found: dict[int, int] = {}
        for tensor in tensors:
            array = ran.alive[tensor]
            while isinstance(array.base, np.ndarray):
                array = array.base
            if not any(array is learned for learned in self.learned):
                found[id(array)] = self.width[tensor] * array.size
        return found


def products_in_bounds(layer: Layer) -> int:
    """Products that met a real input: ones in place of inputs and weights, zeros only where the
    kernel itself pads, and every product of two ones adds one to some output."""
    ones = [np.ones(tensor.shape, dtype=np.float32) for tensor in layer.inputs]
    inputs = [array * (layer.op.roles[i - 1 : i] != ("bias",)) for i, array in enumerate(ones)]
    weights = {
        role: np.full(weight.shape, 0.0 if role == "bias" else 1.0, dtype=np.float32)
        for role, weight in layer.weights.items()
    }
    result = run_layer(layer, inputs, weights, Plain())
    return int(np.sum(result, dtype=np.float64))
