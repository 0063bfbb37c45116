"""An analysis as markdown and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.cost import COUNTS
from convcost.render.columns import columns, exact, field, notes, shape
from convcost.render.csv_text import csv_text
from convcost.render.markdown import escaped, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.cost import Analysis, LayerCost


def to_markdown(analysis: Analysis, layers: Sequence[LayerCost]) -> str:
    """A heading, the table with totals, and the convention."""
    return "\n".join(
        (
            f"## {escaped(analysis.network.name)}",
            "",
            *table(columns(analysis, layers)),
            "",
            convention(analysis),
            "",
            *(line for note in notes(analysis, layers) for line in (escaped(note), "")),
        )
    )


def convention(analysis: Analysis) -> str:
    """What is counted as a MAC, and other counts of the same."""
    totals = analysis.totals
    return (
        f"MACs are dense (products with padding included); in bounds "
        f"{exact(totals['macs_in_bounds'])}; FLOPs (2 x MACs) {exact(totals['flops'])}."
    )


def to_csv(layers: Sequence[LayerCost]) -> str:
    """A line a layer, counts in full."""
    head = ("layer", "op", "input_shapes", "output_shapes")
    tail = ("layers", "times", "receptive_field", "unused", "source")
    rows = (
        (
            layer.name,
            layer.op,
            " ".join(map(shape, layer.input_shapes)),
            " ".join(map(shape, layer.output_shapes)),
            *(layer.counts[metric] for metric in COUNTS),
            layer.layers,
            layer.times,
            field(layer),
            "" if layer.needed else "unused",
            layer.source,
        )
        for layer in layers
    )
    return csv_text((*head, *COUNTS, *tail), rows)
