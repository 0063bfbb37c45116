"""Costs of one layer of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import plural, represented
from convcost.metrics import UNCOUNTED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.errors import Source
    from convcost.network import Layer

BLOCK = "block"
"""The op of a row that stands for several layers."""


class LayerCost(NamedTuple):
    """One layer and its costs. Shapes are without the batch; ``counts`` is by metric.

    Weights that layers share are counted in the first of them. ``needed`` is false where no output
    of the network reads the layer. A row that stands for a block has the op :data:`BLOCK` and the
    block's last layer; ``layers`` says how many are in it, and ``times`` how many such blocks it
    stands for. ``lacking`` are counts of other tools that are not known of it. ``binds`` says by
    device what its least time is spent on.
    """

    name: str
    op: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output_shapes: tuple[tuple[int, ...], ...]
    counts: Mapping[str, int]
    receptive_fields: Mapping[str, Sequence[AxisField]]
    needed: bool
    source: Source | None
    layers: int = 1
    times: int = 1
    lacking: Sequence[str] = ()
    binds: Mapping[str, str] = {}

    @property
    def uncounted(self) -> Collection[str]:
        """The metrics of which the layer's share is not known, and taken for none."""
        known = self.layer.op.costed or self.op == BLOCK
        return self.lacking if known else (*UNCOUNTED, *self.lacking)

    def __repr__(self) -> str:
        costs = f"{plural(self.counts['params'], 'param')}, {plural(self.counts['macs'], 'MAC')}"
        return represented(self, f"of {self.name}", f"{self.op}, {costs}")
