"""Costs of a network, layer by layer and in total."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from convcost import arguments
from convcost.allowance import answering, at_each
from convcost.analysis.analyze.figures import added_up, layer_counts, op_counts
from convcost.analysis.analyze.layer_cost import LayerCost
from convcost.analysis.analyze.memory import alive_bytes
from convcost.analysis.analyze.network_cost import Analysis
from convcost.analysis.rf.receptive_field import AxisField, reports, views
from convcost.analysis.rf.seen import Made, View
from convcost.errors import ConvcostError
from convcost.gc_pause import paused
from convcost.metrics import PEAK
from convcost.network import Network
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.network import Layer
    from convcost.tensor import Tensor, Weight

CONVENTION = "dense"
"""The way in which macs are counted: products with padding zeros included."""


@answering
def analyze(
    network: Network,
    *,
    inplace: bool = False,
    train: bool = False,
    freeze: Sequence[str] = (),
    optimizers: Sequence[str] = (),
    checkpoint: Sequence[str] = (),
) -> Analysis:
    """Count every layer of a network.

    Args:
        network: what to count.
        inplace: element-wise layers write over their input where nothing else needs it.
        train: add the counts of a training step, such as ``train.macs``.
        freeze: with ``train``: layers that are not trained; ``*`` is any text, and the name of a
            block stands for all layers in it.
        optimizers: with ``train``: those whose states are counted (``adam.state_bytes``).
        checkpoint: with ``train``: blocks that are run again in the backward pass, and keep nothing
            inside them.

    Returns:
        An Analysis: ``totals`` of the network by metric, ``layers`` with the ``counts`` of each,
        exact integers for the network's batch.

    Raises:
        TypeError: an argument is of another type than it is declared with.
        ConvcostError: counting takes more work or memory than is allowed; there is no such layer,
            block or optimiser; or nothing can be trained.
    """
    arguments.instance("network", network, Network)
    arguments.flag("inplace", inplace)
    arguments.flag("train", train)
    of_step = {"freeze": freeze, "optimizers": optimizers, "checkpoint": checkpoint}
    names = {name: arguments.texts(name, value) for name, value in of_step.items()}
    needless = [name for name, given in names.items() if given and not train]
    if needless:
        raise ConvcostError(f"{needless[0]} is about training: give train=True, too")
    with paused():
        analysis = _analyzed(network, inplace)
    if not train:
        return analysis
    from convcost.analysis.training.beside import beside
    from convcost.analysis.training.optimizers import optimizer

    return beside(
        analysis,
        frozen=names["freeze"],
        optimizers=[optimizer(name) for name in dict.fromkeys(names["optimizers"])],
        inplace=inplace,
        again=names["checkpoint"],
    )


@answering
def analyze_counts(network: Network) -> Analysis:
    """Count every layer of a network, and leave out receptive fields, which take as long as the
    counts: for who asks about many networks, and never about fields. It raises what
    :func:`analyze` does."""
    with paused():
        return _analyzed(network, inplace=False, fields=False)


@answering
def field_sizes(network: Network) -> Sequence[int | None]:
    """Follow the receptive field alone: :attr:`Analysis.sizes`, worked out anew."""
    network.edges.kept.clear()
    with paused():
        return _sizes(network, views(network))


def _analyzed(network: Network, inplace: bool, *, fields: bool = True) -> Analysis:
    seen = views(network) if fields else None
    ungated = views(network, gates=False) if seen and seen.gated else seen
    reported: Made[Mapping[str, Sequence[AxisField]]] = Made()
    needed = network.edges.needed
    of_op = cache(op_counts)  # networks repeat a lot
    counted: set[str] = set()  # weights, by name
    layers: list[LayerCost] = []
    alive_at = alive_bytes(network, inplace=inplace)
    for layer, alive in zip(at_each(network.layers), alive_at, strict=True):
        formulas = of_op(layer.op, layer.input_shapes)
        counts = {**layer_counts(layer, _new(layer, counted), formulas), PEAK: alive}
        found: Mapping[str, Sequence[AxisField]] = {}
        if seen is not None and ungated is not None:
            view, less = seen[layer.outputs[0]], ungated[layer.outputs[0]]
            found = reported.get(partial(reports, view, less), view, less)
        layers.append(
            LayerCost(
                name=layer.name,
                op=op_name(type(layer.op)),
                layer=layer,
                inputs=tuple([tensor.name for tensor in layer.inputs]),
                input_shapes=tuple([tensor.sample_shape for tensor in layer.inputs]),
                output_shapes=tuple([tensor.sample_shape for tensor in layer.outputs]),
                counts=counts,
                receptive_fields=found,
                needed=layer in needed,
                source=layer.source,
            )
        )
    totals = added_up([layer.counts for layer in layers])
    sizes: Sequence[int | None] = () if seen is None else _sizes(network, seen)
    unexpected = _unexpected(network, totals, sizes)
    return Analysis(network, layers, totals, sizes, unexpected, inplace=inplace)


def _new(layer: Layer, counted: set[str]) -> list[Weight]:
    """Return the weights that no layer before has, which count from now on."""
    new = {w.name: w for w in layer.weights.values() if w.name not in counted}
    counted.update(new)
    return [*new.values()]


def _sizes(network: Network, seen: Mapping[Tensor, View]) -> Sequence[int | None]:
    output = next(iter(network.outputs.values()), None)
    if output is None:
        return []
    fields = reports(seen[output])
    return [axis.size for axis in next(iter(fields.values()), ())]


def _unexpected(
    network: Network, totals: Mapping[str, int], sizes: Sequence[int | None]
) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, wanted in network.expect.items():
        figure = totals.get(name, sizes)
        if name == "output_shape":
            figure = list(next(iter(network.outputs.values())).sample_shape)
        if figure != wanted:
            has = _shown(figure)
            found[name] = f"expect: {name} is {_shown(wanted)}, and the network has {has}"
    return found


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
