"""The columns of comparisons, for every format that has them."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.layer_cost import LayerCost
from convcost.analysis.compare.comparison import Mark
from convcost.errors import listed, plural
from convcost.field import GLOBAL
from convcost.further_metrics import further, metric_of
from convcost.metrics import COMPARED, FIELD
from convcost.render.parts.bar import bars
from convcost.render.parts.change import difference, percent, ratio
from convcost.render.parts.numbers import exact, figures, rounded, share
from convcost.render.parts.table import Column
from convcost.render.parts.words import described, field_text, shapes
from convcost.render.reports.notes import incomplete, remarked
from convcost.render.spec import merged, written

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.group import Group
    from convcost.analysis.compare.comparison import Comparison, Row
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.errors import Source

    AnyRow = Row[LayerCost] | Row[Group]
    Fields = Mapping[str, Sequence[AxisField]]

WORDS = {
    Mark.ADDED: "added",
    Mark.REMOVED: "removed",
    Mark.CHANGED: "changed",
    Mark.SAME: "as before",
}
"""The fate of a layer in a word."""
OP_ROOM = 20  # for what differs of a layer, in a short form
_SHOWN = frozenset(  # changes that the columns of a row show
    (
        *("op", "kernel_size", "stride", "dilation", "groups", "offset_groups"),
        *("input_shapes", "output_shapes", "out_channels", "out_features"),
    )
)


class Sheet(NamedTuple):
    """The part of a comparison that is printed: ``rows``, of which those ``listed``, and their
    costs by ``metric``. ``by`` says what a row is (``layer``, ``op`` or ``stage``), and ``labels``
    what to call the designs. All that are listed are shown on a terminal too where it is ``whole``,
    and else as many as it has lines for."""

    comparison: Comparison
    labels: Sequence[str]
    by: str
    metric: str
    rows: Sequence[AnyRow]
    listed: Sequence[AnyRow]
    whole: bool = True


class Form(NamedTuple):
    """The form of a table that there is room for: counts rounded or not, the columns missed, and
    whether bars are made of blocks."""

    short: bool = False
    missed: frozenset[str] = frozenset()
    blocks: bool = True

    def has(self, column: str) -> bool:
        """Whether there is room for a column."""
        return column not in self.missed


def total_columns(sheet: Sheet, form: Form, others: Sequence[int]) -> list[Column]:
    """A row a metric, with the totals of the first design and some others."""
    comparison = sheet.comparison
    metrics = [*COMPARED, *map(metric_of, further(comparison.totals))]
    totals = [comparison.totals[metric.name] for metric in metrics]
    names = [metric.name for metric in metrics]
    texts = [_written(name, row, form) for name, row in zip(names, totals, strict=True)]
    texts.append(list(map(field_text, comparison.fields)))
    sizes = [field_size(fields) for fields in comparison.fields]
    return [
        Column("", [*(metric.title for metric in metrics), "field"]),
        *_figures(sheet, form, others, texts, [*totals, sizes], [*names, FIELD]),
    ]


def row_columns(sheet: Sheet, form: Form, others: Sequence[int]) -> list[Column]:
    """A row a layer (or a group of layers), with its costs in the first design and some others."""
    rows, metric = sheet.listed, sheet.metric
    costs = [[row.cost(design, metric) for design in range(len(sheet.labels))] for row in rows]
    texts = [
        ["" if item is None else text for item, text in zip(row.items, written, strict=True)]
        for row, written in zip(rows, (_written(metric, row, form) for row in costs), strict=True)
    ]
    totals = sheet.comparison.totals[metric]
    texts.append(_written(metric, totals, form))
    numbers = _figures(sheet, form, others, texts, [*costs, totals], [metric] * len(texts))
    return [
        Column(title(sheet), [_name(row, form) for row in rows], "total", among=_names(sheet)),
        *_descriptions(sheet, form),
        *(c._replace(cells=c.cells[:-1], total=c.cells[-1]) for c in numbers),
        *_shares(sheet, form, others),
        *_lines(sheet, form),
    ]


def title(sheet: Sheet) -> str:
    """The title of the rows: ``MACs by layer``."""
    return f"{metric_of(sheet.metric).title} by {sheet.by}"


def _figures(
    sheet: Sheet,
    form: Form,
    others: Sequence[int],
    texts: Sequence[Sequence[str]],
    counts: Sequence[Sequence[int | None]],
    metrics: Sequence[str],
) -> list[Column]:
    """The numbers of designs as ``texts`` has them, and what becomes of those of the first one; a
    row is of a metric."""
    labels = [letter(d) for d in range(len(sheet.labels))] if form.short else sheet.labels
    columns = [Column(labels[0], [row[0] for row in texts], number=True)]
    for other in others:
        pairs = [(row[0], row[other]) for row in counts]
        if form.has("value"):
            columns.append(Column(labels[other], [row[other] for row in texts], number=True))
        kinds: dict[str, Callable[[int, int, str], str]] = {
            "difference": lambda a, b, metric: difference(b - a, metric, short=form.short),
            "change": lambda a, b, _: percent(a, b),
            "ratio": lambda a, b, _: ratio(a, b),
        }
        for name, says in kinds.items():
            if form.has(name):
                cells = [
                    "" if a is None or b is None else says(a, b, metric)
                    for (a, b), metric in zip(pairs, metrics, strict=True)
                ]
                short = form.short and name == "difference"
                heading = f"{labels[other]} - {labels[0]}" if short else name
                columns.append(Column(heading, cells, number=True))
    return columns


def letter(design: int) -> str:
    """The name of a design where there is little room: ``A`` for the first."""
    return chr(ord("A") + design) if design < 26 else str(design + 1)


def _written(metric: str, counts: Sequence[int], form: Form) -> list[str]:
    return figures(metric, counts, rounded if form.short else partial(map, exact))


def _descriptions(sheet: Sheet, form: Form) -> Iterator[Column]:
    if sheet.by != "layer":
        counts = [[item.layers if item else 0 for item in row.items] for row in sheet.listed]
        yield Column("layers", [arrow(map(exact, count)) for count in counts], number=True)
        return
    if form.has("op"):
        yield Column("op", [what(row, form) for row in sheet.listed])
    if form.has("output"):
        made = ([shapes(layer.output_shapes) for layer in _layers(row)] for row in sheet.listed)
        yield Column("output", list(map(arrow, made)))


def _shares(sheet: Sheet, form: Form, others: Sequence[int]) -> Iterator[Column]:
    """Of all differences, those of a row: in percent, and as a bar."""

    whole = sum(differing(row, sheet.metric, others) for row in sheet.rows)
    if not whole:
        return
    parts = [differing(row, sheet.metric, others) for row in sheet.listed]
    if form.has("share"):
        yield Column("share", [share(part, whole) for part in parts], number=True)
    yield Column("", bars(parts, blocks=form.blocks))


def differing(row: AnyRow, metric: str, others: Sequence[int]) -> int:
    """By how much a row differs from the first design, in whatever direction, in some others."""
    return sum(abs(row.difference(other, metric)) for other in others)


def _lines(sheet: Sheet, form: Form) -> Iterator[Column]:
    places = [place(row) for row in sheet.listed]
    if form.has("line") and any(places):
        networks = [analysis.network for analysis in sheet.comparison.analyses]
        own = {network.source.path for network in networks if network.source}
        lines = [_where(source, own, form) if source else "" for source in places]
        yield Column("line", lines, number=form.short)


def _where(source: Source, own: Collection[str], form: Form) -> str:
    """A place; in short only its line, with the name of a file that is not a design's own."""
    if not form.short:
        return str(source)
    return f"{'' if source.path in own else PurePath(source.path).name + ':'}{source.line}"


