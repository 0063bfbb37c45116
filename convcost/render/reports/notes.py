"""Titles of networks and notes on them, which the pages of several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import listed, plural, printable
from convcost.field import MISALIGNED
from convcost.further_metrics import is_time
from convcost.render.parts.numbers import share
from convcost.render.parts.table import Line
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import field, shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.network import Network
    from convcost.tensor import Tensor

MOST_SHAPES = 2  # of inputs or outputs above a folded table
MOST_REASONS = 10  # why totals are incomplete


def heading(network: Network, width: int | None, *, fold: bool = False) -> Iterator[Line]:
    """Name and shapes in one line, or a line for each shape where several do not fit; with
    ``fold``, for the first of more than two."""
    name = printable(network.name)
    inputs, outputs = _shapes(network.inputs), _shapes(network.outputs)
    whole = f"{name}   {', '.join(inputs)} -> {', '.join(outputs)}"
    if width is None or width_of(whole) <= width or len(inputs) == len(outputs) == 1:
        yield Line(whole, "bold")
        return
    yield Line(name, "bold")
    if fold:
        inputs, outputs = _folded(inputs, "input"), _folded(outputs, "output")
    for text in (*inputs, *(f"-> {output}" for output in outputs)):
        yield Line(f"  {text}", "bold")


def _folded(shapes: list[str], word: str) -> list[str]:
    if len(shapes) <= MOST_SHAPES:
        return shapes
    return [f"{shapes[0]} (and {plural(len(shapes) - 1, word)} more)"]


def _shapes(tensors: Mapping[str, Tensor]) -> list[str]:
    if len(tensors) == 1:
        return [shape(tensor.sample_shape) for tensor in tensors.values()]
    return [f"{printable(name)} {shape(t.sample_shape)}" for name, t in tensors.items()]


def names_of(analysis: Analysis) -> list[str]:
    """The names of all layers, which those in a table are told from."""
    return [layer.name for layer in analysis.network.layers]


def dtypes(network: Network) -> str:
    """The types of numbers that a network stores: ``float32``, or several."""
    made = (tensor for layer in network.layers for tensor in layer.outputs)
    return " and ".join(dict.fromkeys(t.dtype for t in (*network.inputs.values(), *made)))


def notes(analysis: Analysis, layers: Sequence[LayerCost]) -> Iterator[str]:
    """Everything else that a reader of the table must be told."""
    if analysis.order:
        yield analysis.order
    if analysis.memory:
        yield from _lacking(analysis)
    if any(layer.times > 1 for layer in layers):
        yield "x2, x3 ...: that many identical blocks, with their costs added up"
    if any(MISALIGNED in axis.flags for layer in layers for axis in _axes(layer)):
        yield "field !: it joins branches of different strides, so units differ"
    if any("~" in field(layer) for layer in layers):
        yield "field ~: before offsets deform it, which depend on the data"
    unused = [layer.name for layer in analysis.layers if not layer.needed]
    if unused:
        if 2 * len(unused) > len(analysis.layers):
            yield "most layers lead to no output: a spec with several lists them under `outputs:`"
        yield f"counted, but no output needs them: {', '.join(unused)}"
    yield from (f"assumes {what}" for what in analysis.network.assumes)
    yield from incomplete(analysis.network, "incomplete: ")
    yield from _opaque(analysis)


def _lacking(analysis: Analysis) -> Iterator[str]:
    from convcost.analysis.devices.memory import lacking  # for devices only

    return lacking(analysis)


def _opaque(analysis: Analysis) -> Iterator[str]:
    """The share of layers that cannot be counted, as far as it is known."""
    opaque = [layer for layer in analysis.layers if layer.uncounted]
    if not opaque:
        return
    shares = (
        f"{share(sum(layer.counts[metric] for layer in opaque), analysis.totals[metric])} of {what}"
        for metric, what in (("params", "the params"), ("traffic_bytes", "the bytes moved"))
    )
    some = listed([printable(layer.name) for layer in opaque[:MOST_REASONS]])
    more = f" and {len(opaque) - MOST_REASONS} more" if len(opaque) > MOST_REASONS else ""
    yield (
        f"not counted: {plural(len(opaque), 'opaque layer')} of {len(analysis.layers)} "
        f"({some}{more}), with {listed(list(shares))}; totals are at least what they say"
    )


def remarked(labels: Sequence[str], analyses: Sequence[Analysis]) -> Iterator[str]:
    """Remarks on figures that are not our own, design by design, but only once if all designs share
    them. A time stands in the table and is not repeated."""
    for metric in dict.fromkeys(metric for one in analyses for metric in one.remarks):
        said = [_clauses(metric, one.remarks.get(metric, "")) for one in analyses]
        common = [clause for clause in said[0] if all(clause in clauses for clauses in said)]
        if common:
            yield f"{metric}: {'; '.join(common)}"
        for label, clauses in zip(labels, said, strict=True):
            if rest := [clause for clause in clauses if clause not in common]:
                yield f"{printable(label)}: {metric}: {'; '.join(rest)}"


def _clauses(metric: str, remark: str) -> Sequence[str]:
    """A remark in parts that designs may have in common, without the time that it begins with."""
    if is_time(metric):
        remark = remark.partition(", ")[2] or remark
    return remark.split("; ") if remark else ()


def incomplete(network: Network, start: str) -> Iterator[str]:
    """Why the totals of a network lack something: sentences that begin alike."""
    unknown = network.unknown
    yield from (f"{start}{reason}" for reason in unknown[:MOST_REASONS])
    if len(unknown) > MOST_REASONS:
        more = len(unknown) - MOST_REASONS
        yield f"{start}and {more} more (--format json lists all)"


def _axes(layer: LayerCost) -> Sequence[AxisField]:
    return [axis for axes in layer.receptive_fields.values() for axis in axes]
