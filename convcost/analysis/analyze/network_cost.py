"""Costs of a network: the answer of `analyze`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import plural, represented
from convcost.gc_pause import paused
from convcost.metrics import PEAK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.devices.chip import Chip
    from convcost.analysis.devices.fits import Fit
    from convcost.budget.verdict import Figures
    from convcost.devices.device import Device
    from convcost.network import Network


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
        """Bytes that it takes of devices, by metric: ``t4.memory``, ``stm32f746.arena``."""
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
