"""Counts of a training step beside those of an analysis, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import answering, at_each
from convcost.analysis.training.backward import backward
from convcost.analysis.training.optimizers import optimizer
from convcost.errors import ConvcostError, quoted, similar
from convcost.metrics import STATE, TRAINING, Derived

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.analysis.analyze.cost import Analysis, LayerCost
    from convcost.analysis.training.optimizers import Optimizer
    from convcost.network import Layer
    from convcost.ops.op import Wanted
    from convcost.tensor import Weight


STEP = "train"
"""What stands before the dot in counts of a training step."""


class Trained(NamedTuple):
    """A layer in a training step.

    Attributes:
        layer: the layer.
        wanted: the gradients that it makes.
        learned: those of its arrays that have a gradient, and no layer before it has.
    """

    layer: Layer
    wanted: Wanted
    learned: Sequence[Weight]


@answering
def beside(
    analysis: Analysis, *, frozen: Sequence[str] = (), optimizers: Sequence[Optimizer] = ()
) -> Analysis:
    """An analysis whose layers and totals have the counts of a training step, too, by their metrics
    (``train.macs``). What is not known of a layer is lacking in it.

    Args:
        analysis: of a network.
        frozen: layers that are not trained, as :func:`backward` takes them.
        optimizers: those whose states are counted, in bytes, as ``adam.state_bytes``.

    Raises:
        ConvcostError: no layer has such a name; all arrays are whole numbers.
    """
    found = backward(analysis.network, frozen)
    layers: list[LayerCost] = []
    for layer in at_each([cost.layer for cost in analysis.layers]):
        cost = analysis.layers[len(layers)]
        trained = Trained(layer, found.wanted[layer], found.learned[layer])
        lacking = (*cost.lacking, *(() if _known(cost) else OF_PRODUCTS))
        kept = {one.metric: sum(map(one.kept, trained.learned)) for one in optimizers}
        counts = {**_with(cost.counts, trained), **kept}
        layers.append(cost._replace(counts=counts, lacking=lacking))
    names = (*TRAINING, *(one.metric for one in optimizers))
    totals = {name: sum(cost.counts[name] for cost in layers) for name in names}
    return analysis._replace(layers=layers, totals={**analysis.totals, **totals})


def asked_by(metric: str) -> Sequence[Optimizer] | None:
    """The optimisers whose states are to be counted for a metric, which are none for most; None
    where the metric is no count of a training step.

    Raises:
        ConvcostError: a training step has no such count, or there is no such optimiser.
    """
    name, _, count = metric.partition(".")
    if metric in TRAINING:
        return ()
    if metric.endswith(STATE):
        return (optimizer(name),)
    if name != STEP:
        return None
    notes = similar(metric, TRAINING, "count") or (f"its counts: {', '.join(TRAINING)}",)
    raise ConvcostError("\n  ".join((f"a training step has no count {quoted(count)}", *notes)))


def _with(counts: Mapping[str, int], trained: Trained) -> Mapping[str, int]:
    """The counts of a layer, with those of a training step."""
    found = dict(counts)
    for name, metric in TRAINING.items():
        source = metric.source
        found[name] = source.of(found) if isinstance(source, Derived) else FIGURES[name](trained)
    return found


def _known(cost: LayerCost) -> bool:
    """Whether it is known what the backward pass of a layer multiplies: of an unknown operator it
    is where that multiplies nothing."""
    op = cost.layer.op
    return not op.opaque or (op.costed and not cost.counts["macs"])


def _input_gradient_macs(trained: Trained) -> int:
    layer = trained.layer
    return cast("int", layer.op.input_gradient_macs(trained.wanted, *layer.input_shapes))


def _weight_gradient_macs(trained: Trained) -> int:
    layer = trained.layer
    return cast("int", layer.op.weight_gradient_macs(trained.wanted, *layer.input_shapes))


def _gradient_bytes(trained: Trained) -> int:
    return sum(weight.bytes for weight in trained.learned)


FIGURES: Mapping[str, Callable[[Trained], int]] = {
    "train.input_gradient_macs": _input_gradient_macs,
    "train.weight_gradient_macs": _weight_gradient_macs,
    "train.gradient_bytes": _gradient_bytes,
}
"""The figures of a layer that do not follow from others."""

OF_PRODUCTS = tuple(name for name in TRAINING if not name.endswith("_bytes"))
"""The counts that are not known of a layer whose op is not."""
