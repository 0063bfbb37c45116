"""The reports of ``rf``: of a network, and of one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.analysis.rf.layer_paths import Spread
from convcost.render.parts.numbers import storable
from convcost.render.report import Document, Records, Report
from convcost.render.reports.entries import VERSION, axis_entry
from convcost.render.reports.rf.page import network_page, unit_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.analysis.rf.dilation import Stack
    from convcost.analysis.rf.growth import AxisDetail, Detail, Growth, Row
    from convcost.analysis.rf.layer_paths import Lengths, Paths
    from convcost.analysis.rf.position_paths import PathMap
    from convcost.analysis.rf.rates import Rates
    from convcost.render.report import Medium, Part


def report(growth: Growth, *, everything: bool) -> Report:
    """The report of a network; ``everything``: layers that change nothing are rows, too."""

    def page(medium: Medium) -> Iterable[Part]:
        if medium.height is not None and not everything:
            from convcost.render.reports.rf.fitted import fitted_page

            return fitted_page(growth, medium)
        return network_page(growth, medium, everything=everything)

    return Report(
        page=page,
        document=lambda: Document(document(growth, everything=everything)),
        records=lambda: _records(growth, everything=everything),
    )


def unit_report(detail: Detail, *, everything: bool = False) -> Report:
    """The report of one unit: a record for each position that a path reaches, if there is a map.
    ``everything``: a terminal has it all, whatever its height."""

    def page(medium: Medium) -> Iterable[Part]:
        if medium.height is None or everything:
            return unit_page(detail, medium)
        from convcost.render.reports.rf.fitted import fitted_unit  # for terminals only

        return fitted_unit(detail, medium)

    return Report(
        page=page,
        document=lambda: Document(_unit_document(detail)),
        records=lambda: _unit_records(detail),
    )


def document(growth: Growth, *, everything: bool) -> dict[str, Any]:
    """The document: axes are numbered with the batch as 0 and left out."""
    network = growth.network
    lengths = {
        name: [tensor.shape[axis] for axis in network.spatial_axes(name)]
        for name, tensor in network.inputs.items()
    }
    return {
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
        "paths": storable(paths.lengths.paths),
        "lengths": _lengths(paths.lengths),
        "residual_blocks": paths.residual,
        "blocks": _lengths(paths.blocks),
    }


def _lengths(lengths: Lengths) -> dict[str, int] | None:
    """Numbers of paths by length; None where lengths are not told apart, or numbers too long."""
    if not isinstance(lengths, Spread) or storable(max(lengths.counts)) is None:
        return None
    numbered = enumerate(lengths.counts, start=lengths.first)
    return {str(length): count for length, count in numbered if count}


def _records(growth: Growth, *, everything: bool) -> Records:
    """A record for each axis of each layer."""
    head = ("layer", "op", "input", "axis", "length", "size", "stride", "start", "grown", "flags")
    return Records(
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


def _unit_document(detail: Detail) -> dict[str, Any]:
    """The document of one unit, with a row of counts for each of the map's rows."""
    counts = detail.map.counts if detail.map else []
    return {
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


def _unit_records(detail: Detail) -> Records:
    found = detail.map
    axes = found.axes if found else ()
    rows = (
        (*_position(found, row, column), count)
        for row, counts in enumerate(found.counts if found else ())
        for column, count in enumerate(counts)
        if count and found
    )
    return Records((*(f"axis_{axis - 1}" for axis in axes), "paths"), rows)


def _position(found: PathMap, row: int, column: int) -> tuple[int, ...]:
    at = (row, column) if len(found.axes) == 2 else (column,)
    return tuple(start + number for start, number in zip(found.starts, at, strict=True))