def what(row: AnyRow, form: Form) -> str:
    """The layers of a row: ``conv 3x3 g32``, ``conv 1x1 -> 3x3``. Where they differ in
    what neither this nor shapes show, that follows: ``leaky_relu (negative_slope 0.2 -> 0.1)``."""
    first, *others = dict.fromkeys(map(described, _layers(row)))
    op = first.partition(" ")[0]
    text = " -> ".join((first, *(other.removeprefix(f"{op} ") for other in others)))
    changed = {name: pair for changes in row.changes for name, pair in changes.items()}
    if not changed or not _SHOWN.isdisjoint(changed):
        return text
    said = [*changed] if form.short else changed_fields(changed)
    whole = f"{text} ({', '.join(said)})"
    return whole if not form.short or len(whole) <= OP_ROOM else f"{whole[: OP_ROOM - 1]}…"


def changed_fields(changes: Mapping[str, tuple[object, object]]) -> list[str]:
    """The changes of a layer in words: ``stride 1 -> 2``."""
    return [
        name if name == "inputs" else f"{name} {arrow(map(_value, pair))}"
        for name, pair in changes.items()
    ]


def _value(value: object) -> str:
    return written(merged(value))


def place(row: AnyRow) -> Source | None:
    """Where a layer is written in the file of the last design that has it."""
    return next((layer.layer.origin for layer in reversed(_layers(row))), None)


