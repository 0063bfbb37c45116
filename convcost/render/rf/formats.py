"""Receptive fields as JSON, markdown and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.render.csv_text import csv_text
from convcost.render.document import VERSION, axis_entry, to_text
from convcost.render.markdown import escaped
from convcost.render.markdown import table as markdown_table
from convcost.render.plot_chars import BLOCKS
from convcost.render.rf.heat import heat
from convcost.render.rf.text import WIDTH, map_title, table, unit_table
from convcost.render.rf.verdicts import Said, of_network, of_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.rf.dilation import Rates, Stack
    from convcost.analysis.rf.growth import AxisDetail, Detail, Growth, Row
    from convcost.analysis.rf.layer_paths import Paths, Spread
    from convcost.analysis.rf.position_paths import PathMap


def to_json(growth: Growth, *, everything: bool) -> str:
    """The document as text: a line a layer, axes numbered with the batch as 0 and left out."""
    network = growth.network
    lengths = {
        name: [tensor.shape[axis] for axis in network.spatial_axes(name)]
        for name, tensor in network.inputs.items()
    }
    return to_text(
        {
            "convcost": VERSION,
            "network": network.name,
            "inputs": lengths,
            "layers": [
                _row(row, network.spatial_axes(row.input))
                for row in growth.rows
                if everything or row.changed
            ],
            "stacks": [_stack(stack) for stack in growth.stacks],
            "paths": {name: paths and _paths(paths) for name, paths in growth.paths.items()},
            "unknown": list(network.unknown),
        }
    )


def _row(row: Row, spatial: Sequence[int]) -> dict[str, Any]:
    axes = zip(spatial, row.axes, row.lengths, row.grown, strict=True)
    return {
        "name": row.cost.name,
        "op": row.cost.op,
        "input": row.input,
        "axes": [
            {"axis": number - 1, "length": length, **axis_entry(axis), "grown": grown}
            for number, axis, length, grown in axes
        ],
        "exceeds": row.exceeds,
        "source": row.cost.source and str(row.cost.source),
    }


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "layers": list(stack.layers),
        "from": stack.start.name,
        "to": stack.end.name,
        "holes": stack.holes,
        "alone": stack.alone,
        "rates": [_rates(along) for along in stack.rates],
        "reads": [
            {
                "axes": [axis - 1 for axis in found.axes],
                "sizes": list(found.sizes),
                "touched": found.touched,
                "paths": found.paths,
            }
            for found in stack.maps
        ],
        "on_input": [
            {"input": name, "axis": axis - 1, "touched": read, "size": size}
            for (name, axis), (read, size) in stack.on_input.items()
        ],
    }


def _rates(along: Rates) -> dict[str, Any]:
    distances = along.distances and {
        f"M_{number}": distance for number, distance in enumerate(along.distances, start=2)
    }
    return {
        "axes": [axis - 1 for axis in along.axes],
        "taps": list(along.taps),
        "rates": list(along.rates),
        "distances": distances,
        "divisor": along.divisor,
        "field": along.field,
        "holes": along.holes,
        "repair": along.repair and list(along.repair),
    }


def _paths(paths: Paths) -> dict[str, Any]:
    return {
        "paths": paths.lengths.paths,
        "lengths": _spread(paths.lengths),
        "residual_blocks": paths.residual,
        "blocks": _spread(paths.blocks),
    }


def _spread(spread: Spread) -> dict[str, int]:
    numbered = enumerate(spread.counts, start=spread.first)
    return {str(length): count for length, count in numbered if count}


def to_markdown(growth: Growth, *, everything: bool) -> str:
    """A heading, the table, and the verdicts as a list."""
    return "\n".join(
        (
            f"## {escaped(growth.network.name)}",
            "",
            *markdown_table(table(growth, everything=everything)),
            "",
            *_items(of_network(growth, BLOCKS)),
            "",
        )
    )


def _items(said: Iterable[Said]) -> Iterator[str]:
    for word, sentence, _ in said:
        yield f"- **{word}** {escaped(sentence)}" if word else f"  - {escaped(sentence)}"


def to_csv(growth: Growth, *, everything: bool) -> str:
    """A line for each axis of each layer."""
    head = ("layer", "op", "input", "axis", "length", "size", "stride", "start", "grown", "flags")
    return csv_text(
        head,
        (
            (
                *(row.cost.name, row.cost.op, row.input, number - 1, length),
                *(axis.size, axis.stride, axis.start, grown, " ".join(axis.flags)),
            )
            for row in growth.rows
            if everything or row.changed
            for number, axis, length, grown in zip(
                growth.network.spatial_axes(row.input),
                *(row.axes, row.lengths, row.grown),
                strict=True,
            )
        ),
    )


def unit_json(detail: Detail) -> str:
    """The document of one unit as text: the map's rows a line each."""
    counts = detail.map.counts if detail.map else []
    return to_text(
        {
            "convcost": VERSION,
            "network": detail.network.name,
            "layer": detail.cost.name,
            "op": detail.cost.op,
            "axes": [_axis(axis) for axis in detail.axes],
            "map": detail.map and _map(detail, detail.map),
            "counts": counts,
            "without": detail.without or None,
            "stacks": [_stack(stack) for stack in detail.stacks],
            "paths": detail.paths and _paths(detail.paths),
        }
    )


def _axis(axis: AxisDetail) -> dict[str, Any]:
    return {
        "input": axis.input,
        "axis": axis.axis - 1,
        "length": axis.length,
        **axis_entry(axis.field),
        "unit": axis.unit,
        "unclipped": axis.span and list(axis.span),
        "clipped": axis.clipped and list(axis.clipped),
        "touched": axis.touched,
    }


def _map(detail: Detail, found: PathMap) -> dict[str, Any]:
    return {
        "onto": detail.onto.name,
        "axes": [axis - 1 for axis in found.axes],
        "starts": list(found.starts),
        "sizes": list(found.sizes),
        "touched": found.touched,
        "paths": found.paths,
        "half": list(found.half()),
    }


def unit_markdown(detail: Detail) -> str:
    """A heading, the table of axes, the map and the verdicts."""
    parts = [f"## {escaped(detail.network.name)}, {escaped(detail.cost.name)}", ""]
    if detail.axes:
        parts += [*markdown_table(unit_table(detail)), ""]
    if detail.map is not None and detail.map.paths:
        drawn = (line.text for line in heat(detail.map, BLOCKS, WIDTH))
        parts += [escaped(map_title(detail)), "", "```", *drawn, "```", ""]
    return "\n".join((*parts, *_items(of_unit(detail, BLOCKS)), ""))


def unit_csv(detail: Detail) -> str:
    """A line for each position that a path reaches; nothing but the heading without a map."""
    found = detail.map
    axes = found.axes if found else ()
    rows = (
        (*_position(found, row, column), count)
        for row, counts in enumerate(found.counts if found else ())
        for column, count in enumerate(counts)
        if count and found
    )
    return csv_text((*(f"axis_{axis - 1}" for axis in axes), "paths"), rows)


def _position(found: PathMap, row: int, column: int) -> tuple[int, ...]:
    at = (row, column) if len(found.axes) == 2 else (column,)
    return tuple(start + number for start, number in zip(found.starts, at, strict=True))
