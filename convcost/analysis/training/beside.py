"""Counts of a training step beside those of an analysis, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import answering, at_each
from convcost.analysis.training.backward import backward
from convcost.analysis.training.checkpoint import checkpoints
from convcost.analysis.training.optimizers import optimizer
from convcost.analysis.training.saved import keeping
from convcost.errors import ConvcostError, plural, quoted, similar
from convcost.further_metrics import STATE, TRAINING
from convcost.metrics import Derived

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.training.optimizers import Optimizer
    from convcost.analysis.training.saved import Keeping
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
        saved: bytes that it keeps for the backward pass, and no layer before it does; None where
            that is not known.
        again: whether it is run again in the backward pass.
    """

    layer: Layer
    wanted: Wanted
    learned: Sequence[Weight]
    saved: int | None
    again: bool


@answering
def beside(
    analysis: Analysis,
    *,
    frozen: Sequence[str] = (),
    optimizers: Sequence[Optimizer] = (),
    inplace: bool = False,
    again: Sequence[str] = (),
) -> Analysis:
    """An analysis whose layers and totals have the counts of a training step, too, by their metrics
    (``train.macs``). What is not known of a layer is lacking in it.

    Args:
        analysis: of a network.
        frozen: layers that are not trained, as :func:`backward` takes them.
        optimizers: those whose states are counted, in bytes, as ``adam.state_bytes``.
        inplace: element-wise layers write over their input where nothing else needs it.
        again: blocks that are run again in the backward pass, as :func:`checkpoints` takes them.

    Raises:
        ConvcostError: no layer has such a name; all arrays are whole numbers; a block cannot be
            run in one go.
    """
    found = backward(analysis.network, frozen)
    blocks = checkpoints(analysis.network, again)
    kept = keeping(analysis.network, found.wanted, inplace=inplace, blocks=blocks)
    rerun = {layer for block in blocks if kept.again[block.name] for layer in block.layers}
    layers: list[LayerCost] = []
    for layer in at_each([cost.layer for cost in analysis.layers]):
        cost = analysis.layers[len(layers)]
        saved = kept.layers[layer]
        trained = Trained(layer, found.wanted[layer], found.learned[layer], saved, layer in rerun)
        products = () if _known(cost) else OF_PRODUCTS
        lacking = (*cost.lacking, *products, *(OF_KEPT if saved is None else ()))
        states = {one.metric: sum(map(one.kept, trained.learned)) for one in optimizers}
        counts = {**_with(cost.counts, trained), **states}
        layers.append(cost._replace(counts=counts, lacking=lacking))
    names = (*TRAINING, *(one.metric for one in optimizers))
    totals = {name: sum(cost.counts[name] for cost in layers) for name in names}
    said = _said(kept, totals[SAVED])
    remarks = {**analysis.remarks, **({SAVED: said} if said else {})}
    return analysis._replace(layers=layers, totals={**analysis.totals, **totals}, remarks=remarks)


def _said(kept: Keeping, total: int) -> str:
    """The remark about the bytes that are kept, or "" if they are exactly those that are needed."""
    unknown = [layer.name for layer, count in kept.layers.items() if count is None]
    if unknown:
        more = f" and {plural(len(unknown) - 1, 'layer')} more" if len(unknown) > 1 else ""
        return f"at least {total:,}: of {quoted(unknown[0])}{more} it is not known"
    if kept.most > total:
        return f"{total:,} between the passes, {kept.most:,} while a block is run again"
    return ""


def asked_by(metric: str) -> Sequence[Optimizer] | None:
    """The optimisers whose states are to be counted for a metric, which are none for most; None
    where the metric is not a count of a training step.

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


def _saved_bytes(trained: Trained) -> int:
    return trained.saved or 0


def _recomputed_macs(trained: Trained) -> int:
    layer = trained.layer
    return cast("int", layer.op.macs(*layer.input_shapes)) if trained.again else 0


FIGURES: Mapping[str, Callable[[Trained], int]] = {
    "train.input_gradient_macs": _input_gradient_macs,
    "train.weight_gradient_macs": _weight_gradient_macs,
    "train.gradient_bytes": _gradient_bytes,
    "train.saved_bytes": _saved_bytes,
    "train.recomputed_macs": _recomputed_macs,
}
"""The figures of a layer that do not follow from others."""

SAVED = "train.saved_bytes"
OF_KEPT = ("train.saved_bytes", "train.memory_bytes")
"""The counts that are not known where nobody knows what a layer keeps."""

OF_PRODUCTS = tuple(name for name in TRAINING if not name.endswith("_bytes"))
"""The counts that are not known of a layer whose op is not."""
