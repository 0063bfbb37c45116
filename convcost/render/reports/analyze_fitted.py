"""The report of ``analyze`` on one screen: a network folded to the height of a terminal."""

from __future__ import annotations

from itertools import accumulate
from textwrap import wrap
from typing import TYPE_CHECKING

from convcost.analysis.analyze.figures import intensity
from convcost.analysis.analyze.outline import outlined
from convcost.errors import plural, printable
from convcost.further_metrics import TRAINING, further, in_tables, metric_of
from convcost.metrics import COLUMNS, LINES, METRICS
from convcost.render.formats.page.text import lines
from convcost.render.parts.bar import CELLS, bars
from convcost.render.parts.cut_names import cut_apart
from convcost.render.parts.numbers import aligned, exact, figures, share, si
from convcost.render.parts.table import Column, Line, name_room, tells_apart
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import described, field, shapes
from convcost.render.report import Drawing, Heading, Table
from convcost.render.reports.notes import dtypes, heading, names_of, notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.analyze.outline import Outline
    from convcost.metrics import Line as MetricLine
    from convcost.render.report import Medium, Part

LEAST_ROWS = 10  # of layers, however low a terminal is
MOST_NOTES = 3  # lines of them
PROMPT = 1  # the line that a shell writes next
TABLE_HEAD = 2  # headings, a rule
ENOUGH_NAME = 16  # columns, in which names that are cut can be read
IMPORTANT = ("params", "macs", "flops", "peak_activation_bytes")  # where there is little room
MOST_COST, NO_COST, BAR = "yellow", "dim", "cyan"
SPARED = ("alive", "field", "output", "op", "params", "", "MACs")  # the least missed first
RATHER_THAN_CUT = 2  # of them go before names are cut
SHORT_CELLS = 6
WIDE = 100  # columns that leave room for longer bars


def fitted(
    analysis: Analysis, whole: Callable[[], Iterable[Part]], medium: Medium
) -> Sequence[Part]:
    """A page for a terminal of a width and a height: the whole one if that has room."""
    assert medium.width is not None
    assert medium.height is not None
    width = max(1, medium.width)
    if len(analysis.layers) < medium.height:
        parts = [*whole()]
        shown = [width_of(line.text) for line in lines(parts, width)]
        if len(shown) + PROMPT <= medium.height and max(shown) <= width:
            return parts
    title = _title(analysis, width)
    totals = [Line(text) for text in _totals(analysis, width)]
    said = _notes(analysis, width)
    around = len(title) + TABLE_HEAD + 1 + len(totals) + len(said) + PROMPT
    found, folded = _found(analysis, medium, around)
    return [
        Heading(analysis.network.name, lines=title),
        Table(_table(analysis, found, medium), gap=False),
        Drawing([*totals, *said, *folded]),
    ]


def _found(analysis: Analysis, medium: Medium, around: int) -> tuple[Outline, list[Line]]:
    """The rows for which there is room, and what must be said of them, which takes room too."""
    assert medium.width is not None
    assert medium.height is not None
    told: list[str] = []
    while True:
        rows = max(LEAST_ROWS, medium.height - around - len(told))
        found = outlined(analysis.layers, rows)
        if len(found.rows) == len(analysis.layers):
            return found, []
        before, told = told, wrap(_folded(analysis, found, medium), max(1, medium.width))
        if len(told) <= len(before):
            return found, [Line(text, "dim") for text in told]


def _title(analysis: Analysis, width: int) -> list[Line]:
    """Name and shapes, few of many inputs and outputs."""
    title = list(heading(analysis.network, width, fold=True))
    if analysis.network.batch != 1:
        title[0] = title[0]._replace(text=f"{title[0].text}   batch {analysis.network.batch}")
    if all(width_of(line.text) <= width for line in title):
        return title
    words = " ".join(line.text for line in title)
    return [Line(text, "bold") for text in wrap(words, width, subsequent_indent="  ")]


