"""The report of ``analyze``: a row a layer, an op or a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.figures import intensity
from convcost.analysis.analyze.layer_cost import LayerCost
from convcost.errors import printable
from convcost.further_metrics import further, in_tables, metric_of
from convcost.metrics import COLUMNS, COUNTS, LINES
from convcost.render.parts.bar import bars
from convcost.render.parts.numbers import exact, figures, rounded, share
from convcost.render.parts.table import LEAST_NAME_ROOM, Column, name_room, tells_apart
from convcost.render.parts.words import described, field, shape, shapes
from convcost.render.report import (
    Document,
    Graphed,
    Heading,
    Item,
    Items,
    Paragraph,
    Records,
    Report,
    Table,
)
from convcost.render.reports import entries
from convcost.render.reports.notes import dtypes, heading, names_of, notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.group import Group
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.report import Medium, Part

ROOM_BESIDE_A_NAME = 52  # in a line of totals
SPARED = [column.heading for column, _ in reversed(COLUMNS) if column.spared]
MISSED = (  # columns that a narrow table does without, step by step
    *(SPARED[:most] for most in range(len(SPARED))),
    *(
        (*SPARED, *some)
        for some in (
            *((), ("share",), ("field",), ("share", "field")),
            *(("share", "field", "op"), ("share", "field", "op", "output")),
        )
    ),
)


def report(
    analysis: Analysis,
    layers: Sequence[LayerCost],
    *,
    everything: bool = False,
    in_order: bool = True,
    drawn: Graphed | None = None,
) -> Report:
    """The report of a network.

    Args:
        analysis: what to report.
        layers: those of its layers to list, in order.
        everything: whether to list them all on a terminal too, whatever its height.
        in_order: whether they are in the order of the network, so that a terminal can fold them.
        drawn: how the network is drawn.
    """
    listed = sum(cost.layers * cost.times for cost in layers)

    def page(medium: Medium) -> Iterable[Part]:
        def whole() -> Iterator[Part]:
            table = _fitted(analysis, layers, medium.width)
            return _page(analysis, layers, table, listed, medium)

        if medium.height is None or everything:
            return whole()
        from convcost.render.reports.analyze_fitted import fitted  # for terminals only

        return fitted(analysis, layers, whole, medium, in_order=in_order)

    return Report(
        page=page,
        document=lambda: Document(entries.document(analysis, layers)),
        records=lambda: records(layers),
        graph=lambda: drawn or Graphed(analysis),
    )


def grouped_report(
    analysis: Analysis, groups: Sequence[Group], by: str, *, everything: bool = False
) -> Report:
    """The report of a network with a row a group of layers; ``by`` says what a group is. A terminal
    shows ``everything`` whatever its height, or folds groups."""
    listed = sum(group.layers for group in groups)

    def page(medium: Medium) -> Iterable[Part]:
        def whole() -> Iterator[Part]:
            table = _group_columns(analysis, groups, by, medium)
            if medium.width is not None and name_room(table, medium.width) < LEAST_NAME_ROOM:
                table = _group_columns(analysis, groups, by, medium, short=True)
            return _page(analysis, (), table, listed, medium)

        if medium.height is None or everything:
            return whole()
        from convcost.render.reports.analyze_folded_groups import fitted  # for terminals only

        def table(some: Sequence[Group]) -> list[Column]:
            return _group_columns(analysis, some, by, medium, short=True)

        return fitted(analysis, groups, table, whole, medium)

    return Report(
        page=page,
        document=lambda: Document(entries.grouped(analysis, groups, by)),
        records=lambda: _group_records(groups, by),
    )


def _page(
    analysis: Analysis,
    layers: Sequence[LayerCost],
    table: Sequence[Column],
    listed: int,
    medium: Medium,
) -> Iterator[Part]:
    network = analysis.network
    if medium.drawn:
        from convcost.render.reports.analyze_views import drawn  # for browsers only

        yield from drawn(analysis, table, _convention(analysis), notes(analysis, layers))
        return
    if medium.paged:
        yield Heading(network.name)
        yield Table(table)
        yield Paragraph(_convention(analysis))
    else:
        yield Heading(network.name, lines=list(heading(network, medium.width)))
        yield Table(table)
        yield Items([Item(said) for said in _totals(analysis, listed, medium.width)])
    for note in notes(analysis, layers):
        yield Paragraph(note, "yellow", "  ", wrapped=True, gap=False)


def _fitted(analysis: Analysis, layers: Sequence[LayerCost], width: int | None) -> Sequence[Column]:
    """The table with as much as a width has room for: whole, or with counts rounded, or without the
    columns least missed, until no two rows look the same with names cut to what is left."""
    exactly = _columns(analysis, layers)
    if width is None or tells_apart(exactly, width):
        return exactly
    roughly = _columns(analysis, layers, short=True)
    forms = [[column for column in roughly if column.heading not in some] for some in MISSED]
    return next((form for form in forms if tells_apart(form, width)), forms[-1])


def _columns(
    analysis: Analysis, layers: Sequence[LayerCost], *, short: bool = False
) -> list[Column]:
    """The table's columns; ``short`` rounds counts for narrow places."""
    return [
        Column("layer", [layer.name for layer in layers], "total", among=names_of(analysis)),
        Column("op", [described(layer) for layer in layers]),
        Column("output", [shapes(layer.output_shapes) for layer in layers]),
        *_metrics(analysis, layers, short),
        Column("field", [field(layer) for layer in layers], number=True),
    ]


