"""How the figures of a layer are worked out, each from its metric's source."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.further_metrics import further, together
from convcost.metrics import COUNTS, METRICS, OF_LAYERS, OF_OPS, RATIOS, Derived, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.network import Layer
    from convcost.ops.op import Op
    from convcost.tensor import Weight

    Figure = Callable[[Layer, Sequence[Weight]], int]

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
        elif isinstance(source, Derived):
            counts[metric] = source.of(counts)
        else:
            counts[metric] = FIGURES[metric](layer, stored)
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


def _params(_: Layer, stored: Sequence[Weight]) -> int:
    return sum(prod(weight.shape) for weight in stored if weight.learned)


def _buffers(_: Layer, stored: Sequence[Weight]) -> int:
    return sum(prod(weight.shape) for weight in stored if not weight.learned)


def _weight_bytes(_: Layer, stored: Sequence[Weight]) -> int:
    return sum(weight.bytes for weight in stored)


def _activation_bytes(layer: Layer, _: Sequence[Weight]) -> int:
    return sum(tensor.bytes for tensor in layer.outputs) if layer.makes_memory else 0


def _traffic_bytes(layer: Layer, stored: Sequence[Weight]) -> int:
    if not layer.makes_memory:
        return 0
    read = sum(tensor.bytes for tensor in {*layer.inputs})
    weights = sum(weight.bytes for weight in layer.weights.values())
    return read + weights + _activation_bytes(layer, stored)


FIGURES: dict[str, Figure] = {
    "params": _params,
    "buffers": _buffers,
    "weight_bytes": _weight_bytes,
    "activation_bytes": _activation_bytes,
    "traffic_bytes": _traffic_bytes,
}
"""The figures whose source is the layer."""