def _folded(analysis: Analysis, found: Outline, medium: Medium) -> str:
    """The sentence about what the table leaves out, and what it shows otherwise."""
    shown = _rows(found)
    said = [f"{plural(len(analysis.layers), 'layer')} in {len(shown)} rows"]
    times = next((row.times for row in shown if row.times > 1), None)
    if times is not None:
        said.append(f"x{times}: {times} alike")
    if medium.paint is not None:
        said.append(f"{MOST_COST}: half of the MACs")
    return f"{', '.join(said)}; --all lists all"


def _rows(found: Outline) -> Sequence[LayerCost]:
    return [*found.rows, *([found.others] if found.others else [])]


def _notes(analysis: Analysis, width: int) -> list[Line]:
    """The notes of an analysis, cut to a few lines."""
    texts = [
        Line(text, "yellow")
        for note in notes(analysis, analysis.layers)
        for text in wrap(printable(note), width, subsequent_indent="  ")
    ]
    if len(texts) <= MOST_NOTES:
        return texts
    more = f"({plural(len(texts) - MOST_NOTES + 1, 'line')} more of this: --all)"
    return [*texts[: MOST_NOTES - 1], Line(more, "yellow")]


def _table(analysis: Analysis, found: Outline, medium: Medium) -> Sequence[Column]:
    """The rows, with as many columns as have room beside their names."""
    assert medium.width is not None
    width = medium.width
    whole = _columns(analysis, found, medium)
    forms = [
        [column for column in whole if column.heading not in SPARED[:spared]]
        for spared in range(len(SPARED) + 1)
    ]
    longest = max(map(width_of, whole[0].cells))
    for form in forms[: RATHER_THAN_CUT + 1]:
        if name_room(form, width) >= longest:
            return form
    for least in (min(longest, ENOUGH_NAME), 0):
        for form in forms:
            if name_room(form, width) >= least and tells_apart(form, width):
                return form
    return forms[-1]


def _columns(analysis: Analysis, found: Outline, medium: Medium) -> list[Column]:
    rows = _rows(found)
    names = [row.name for row in found.rows]
    rest = found.others
    if rest:
        names.append(f"({rest.layers} others)")
    styles = _styles([row.counts["macs"] for row in rows])
    return [
        Column("layer", names, among=_known(analysis), styles=styles),
        Column("op", ["" if row is rest else described(row) for row in rows], styles=styles),
        Column("output", ["" if row is rest else shapes(row.output_shapes) for row in rows]),
        *_metrics(analysis, rows, medium),
        Column("field", ["" if row is rest else field(row) for row in rows], number=True),
    ]


def _known(analysis: Analysis) -> list[str]:
    """The names of all layers and of the blocks that they are in."""
    names = dict.fromkeys(names_of(analysis))
    for name in [*names]:
        words = name.split(".")
        names.update(dict.fromkeys(".".join(words[:end]) for end in range(1, len(words))))
    return [*names]


def _metrics(analysis: Analysis, rows: Sequence[LayerCost], medium: Medium) -> Iterator[Column]:
    for column, metric in COLUMNS:
        counts = [row.counts[metric.name] for row in rows]
        cells = aligned(counts, "B" if metric.unit == "bytes" else "")
        yield Column(column.heading, _marked(metric.name, rows, cells), number=True)
        if column.share:
            total = analysis.totals[metric.name]
            yield Column("share", [share(one, total) for one in counts], number=True)
            cells = CELLS if medium.width and medium.width >= WIDE else SHORT_CELLS
            drawn = bars(counts, cells, blocks=medium.has_blocks)
            yield Column("", drawn, styles=[style or BAR for style in _styles(counts)])
            for other, heading in in_tables(analysis.totals).items():
                counts = [row.counts[other] for row in rows]
                cells = figures(other, counts, aligned)
                yield Column(heading, _marked(other, rows, cells), number=True)


def _marked(metric: str, rows: Sequence[LayerCost], cells: Sequence[str]) -> list[str]:
    """The cells of a metric, with a mark where a row's share is not known."""
    return ["?" if metric in row.uncounted else cell for row, cell in zip(rows, cells, strict=True)]