def _metrics(analysis: Analysis, layers: Sequence[LayerCost], short: bool) -> Iterator[Column]:
    """The metrics that have a column; bytes, which are large, are rounded always."""
    for column, metric in COLUMNS:
        unit = "B" if metric.unit == "bytes" else ""
        counts = _counts(column.heading, metric.name, analysis, layers, short or bool(unit))
        yield counts._replace(cells=[c + unit for c in counts.cells], total=counts.total + unit)
        if column.share:
            yield _shares(metric.name, analysis, layers)
            for other, heading in in_tables(analysis.totals).items():
                yield _counts(heading, other, analysis, layers, short)
    for device in dict.fromkeys(name for layer in layers for name in layer.binds):
        yield Column(f"{device} bound by", [layer.binds.get(device, "") for layer in layers])


def _group_columns(
    analysis: Analysis, groups: Sequence[Group], by: str, medium: Medium, *, short: bool = False
) -> list[Column]:
    """The number of layers of each group, its metrics, and their shares of the network's."""
    layers = [exact(group.layers) for group in groups]
    result = [
        Column(by, [group.name for group in groups], "total"),
        Column("layers", layers, exact(len(analysis.layers)), number=True),
    ]
    drawn: list[int] = []
    for column, metric in COLUMNS:
        if column.grouped:
            result.append(_counts(column.heading, metric.name, analysis, groups, short))
            result.append(_shares(metric.name, analysis, groups))
        if column.share:
            drawn = [group.counts[metric.name] for group in groups]
            for other, heading in in_tables(analysis.totals).items():
                result.append(_counts(heading, other, analysis, groups, short))
    return [*result, Column("", bars(drawn, blocks=medium.has_blocks))]


def _shares(metric: str, analysis: Analysis, rows: Sequence[LayerCost] | Sequence[Group]) -> Column:
    """The part that each row has of the network's total."""
    total = analysis.totals[metric]
    shares = (share(row.counts[metric], total) for row in rows)
    return Column("share", _told(metric, rows, shares), number=True)


def _counts(
    heading: str,
    metric: str,
    analysis: Analysis,
    rows: Sequence[LayerCost] | Sequence[Group],
    short: bool,
) -> Column:
    counts = [*(row.counts[metric] for row in rows), analysis.totals[metric]]
    *cells, total = figures(metric, counts, rounded) if short else map(exact, counts)
    return Column(heading, _told(metric, rows, cells), total, number=True)


def _told(
    metric: str, rows: Sequence[LayerCost] | Sequence[Group], cells: Iterable[str]
) -> list[str]:
    """The cells of a metric, with a mark where a row's share is not known."""
    known = (not isinstance(row, LayerCost) or metric not in row.uncounted for row in rows)
    return [cell if told else "?" for cell, told in zip(cells, known, strict=True)]


