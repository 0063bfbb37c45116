"""Operations counted while a network runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from convcost.analysis.analyze.figures import ratios
from convcost.analysis.analyze.memory import alive_bytes
from convcost.execution.forward import execute, run_layer, seeded, seeded_inputs
from convcost.execution.verification.arrays import IN_PLACE, Arrays
from convcost.execution.verification.check import WHOLE, Check
from convcost.execution.verification.graph import Graph
from convcost.execution.verification.running import KERNEL_ERRORS, Runner
from convcost.executor.namespace import Counting, Plain
from convcost.executor.tally import Scalars, Tally
from convcost.further_metrics import together
from convcost.metrics import COUNTS, DERIVED, PEAK, RATIOS, Derived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.execution.forward import Done
    from convcost.executor.namespace import Array
    from convcost.network import Layer
    from convcost.tensor import Weight


SUMMED = (*COUNTS, IN_PLACE)


class _Run:
    """The common part of both ways of counting: layers run on weights that their kernels ask for,
    and are compared one by one."""

    def __init__(self, analysis: Analysis, *, overwriting: bool) -> None:
        self.analysis = analysis
        self.arrays = Arrays(analysis.network, overwriting=overwriting)
        self.runner = Runner()
        self.checks: list[Check] = []
        self.totals: dict[str, int] = {}
        self._costs = {cost.layer: cost for cost in analysis.layers}

    def compare(self, ran: Done, counts: Mapping[str, int]) -> None:
        """Add the checks of a layer that has run, and counted so much."""
        cost = self._costs[ran.layer]
        if ran.layer.op.opaque:  # its costs are taken as they are stated
            counts = {key: cost.counts[key] for key in counts}
        element_wise = not counts.get("macs") and any(counts.values())
        looked = self.arrays.checks(cost, ran, self.runner.made, element_wise=element_wise)
        found = [
            *looked,
            *(Check(cost.name, key, cost.counts[key], n) for key, n in counts.items()),
        ]
        executed = {check.metric: check.executed for check in found}
        found += _derived(cost.name, cost.counts, executed, DERIVED)
        for metric, executed in ((c.metric, c.executed) for c in found if c.metric in SUMMED):
            assert isinstance(executed, int)
            alike = PEAK if metric == IN_PLACE else metric
            self.totals[metric] = together(alike, (self.totals.get(metric, 0), executed))
        self.checks += found

    def whole(self) -> Iterator[Check]:
        """The checks of the network's totals."""
        inplace = alive_bytes(self.analysis.network, inplace=True)
        stated = {**self.analysis.totals, IN_PLACE: max(inplace, default=0)}
        for metric, executed in self.totals.items():
            yield Check(WHOLE, metric, stated[metric], executed)
        yield from _derived(WHOLE, stated, self.totals, RATIOS)

    @property
    def not_shown(self) -> str:
        """The metrics that this way of counting did not show."""
        lost = [metric for metric in COUNTS if metric not in self.totals]
        lost += (n for n, ratio in RATIOS.items() if not {*ratio.metrics} <= self.totals.keys())
        return ", ".join(lost)


def _derived(
    name: str,
    stated: Mapping[str, int],
    executed: Mapping[str, object],
    metrics: Mapping[str, Derived],
) -> Iterator[Check]:
    """Checks of the metrics derived from executed figures, if all that they need were executed."""
    formulas = {**stated, **ratios(stated)}
    for metric, derived in metrics.items():
        if {*derived.metrics} <= executed.keys():
            again = AGAIN.get(metric, derived.formula)
            needed = (executed[other] for other in derived.metrics)
            yield Check(name, metric, formulas[metric], again(*needed))


def _flops(macs: int) -> int:
    return macs + macs


def _intensity(macs: int, moved: object) -> float | None:
    return macs / moved if isinstance(moved, int) and moved else None


AGAIN: Mapping[str, Callable[..., float | None]] = {"flops": _flops, "intensity": _intensity}
"""Formulas of derived metrics, written again, so that one that is wrong is noticed."""