def _layers(row: AnyRow) -> list[LayerCost]:
    return [item for item in row.present if isinstance(item, LayerCost)]


def arrow(texts: Iterable[str]) -> str:
    """Old and new values, each once: ``64x56x56 -> 32x56x56``."""
    return " -> ".join(dict.fromkeys(texts))


def _names(sheet: Sheet) -> list[str]:
    """The names of all layers of the designs, which those in a table are told from."""
    analyses = sheet.comparison.analyses
    return [layer.name for analysis in analyses for layer in analysis.network.layers]


def _name(row: AnyRow, form: Form) -> str:
    return row.names[-1] if form.short else renamed(row.names)


def renamed(names: Sequence[str]) -> str:
    """One or several dotted names, in braces where they differ, as git writes paths:
    ``stage.{pointwise => standard}.0``."""
    first, *others = words = [name.split(".") for name in names]
    if not others:
        return names[0]
    shortest = min(map(len, words))
    start = next((i for i in range(shortest) if len({w[i] for w in words}) > 1), shortest)
    left = shortest - start
    end = next((i for i in range(left) if len({w[-1 - i] for w in words}) > 1), left)
    middle = " => ".join(".".join(w[start : len(w) - end]) for w in words)
    inside = f"{{{middle}}}" if start or end else middle
    return ".".join((*first[:start], inside, *first[len(first) - end :]))


def field_size(fields: Fields) -> int | None:
    """The size of a receptive field, where it is one along all axes and not the whole map."""
    axes = [axis for input_ in fields.values() for axis in input_]
    sizes = {axis.size for axis in axes}
    whole = any(GLOBAL in axis.flags for axis in axes)
    return sizes.pop() if len(sizes) == 1 and not whole else None


def hidden(sheet: Sheet, *, brief: bool = False) -> Iterator[str]:
    """Notes on rows that are not listed, in one if ``brief``, and on the marks of others."""
    kept = sum(row.same for row in sheet.listed)
    alike = [row for row in sheet.rows if row.same]
    left = len(alike) - kept
    missing = len(sheet.rows) - len(alike) - (len(sheet.listed) - kept)
    if len(alike) == len(sheet.rows):
        left = 0
        yield f"no {sheet.by} differs"
    if brief and missing:
        before = f", and {exact(left)} as before" if left else ""
        more = f"{plural(missing, sheet.by)} more, with smaller differences"
        yield f"{more}{before}: --all lists them"
    else:
        if left:
            others = sum(len(row.names) > 1 for row in alike)
            names = f", {others:,} of them under other names" if others else ""
            yield f"{plural(left, sheet.by)} as before{names}: --all lists them"
        if missing and sheet.whole:
            yield f"{plural(missing, sheet.by)} more: --top"
        elif missing:
            yield f"{plural(missing, sheet.by)} more, with smaller differences: --all lists them"
    if len(sheet.labels) > 2 and sheet.listed:
        whose = "marks, one a design" if brief else "a mark for each design after the first"
        yield f"{whose}: + added, - removed, ~ changed, = as before"


def conventions(sheet: Sheet, shares: bool) -> Iterator[str]:
    """Notes on what figures mean; ``shares``: that column is in the tables."""
    networks = [analysis.network for analysis in sheet.comparison.analyses]
    batches = {network.batch for network in networks}
    samples = listed([plural(batch, "sample") for batch in sorted(batches)])
    yield f"MACs are dense: products with padding included; {samples}"
    others = range(1, len(networks))
    if shares and any(differing(row, sheet.metric, others) for row in sheet.listed):
        yield f"share: of all differences in {metric_of(sheet.metric).title}"


def doubts(sheet: Sheet) -> Iterator[str]:
    """Notes on figures that are not our own, and on those that are not fully known."""
    analyses = sheet.comparison.analyses
    yield from remarked(sheet.labels, analyses)
    for label, analysis in zip(sheet.labels, analyses, strict=True):
        yield from incomplete(analysis.network, f"{label} is incomplete: ")