def _totals(analysis: Analysis, listed: int, width: int | None) -> Iterator[str]:
    """A line a total, with what it means; ``listed`` of the layers are in the table above."""

    def name(path: str) -> str:
        room = width and max(1, width - ROOM_BESIDE_A_NAME)
        if room is None:
            return path
        from convcost.render.parts.cut_names import cut_apart

        return cut_apart([path], room, names_of(analysis))[0]

    counts = analysis.totals
    count = len(analysis.layers)
    batch = analysis.network.batch
    facts = {
        "buffers": exact(counts["buffers"]),
        "samples": "1 sample" if batch == 1 else f"{batch} samples",
        "dtypes": dtypes(analysis.network),
        "peak": name(analysis.peak),
        "intensity": _intensity(counts),
    }
    rows = [
        ("layers", exact(count), f"{listed} of them listed" if listed < count else ""),
        *((line.label, exact(counts[m]), line.note.format_map(facts)) for line, m in LINES),
        *((name, exact(counts[name]), _remark(analysis, name)) for name in further(counts)),
        *_memory(analysis, name),
    ]
    left, middle = (max(len(row[i]) for row in rows) for i in (0, 1))
    edges = analysis.network.edges
    rows += (
        ("field", field(layer), f"of {name(layer.name)}, in input positions")
        for layer in analysis.layers
        if layer.receptive_fields and edges.ends(layer.layer)
    )
    for what, value, meaning in rows:
        yield printable(f"{what:<{left}}  {value:>{middle}}  {meaning}").rstrip()


def _memory(analysis: Analysis, name: Callable[[str], str]) -> Iterable[tuple[str, str, str]]:
    """Lines on the memory of devices."""
    if not analysis.memory:
        return ()
    from convcost.render.reports.memory import rows  # for devices only

    return rows(analysis, name)


def _remark(analysis: Analysis, metric: str) -> str:
    """The unit of a count, and a sentence on it, if there is one."""
    unit, said = metric_of(metric).unit, analysis.remarks.get(metric, "")
    return f"{unit}: {said}" if said else unit


def _intensity(totals: Mapping[str, int]) -> str:
    ratio = intensity(totals)
    return "" if ratio is None else f", so {ratio:.3g} MACs a byte"


def _convention(analysis: Analysis) -> str:
    """The meaning of a MAC here, and other counts of the same."""
    said = (line.paged.format(exact(analysis.totals[m])) for line, m in LINES if line.paged)
    remarks = (f"{metric}: {remark}" for metric, remark in analysis.remarks.items())
    taken = (f"{what}: {number} {meaning}" for what, number, meaning in _memory(analysis, str))
    return f"{'; '.join((*said, *remarks, *taken))}."


def records(layers: Sequence[LayerCost]) -> Records:
    """A record a layer, counts in full."""
    counts = (*COUNTS, *(further(layers[0].counts) if layers else ()))
    devices = (*dict.fromkeys(name for layer in layers for name in layer.binds),)
    head = ("layer", "op", "input_shapes", "output_shapes")
    tail = (
        *(f"{name}_binds" for name in devices),
        "layers",
        "times",
        "receptive_field",
        "unused",
        "source",
    )
    rows = (
        (
            layer.name,
            layer.op,
            " ".join(map(shape, layer.input_shapes)),
            " ".join(map(shape, layer.output_shapes)),
            *("" if m in layer.uncounted else layer.counts[m] for m in counts),
            *(layer.binds.get(name, "") for name in devices),
            layer.layers,
            layer.times,
            field(layer),
            "" if layer.needed else "unused",
            layer.source,
        )
        for layer in layers
    )
    return Records((*head, *counts, *tail), rows)


def _group_records(groups: Sequence[Group], by: str) -> Records:
    counts = (*COUNTS, *(further(groups[0].counts) if groups else ()))
    rows = (
        (group.name, group.layers, *(group.counts[metric] for metric in counts)) for group in groups
    )
    return Records((by, "layers", *counts), rows)