def counted(
    analysis: Analysis, seed: int, step: Callable[[int], None]
) -> tuple[list[Check], list[str]]:
    """Run once with a counting namespace, and each kind of layer that accumulates products once
    more with indicators.

    Args:
        analysis: what the formulas say.
        seed: of weights and inputs.
        step: told of macs done.

    Returns:
        The checks, and what was not confirmed.
    """
    network = analysis.network
    xp, run, graph, bounds = Counting(), _Run(analysis, overwriting=True), Graph(network), _Bounds()

    def done(ran: Done) -> None:
        layer, counts = ran.layer, xp.reset()
        macs = counts["macs"]
        if layer.op.opaque:
            macs = cast("int", layer.op.macs(*layer.input_shapes))
        step(macs)
        graph.ran(ran, macs, learned=any(weight.learned for weight in ran.stored.values()))
        run.compare(ran, counts | {"macs_in_bounds": bounds.met(layer, ran.stored, macs)})
        step(macs)

    inputs = seeded_inputs(network, seed)
    execute(network, inputs, seeded(seed), xp, done, run=run.runner.run)
    if not network.layers:
        return [], []
    why = [f"{run.not_shown}: shown by no run"] if run.not_shown else []
    if graph.followed:
        return [*run.checks, *run.whole(), *graph.checks(analysis)], why
    why.append("depth and numbers of paths: there are more lengths of paths than are followed")
    return [*run.checks, *run.whole()], why


def counted_by_scalars(analysis: Analysis, seed: int) -> tuple[list[Check], list[str]]:
    """Run once on scalars that count what is done with them; see :func:`counted`."""
    network = analysis.network
    run = _Run(analysis, overwriting=False)
    weights = seeded(seed, np.float64)

    def done(ran: Done) -> None:
        run.compare(ran, Tally.reset())

    inputs = {name: Tally.array(x) for name, x in seeded_inputs(network, seed).items()}
    Tally.reset()
    execute(
        network,
        inputs,
        lambda weight: Tally.array(weights(weight)),
        Scalars(),
        done,
        run=run.runner.run,
    )
    why = f"{run.not_shown}, depth and paths, peaks of --inplace: scalars do not know which sum a "
    return [*run.checks, *run.whole()], [why + "product belongs to"]


class _Bounds:
    """Products that met a real input, of each kind of layer once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}

    def met(self, layer: Layer, stored: Mapping[str, Weight], macs: int) -> int:
        """The number of a layer's products that met a real input; where its data say which do, or
        ones cannot show it, all."""
        if not macs or layer.op.offsets_input is not None or layer.op.recurs:
            return macs
        shapes = {role: weight.shape for role, weight in stored.items()}
        key = (layer.op, layer.input_shapes, tuple(shapes.items()))
        if key not in self._known:
            try:
                self._known[key] = products_in_bounds(layer, shapes)
            except KERNEL_ERRORS:
                self._known[key] = 0
        return self._known[key]


class Ones(Plain):
    """Plain arithmetic, in which factors that a kernel knows are ones too."""

    def factors(self, values: Array, like: Array) -> Array:
        """See Plain."""
        return np.ones(values.shape, dtype=like.dtype)

    def divide(self, a: Any, b: Any, out: Array | None = None) -> Any:  # noqa: ARG002 - as if by 1
        """The dividend: scaling a sum changes nothing about how many products it has."""
        return a


def products_in_bounds(layer: Layer, weights: Mapping[str, tuple[int, ...]]) -> int:
    """Products that met a real input: ones in place of inputs and weights, zeros only where the
    kernel itself pads, and every product of two ones adds one to some output.

    Args:
        layer: one that accumulates products.
        weights: shapes of its weights, by role.
    """
    inputs = [
        np.full(tensor.shape, layer.op.roles[i - 1 : i] != ("bias",), dtype=np.float32)
        for i, tensor in enumerate(layer.inputs)
    ]
    filled = {
        role: np.full(shape, 0.0 if role == "bias" else 1.0, dtype=np.float32)
        for role, shape in weights.items()
    }
    result = run_layer(layer, inputs, filled, Ones())
    return int(np.sum(result, dtype=np.float64))