def _styles(macs: Sequence[int]) -> list[str]:
    """A style a row: of the fewest that have half of all MACs, of those that have none."""
    largest = sorted(range(len(macs)), key=lambda at: -macs[at])
    before = accumulate((macs[at] for at in largest), initial=0)
    most = {at for at, cost in zip(largest, before, strict=False) if 2 * cost < sum(macs)}
    return [(MOST_COST if at in most else "") if cost else NO_COST for at, cost in enumerate(macs)]


def _totals(analysis: Analysis, width: int) -> Iterator[str]:
    """A total a line; in two columns where there is room, else the most important alone. What there
    is to say of one stands below them."""
    yield from _figures(analysis, width)
    for name, remark in analysis.remarks.items():
        yield from wrap(f"{name}  {remark}", width, subsequent_indent="  ")
    if analysis.memory:
        from convcost.render.reports.memory import rows  # for devices only

        for what, taken, said in rows(analysis, lambda name: _cut(analysis, name, width)):
            yield from wrap(f"{what}  {taken} {said}", width, subsequent_indent="  ")


def _figures(analysis: Analysis, width: int) -> Iterator[str]:
    cells = _cells(analysis, LINES, width)
    half = (len(cells) + 1) // 2
    left = max(map(width_of, cells[:half])) + 4
    if left + max(map(width_of, cells[half:])) <= width:
        for number in range(half):
            beside = cells[half + number] if half + number < len(cells) else ""
            yield f"{cells[number]:<{left}}{beside}".rstrip()
        return
    yield from _cells(analysis, [line for line in LINES if line[1] in IMPORTANT], width)


def _cells(analysis: Analysis, lines: Sequence[tuple[MetricLine, str]], width: int) -> list[str]:
    """Totals and what they are called: bytes rounded, all others in full."""
    totals = analysis.totals
    plain = [exact(totals[metric]) for _, metric in lines if METRICS[metric].unit != "bytes"]
    room = max(len(line.label) for line, _ in lines)
    numbers = max(map(len, plain))
    found: list[str] = []
    for line, metric in lines:
        if METRICS[metric].unit != "bytes":
            found.append(f"{line.label:<{room}}  {exact(totals[metric]):>{numbers}}")
            continue
        text = f"{line.label:<{room}}  {si(totals[metric])}B"
        more = _beside(analysis, metric, width)
        found.append(text + more if width_of(text + more) <= width else text)
    found += _further(analysis, room, numbers)
    edges = analysis.network.edges
    ends = [c for c in analysis.layers if c.receptive_fields and edges.ends(c.layer)]
    for layer in ends[:1]:
        more = f" (and {plural(len(ends) - 1, 'output')} more)" if len(ends) > 1 else ""
        found.append(f"{'field':<{room}}  {field(layer)}{more}")
    return found


def _further(analysis: Analysis, room: int, numbers: int) -> Iterator[str]:
    """Totals that are none of every analysis, in columns of their own where they are longer; of a
    training step those alone that there are."""
    totals = analysis.totals
    names = [
        name
        for name, total in totals.items()
        if name in further(totals)
        and name not in analysis.remarks
        and (total or name not in TRAINING)
    ]
    stored = {name: f"{si(totals[name])}B" for name in names if metric_of(name).unit == "bytes"}
    counts = {name: stored.get(name) or exact(totals[name]) for name in names}
    room = max((room, *map(len, counts)))
    numbers = max((numbers, *map(len, counts.values())))
    yield from (f"{name:<{room}}  {count:>{numbers}}" for name, count in counts.items())


def _beside(analysis: Analysis, metric: str, width: int) -> str:
    """A figure that makes bytes plainer: their type of numbers, the layer, or the MACs a byte."""
    match metric:
        case "weight_bytes":
            return f" {dtypes(analysis.network)}"
        case "peak_activation_bytes":
            return f" at {_cut(analysis, analysis.peak, width)}"
        case _:
            ratio = intensity(analysis.totals)
            return "" if ratio is None else f", {ratio:.3g} MACs a byte"


def _cut(analysis: Analysis, name: str, width: int) -> str:
    return cut_apart([name], max(8, width // 3), names_of(analysis))[0]
