"""Costs of a network, layer by layer and in total."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from convcost import arguments
from convcost.allowance import answering, at_each
from convcost.analysis.analyze.figures import added_up, layer_counts, op_counts
from convcost.analysis.analyze.layer_cost import LayerCost
from convcost.analysis.analyze.memory import alive_bytes
from convcost.analysis.rf.receptive_field import AxisField, reports, views
from convcost.analysis.rf.seen import Made, View
from convcost.errors import ConvcostError, plural, represented
from convcost.gc_pause import paused
from convcost.metrics import PEAK
from convcost.network import Network
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.devices.chip import Chip
    from convcost.analysis.devices.fits import Fit
    from convcost.budget.verdict import Figures
    from convcost.devices.device import Device
    from convcost.network import Layer
    from convcost.tensor import Tensor, Weight

CONVENTION = "dense"
"""The way in which macs are counted: products with padding zeros included."""


class Analysis(NamedTuple):
    """The costs of a network. ``sizes`` is the receptive field of the first output along each axis
    of the first input; ``unexpected`` says by figure which of those that its author expects differ.
    ``remarks`` are sentences on totals that are none of ours, by their metrics. ``inplace`` says
    whether element-wise layers write over their input. ``memory`` is what it takes of devices, by
    their names, and ``order`` a sentence on the order of the layers, where another one was asked
    for.
    """

    network: Network
    layers: Sequence[LayerCost]
    totals: Mapping[str, int]
    sizes: Sequence[int | None]
    unexpected: Mapping[str, str]
    remarks: Mapping[str, str] = {}
    inplace: bool = False
    devices: Sequence[Device] = ()
    memory: Mapping[str, Fit | Chip] = {}
    order: str = ""

    def __repr__(self) -> str:
        layers = plural(len(self.layers), "layer")
        costs = f"{layers}, {plural(self.totals['macs'], 'MAC')}"
        return represented(self, f"of {self.network.name}", costs)

    def _repr_html_(self) -> str:
        """A table, as notebooks show one."""
        from convcost.analysis.notebook import of_analysis

        return of_analysis(self)

    @property
    def unmet(self) -> Sequence[str]:
        """The expectations of its author that do not hold, and the limits that are broken: those of
        other tools where they are counted, as ``counted.unmet`` does."""
        limits = [limit for limit in self.network.budget if not limit.relative]
        if not limits:
            return (*self.unexpected.values(),)
        from convcost.budget.verdict import Status, sentence, verdicts

        found = verdicts(self.figures, limits)
        broken = [sentence(verdict) for verdict in found if verdict.status is Status.BROKEN]
        return (*self.unexpected.values(), *(f"budget: {said}" for said in broken))

    @property
    @paused()
    def figures(self) -> Figures:
        """The figures that limits are held against. A layer's source is the place in a file of the
        user's."""
        from convcost.budget.verdict import Figures, Row

        rows = [
            Row(
                layer.name,
                layer.layer.path,
                layer.op,
                layer.counts,
                [axis.size for axis in next(iter(layer.receptive_fields.values()), ())],
                layer.layer.origin,
            )
            for layer in self.layers
        ]
        network = self.network
        doubts = tuple(network.unknown), tuple(network.assumes)
        lacking = frozenset(name for layer in self.layers for name in layer.lacking)
        totals = {**self.totals, **self.device_bytes}
        return Figures(network.name, totals, rows, self.sizes, *doubts, lacking)

    @property
    def device_bytes(self) -> Mapping[str, int]:
        """What it takes of the memory of devices, by metric: ``t4.memory``, ``stm32f746.arena``."""
        return {
            f"{name}{end}": taken
            for name, found in self.memory.items()
            for end, taken in found.taken.items()
        }

    @property
    def peak(self) -> str:
        """The first layer at which most bytes are alive."""
        most = self.totals[PEAK]
        return next((c.name for c in self.layers if c.counts[PEAK] == most), "")

    @property
    def complete(self) -> bool:
        """Whether every layer could be counted."""
        return not self.network.unknown


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
                inputs=tuple(tensor.name for tensor in layer.inputs),
                input_shapes=tuple(tensor.sample_shape for tensor in layer.inputs),
                output_shapes=tuple(tensor.sample_shape for tensor in layer.outputs),
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
