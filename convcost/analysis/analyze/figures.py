"""How the figures of a layer are worked out, each from its metric's source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.further_metrics import further, together
from convcost.metrics import COUNTS, METRICS, OF_LAYERS, OF_OPS, RATIOS, Derived, OfLayer, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.network import Layer
    from convcost.ops.op import Op
    from convcost.tensor import Weight

SOURCES = [(metric, METRICS[metric].source) for metric in OF_LAYERS]


def op_counts(op: Op, shapes: tuple[tuple[int, ...], ...]) -> dict[str, Any]:
    """Return the counts that formulas of an op give."""
    return {metric: getattr(op, metric)(*shapes) for metric in OF_OPS}


def layer_counts(
    layer: Layer, stored: Sequence[Weight], of_op: Mapping[str, Any]
) -> dict[str, int]:
    """Return the counts of a layer that it alone decides, in the order of documents.

    Args:
        layer: what to count.
        stored: those of its weights that no layer before it has.
        of_op: the counts of its op.
    """
    counts: dict[str, Any] = {}
    for metric, source in SOURCES:
        if source is Source.OP:
            counts[metric] = of_op[metric]
        elif isinstance(source, OfLayer):
            counts[metric] = source.formula(layer, stored)
        elif isinstance(source, Derived):
            counts[metric] = source.of(counts)
    return counts


def added_up(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return the counts of several layers together."""
    known = (*COUNTS, *(further(counts[0]) if counts else ()))
    return {metric: together(metric, (one[metric] for one in counts)) for metric in known}


def ratios(counts: Mapping[str, int]) -> dict[str, float | None]:
    """Return the figures of a layer or a network that follow from counts and are none."""
    return {name: source.of(counts) for name, source in RATIOS.items()}


def intensity(counts: Mapping[str, int]) -> float | None:
    """Return the macs for each byte moved; None where nothing is moved."""
    return RATIOS["intensity"].of(counts)
