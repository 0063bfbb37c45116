"""Entries of documents: networks, layers, groups and fields as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.analysis.analyze.cost import CONVENTION
from convcost.analysis.analyze.figures import ratios
from convcost.analysis.analyze.layer_cost import BLOCK
from convcost.analysis.unmet import unmet
from convcost.dtype import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from convcost.analysis.analyze.group import Group
    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.network import Network
    from convcost.tensor import Tensor

VERSION = 1


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
        "network": network_entry(network),
        "complete": analysis.complete,
        "totals": {**analysis.totals, **rounded_ratios(analysis.totals)},
        "peak": analysis.peak,
        **({"remarks": {**analysis.remarks}} if analysis.remarks else {}),
        **({"memory": _memory(analysis)} if analysis.memory else {}),
        **({"order": analysis.order} if analysis.order else {}),
        "unmet": list(unmet(analysis)),
        "layers": [layer_entry(layer) for layer in layers],
        "unknown": list(network.unknown),
        "assumes": list(network.assumes),
    }


def _memory(analysis: Analysis) -> dict[str, Any]:
    """The memory that it takes on each device, by the device's name."""
    found = analysis.memory.items()
    return {device: {**taken._asdict(), "fits": taken.fits} for device, taken in found}


def grouped(analysis: Analysis, groups: Sequence[Group], by: str) -> dict[str, Any]:
    """The document of an analysis, with groups in place of its layers."""
    places = {"layers": {"by": by, "groups": list(map(group_entry, groups))}}
    parts = (places.get(k, {k: value}) for k, value in document(analysis, ()).items())
    return {key: value for part in parts for key, value in part.items()}


def network_entry(network: Network) -> dict[str, Any]:
    """A network without its layers."""
    return {
        "name": network.name,
        **_named("input", network.inputs),
        **_named("output", network.outputs),
        "batch": network.batch,
        "source": network.source and network.source.path,
    }


def rounded_ratios(counts: Mapping[str, int]) -> dict[str, float | None]:
    """Return the figures that follow from counts and are none, to six digits."""
    return {name: ratio and six_digits(ratio) for name, ratio in ratios(counts).items()}


def six_digits(ratio: Fraction | float) -> float:
    """A ratio as documents have it."""
    return float(f"{float(ratio):.6g}")


def _named(what: str, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    shapes = {name: list(tensor.sample_shape) for name, tensor in tensors.items()}
    result: dict[str, Any] = {f"{what}_shape": next(iter(shapes.values()), None)}
    if len(shapes) > 1:
        result[f"{what}_shapes"] = shapes
    return result


def group_entry(group: Group) -> dict[str, Any]:
    """Several layers."""
    counts = {**group.counts, **rounded_ratios(group.counts)}
    return {"name": group.name, "layers": group.layers, **counts}


def layer_entry(layer: LayerCost) -> dict[str, Any]:
    """A layer, or a row that stands for several."""
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
    result |= {**layer.counts, **rounded_ratios(layer.counts)}
    result |= dict.fromkeys(layer.uncounted)
    if layer.binds:
        result["binds"] = {**layer.binds}
    result |= field_entry(layer.receptive_fields)
    if not layer.needed:
        result["unused"] = True
    result["source"] = layer.source and str(layer.source)
    return result


def field_entry(fields: Mapping[str, Sequence[AxisField]]) -> dict[str, Any]:
    """A receptive field: of the first input, and by input where there are several."""
    entries = {name: [axis_entry(axis) for axis in axes] for name, axes in fields.items()}
    first: list[dict[str, Any]] = []
    result: dict[str, Any] = {"receptive_field": next(iter(entries.values()), first)}
    if len(entries) > 1:
        result["receptive_fields"] = entries
    return result


def axis_entry(axis: AxisField) -> dict[str, Any]:
    """The field along an axis: ``sizes`` only where units differ."""
    result: dict[str, Any] = {"size": axis.size, "stride": axis.stride, "start": axis.start}
    if len(axis.sizes) > 1:
        result["sizes"] = list(axis.sizes)
    result["flags"] = list(axis.flags)
    if axis.without_gates is not None:
        result["size_without_gates"] = axis.without_gates
    return result
