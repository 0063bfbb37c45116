"""An analysis as text: plain where it is piped, fitted to the width and coloured on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.cost import intensity
from convcost.errors import printable
from convcost.render.columns import columns, dtypes, exact, field, notes, shape
from convcost.render.table import LEAST_NAME_ROOM, Column, Line, aligned, cut, name_room, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.cost import Analysis, LayerCost
    from convcost.network import Network, Tensor

ROOM_BESIDE_A_NAME = 52  # in a line of totals
MISSED = (  # columns that a narrow table does without, step by step
    (),
    ("alive",),
    ("alive", "share"),
    ("alive", "field"),
    ("alive", "share", "field"),
    ("alive", "share", "field", "op"),
    ("alive", "share", "field", "op", "output"),
)


def lines(analysis: Analysis, layers: Sequence[LayerCost], width: int | None) -> list[Line]:
    """The whole report.

    Args:
        analysis: what to show.
        layers: those of its layers to list, in order.
        width: columns of the terminal to fit, or None to show everything whole.
    """
    table = columns(analysis, layers) if width is None else _fitted(analysis, layers, width)
    return [
        *heading(analysis.network, width),
        Line(""),
        *aligned(table, width),
        Line(""),
        *totals(analysis, sum(c.layers * c.times for c in layers), width),
        *(Line(printable(note), "yellow") for note in notes(analysis, layers)),
    ]


def heading(network: Network, width: int | None) -> Iterator[Line]:
    """Name and shapes in one line, or a line for each shape where several do not fit."""
    name, inputs, outputs = (
        printable(network.name),
        _shapes(network.inputs),
        _shapes(network.outputs),
    )
    whole = f"{name}   {', '.join(inputs)} -> {', '.join(outputs)}"
    if width is None or width_of(whole) <= width or len(inputs) == len(outputs) == 1:
        yield Line(whole, "bold")
        return
    yield Line(name, "bold")
    for text in (*inputs, *(f"-> {output}" for output in outputs)):
        yield Line(f"  {text}", "bold")


def _shapes(tensors: Mapping[str, Tensor]) -> list[str]:
    if len(tensors) == 1:
        return [shape(tensor.sample_shape) for tensor in tensors.values()]
    return [f"{printable(name)} {shape(t.sample_shape)}" for name, t in tensors.items()]


def _fitted(analysis: Analysis, layers: Sequence[LayerCost], width: int) -> list[Column]:
    """The table with as much as a width has room for: whole, or with counts rounded, or without the
    columns least missed, until no two rows look the same with names cut to what is left."""
    exactly, roughly = columns(analysis, layers), columns(analysis, layers, short=True)
    forms = [exactly]
    for missed in MISSED:
        forms.append([column for column in roughly if column.heading not in missed])
    return next((form for form in forms if tells_apart(form, width)), forms[-1])


def tells_apart(table: Sequence[Column], width: int) -> bool:
    """Whether no two rows look the same once names are cut: by their names, or by name and op."""
    room = name_room(table, width)
    if room < LEAST_NAME_ROOM:
        return False
    ops = [column.cells for column in table if column.heading == "op"]
    rows = list(zip((cut(name, room) for name in table[0].cells), *ops, strict=True))
    return len(set(rows)) == len(rows)


def _intensity(totals: Mapping[str, int]) -> str:
    ratio = intensity(totals)
    return "" if ratio is None else f", so {ratio:.3g} MACs a byte"


def totals(analysis: Analysis, listed: int, width: int | None) -> Iterator[Line]:
    """A line a total, with what it means; ``listed`` of the layers are in the table above."""

    def name(path: str) -> str:
        return path if width is None else cut(path, width - ROOM_BESIDE_A_NAME)

    counts = analysis.totals
    count = len(analysis.layers)
    batch = next(iter(analysis.network.inputs.values())).shape[0]
    samples = "1 sample" if batch == 1 else f"{batch} samples"
    rows = [
        ("layers", exact(count), f"{listed} of them listed" if listed < count else ""),
        ("params", exact(counts["params"]), f"and {exact(counts['buffers'])} in buffers"),
        ("MACs", exact(counts["macs"]), f"dense: products with padding included; {samples}"),
        ("in bounds", exact(counts["macs_in_bounds"]), "MACs without products with padding"),
        ("FLOPs", exact(counts["flops"]), "2 x MACs"),
        ("weights", exact(counts["weight_bytes"]), f"bytes, {dtypes(analysis)}"),
        ("peak", exact(counts["peak_activation_bytes"]), f"bytes alive at {name(analysis.peak)}"),
        ("moved", exact(counts["traffic_bytes"]), f"bytes{_intensity(counts)}"),
    ]
    left, middle = (max(len(row[i]) for row in rows) for i in (0, 1))
    outputs = set(map(id, analysis.network.outputs.values()))
    rows += (
        ("field", field(layer), f"of {name(layer.name)}, in input positions")
        for layer in analysis.layers
        if layer.receptive_fields and not outputs.isdisjoint(map(id, layer.layer.outputs))
    )
    for what, value, meaning in rows:
        yield Line(printable(f"{what:<{left}}  {value:>{middle}}  {meaning}").rstrip())
