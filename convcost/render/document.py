"""An analysis as the JSON document that ``--format json`` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from convcost.analysis.cost import BLOCK, CONVENTION, intensity
from convcost.dtype import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.cost import Analysis, LayerCost
    from convcost.analysis.receptive_field import AxisField
    from convcost.network import Tensor

VERSION = 1


def to_json(analysis: Analysis, layers: Sequence[LayerCost]) -> str:
    """The document as text: plain ASCII, a line a layer, ending in a newline."""
    return as_text(document(analysis, layers))


def as_text(document: Mapping[str, Any]) -> str:
    """A document as JSON: lists of its own with a line an item."""
    entries = [f'  "{key}": {_lines(value)}' for key, value in document.items()]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _lines(value: Any) -> str:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    if not items:
        return json.dumps(value)
    return "[\n" + ",\n".join(f"    {json.dumps(item)}" for item in items) + "\n  ]"


def document(analysis: Analysis, layers: Sequence[LayerCost]) -> dict[str, Any]:
    """The document: versioned, counts as exact ints, shapes without the batch.

    Args:
        analysis: what to write.
        layers: those of its layers to list.
    """
    network = analysis.network
    return {
        "convcost": VERSION,
        "convention": CONVENTION,
        "network": {
            "name": network.name,
            **_named("input", network.inputs),
            **_named("output", network.outputs),
            "batch": next(iter(network.inputs.values())).shape[0],
            "source": network.source and network.source.path,
        },
        "complete": analysis.complete,
        "totals": {**analysis.totals, "intensity": rounded_intensity(analysis.totals)},
        "peak": analysis.peak,
        "unmet": list(analysis.unmet),
        "layers": [_layer(layer) for layer in layers],
        "unknown": list(network.unknown),
    }


def rounded_intensity(counts: Mapping[str, int]) -> float | None:
    """Macs per byte to six digits; no count, and none where nothing is moved."""
    ratio = intensity(counts)
    return ratio and float(f"{ratio:.6g}")


def _named(what: str, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    shapes = {name: list(tensor.sample_shape) for name, tensor in tensors.items()}
    result: dict[str, Any] = {f"{what}_shape": next(iter(shapes.values()), None)}
    if len(shapes) > 1:
        result[f"{what}_shapes"] = shapes
    return result


def _layer(layer: LayerCost) -> dict[str, Any]:
    fields = {
        name: [axis_document(axis) for axis in axes]
        for name, axes in layer.receptive_fields.items()
    }
    result: dict[str, Any] = {
        "name": layer.name,
        "op": layer.op,
        "inputs": list(layer.inputs),
        "input_shapes": [list(shape) for shape in layer.input_shapes],
        "output_shape": list(layer.output_shapes[0]),
    }
    if len(layer.output_shapes) > 1:
        result["output_shapes"] = [list(shape) for shape in layer.output_shapes]
    if layer.op == BLOCK:
        result["layers"] = layer.layers
    elif layer.layer.weights:
        weights = layer.layer.weights.items()
        result["weights"] = {role: list(weight.shape) for role, weight in weights}
    if layer.times > 1:
        result["times"] = layer.times
    if (dtype := layer.layer.outputs[0].dtype) != DEFAULT:
        result["dtype"] = dtype
    result |= layer.counts
    result["intensity"] = rounded_intensity(layer.counts)
    first: list[dict[str, Any]] = []
    result["receptive_field"] = next(iter(fields.values()), first)
    if len(fields) > 1:
        result["receptive_fields"] = fields
    if not layer.needed:
        result["unused"] = True
    result["source"] = layer.source and str(layer.source)
    return result


def axis_document(axis: AxisField) -> dict[str, Any]:
    """The receptive field along one axis."""
    result: dict[str, Any] = {"size": axis.size, "stride": axis.stride, "start": axis.start}
    if len(axis.sizes) > 1:
        result["sizes"] = list(axis.sizes)
    result["flags"] = list(axis.flags)
    return result
