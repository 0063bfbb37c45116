"""The report of ``analyze`` on one screen: a network folded to the height of a terminal."""

from __future__ import annotations

from itertools import accumulate
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.outline import headed, outlined
from convcost.errors import plural, printable
from convcost.further_metrics import in_tables
from convcost.metrics import COLUMNS
from convcost.render.formats.page.text import lines
from convcost.render.parts.bar import CELLS, bars
from convcost.render.parts.numbers import aligned, figures, share
from convcost.render.parts.table import Column, Line, name_room, tells_apart
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import described, field, shapes
from convcost.render.report import Drawing, Heading, Table
from convcost.render.reports.analyze_totals import FORMS, shortened, totals
from convcost.render.reports.notes import heading, names_of, notes
from convcost.render.reports.screen import PROMPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.analyze.outline import Outline
    from convcost.render.report import Medium, Part

ENOUGH_ROWS = 10  # of layers; where there is room for fewer, totals are shorter
LEAST_ROWS = 8  # however low a terminal is
BESIDE = 3  # headings, a rule, and a blank line after the table
ENOUGH_NAME = 16  # columns, in which names that are cut can be read
MOST_COST, NO_COST, BAR = "yellow", "dim", "cyan"
SPARED = ("alive", "field", "output", "op", "params", "", "MACs")  # the least missed first
RATHER_THAN_CUT = 2  # of them go before names are cut
SHORT_CELLS = 6
WIDE = 100  # columns that leave room for longer bars


class Rows(NamedTuple):
    """The rows of a table for which there is room, and a sentence on what they leave out, which is
    empty where that is nothing."""

    columns: Sequence[Column]
    folded: str = ""


def fitted(
    analysis: Analysis,
    layers: Sequence[LayerCost],
    whole: Callable[[], Iterable[Part]],
    medium: Medium,
    *,
    in_order: bool = True,
) -> Sequence[Part]:
    """A page for a terminal of a width and a height: the whole one if that has room.

    Args:
        analysis: what to report.
        layers: the rows of the whole page.
        whole: makes that.
        medium: the terminal.
        in_order: whether layers are in the order of the network, so that they can be folded; else
            the first of them are shown.
    """
    outline = outlined if in_order else headed

    def rows(most: int) -> Rows:
        found = outline(layers, most)
        shown = _rows(found)
        table = _table(analysis, found, medium)
        if len(shown) == len(layers):
            return Rows(table)
        times = next((row.times for row in shown if row.times > 1), 1)
        return Rows(table, folded(len(analysis.layers), len(shown), times, medium))

    return page(analysis, len(layers), rows, whole, medium)


def page(
    analysis: Analysis,
    most: int,
    rows: Callable[[int], Rows],
    whole: Callable[[], Iterable[Part]],
    medium: Medium,
) -> Sequence[Part]:
    """A page with as many of ``most`` rows as a terminal has room for, and few lines around them:
    the ``whole`` one if that has room."""
    assert medium.width is not None
    assert medium.height is not None
    width = max(1, medium.width)
    if most < medium.height:
        parts = [*whole()]
        shown = [width_of(line.text) for line in lines(parts, width)]
        if len(shown) + PROMPT <= medium.height and max(shown) <= width:
            return parts
    title = _title(analysis, width)
    said = _notes(analysis, width)
    told, found = _found(analysis, rows, medium, len(title) + len(said))
    left_out = [Line(text, "dim") for text in wrap(found.folded, width)]
    return [
        Heading(analysis.network.name, lines=title),
        Table(found.columns, gap=False),
        Drawing([*told, *said, *left_out]),
    ]


def _found(
    analysis: Analysis, rows: Callable[[int], Rows], medium: Medium, around: int
) -> tuple[list[Line], Rows]:
    """The totals and the rows for which there is room beside some lines ``around``."""
    assert medium.width is not None
    assert medium.height is not None
    width = max(1, medium.width)
    told: list[Line] = []
    found = Rows(())
    for form in FORMS:
        told = [Line(text) for text in totals(analysis, form, width)]
        room = medium.height - around - len(told) - BESIDE - PROMPT
        found, left = _with_room(rows, room, width)
        if left >= (ENOUGH_ROWS if found.folded else len(found.columns[0].cells)):
            break
    return told, found


def _with_room(rows: Callable[[int], Rows], room: int, width: int) -> tuple[Rows, int]:
    """The rows for which there is room, and how many that are: what must be said of them takes room
    too."""
    said = 0
    while True:
        found = rows(max(LEAST_ROWS, room - said))
        before, said = said, len(wrap(found.folded, width))
        if said <= before:
            return found, room - said


def _title(analysis: Analysis, width: int) -> list[Line]:
    """Name and shapes, few of many inputs and outputs."""
    title = list(heading(analysis.network, width, fold=True))
    if analysis.network.batch != 1:
        title[0] = title[0]._replace(text=f"{title[0].text}   batch {analysis.network.batch}")
    if all(width_of(line.text) <= width for line in title):
        return title
    words = " ".join(line.text for line in title)
    return [Line(text, "bold") for text in wrap(words, width, subsequent_indent="  ")]


def folded(layers: int, rows: int, times: int, medium: Medium) -> str:
    """The sentence about what a table of fewer rows than layers leaves out, and about its marks."""
    said = [f"{plural(layers, 'layer')} in {rows} rows"]
    if times > 1:
        said.append(f"x{times}: {times} alike")
    if medium.paint is not None:
        said.append(f"{MOST_COST}: half of the MACs")
    return f"{', '.join(said)}; --all lists all"


def _rows(found: Outline) -> Sequence[LayerCost]:
    return [*found.rows, *([found.others] if found.others else [])]


def _notes(analysis: Analysis, width: int) -> list[Line]:
    """The notes of an analysis, cut to a few lines."""
    texts = [
        text
        for note in notes(analysis, analysis.layers)
        for text in wrap(printable(note), width, subsequent_indent="  ")
    ]
    return [Line(text, "yellow") for text in shortened(texts)]


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
