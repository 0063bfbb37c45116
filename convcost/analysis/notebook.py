"""Tables for notebooks, which ask an answer for its HTML. They are made here and not with the other
reports, because an answer cannot know who reports it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple, Protocol

from convcost.analysis.analyze.layer_cost import BLOCK
from convcost.errors import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.network import Network

MOST_ROWS = 40
SHOWN = ("params", "macs")


class Analyzed(Protocol):
    """An analysis, as far as its table needs it."""

    @property
    def network(self) -> Network:
        """The network."""
        ...

    @property
    def layers(self) -> Sequence[LayerCost]:
        """Its layers with their costs."""
        ...

    @property
    def totals(self) -> Mapping[str, int]:
        """The totals by metric."""
        ...


class Layers(Protocol):
    """A row of a comparison, as far as its table needs it."""

    @property
    def present(self) -> Sequence[LayerCost]:
        """The layers that are there."""
        ...

    @property
    def items(self) -> Sequence[LayerCost | None]:
        """For each design its layer, None where it has none."""
        ...

    @property
    def marks(self) -> Sequence[str]:
        """For each further design, the mark that says whether the layer changed, is new or is
        gone."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """Its names, each once."""
        ...

    @property
    def changes(self) -> Sequence[Mapping[str, object]]:
        """For each further design, the fields that differ."""
        ...

    @property
    def same(self) -> bool:
        """Whether it is alike in all designs."""
        ...

    def difference(self, design: int, metric: str) -> int:
        """Its cost in a design less that in the first."""
        ...


class Compared(Protocol):
    """A comparison, as far as its table needs it."""

    @property
    def analyses(self) -> Sequence[Analyzed]:
        """The designs."""
        ...

    @property
    def totals(self) -> Mapping[str, Sequence[int]]:
        """The totals by metric, a number a design."""
        ...

    @property
    def rows(self) -> Sequence[Layers]:
        """The layers side by side."""
        ...


class Table(NamedTuple):
    """A title, headings and rows, the last row with the totals; the first ``words`` columns hold
    words, and the others numbers. ``notes`` stand below."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int
    notes: Sequence[str] = ()

    def html(self) -> str:
        """The table as HTML."""
        *body, total = self.rows
        rows = [_row("th", self.head, self.words), *(_row("td", row, self.words) for row in body)]
        rows.append(_row("th", total, self.words))
        below = "".join(f"<p>{_text(note)}</p>" for note in self.notes)
        return f"<table><caption>{_text(self.title)}</caption>{''.join(rows)}</table>{below}"


def of_analysis(analysis: Analyzed) -> str:
    """The layers of a network with their shapes, parameters and MACs, folded where there are many,
    and the totals."""
    from convcost.analysis.analyze.outline import outlined

    outline = outlined(analysis.layers, MOST_ROWS)
    rows = [
        *outline.rows,
        *([outline.others._replace(name="others")] if outline.others is not None else []),
    ]
    cells = [(*_words(row), *(_count(row, metric) for metric in SHOWN)) for row in rows]
    total = ("total", "", "", *(f"{analysis.totals[metric]:,}" for metric in SHOWN))
    notes = [f"not counted: {said}" for said in analysis.network.unknown]
    if len(rows) < len(analysis.layers):
        folded = f"{plural(len(analysis.layers), 'layer')} in {plural(len(rows), 'row')}"
        notes.insert(0, f"{folded}; ×2 is two alike")
    head = ("layer", "op", "output", "params", "MACs")
    return Table(analysis.network.name, head, [*cells, total], 3, notes).html()


def of_comparison(comparison: Compared) -> str:
    """The layers that differ with what each design has of them, those with most MACs between them,
    and the totals."""
    names = [analysis.network.name for analysis in comparison.analyses]
    numbers = range(len(names))
    differ = [row for row in comparison.rows if not row.same]
    sizes = [-max(abs(row.difference(design, "macs")) for design in numbers) for row in differ]
    largest = sorted(sorted(range(len(differ)), key=sizes.__getitem__)[:MOST_ROWS])
    rows = [_compared(differ[at], numbers) for at in largest]
    beside = (f"{comparison.totals[metric][n]:,}" for metric in SHOWN for n in numbers)
    head = (
        "",
        "layer",
        "what",
        *(f"{word} {n + 1}" for word in ("params", "MACs") for n in numbers),
    )
    notes = [f"{n + 1}: {name}" for n, name in enumerate(names)]
    for name, analysis in zip(names, comparison.analyses, strict=True):
        notes += [f"not counted of {name}: {said}" for said in analysis.network.unknown]
    same = len(comparison.rows) - len(differ)
    more = f", and {len(differ) - len(rows):,} more differ less" if differ[MOST_ROWS:] else ""
    notes.append(f"{plural(same, 'layer')} the same{more}")
    title = " / ".join(names)
    return Table(title, head, [*rows, ("", "total", "", *beside)], 3, notes).html()


def _compared(row: Layers, designs: range) -> Sequence[str]:
    """A layer of the designs: its marks, its names, what differs, and its counts in each."""
    ops = dict.fromkeys(item.op for item in row.present)
    changed = dict.fromkeys(name for changes in row.changes for name in changes)
    what = f"{' -> '.join(ops)}: {', '.join(changed)}" if changed else " -> ".join(ops)
    counts = (
        "" if (item := row.items[design]) is None else _count(item, metric)
        for metric in SHOWN
        for design in designs
    )
    return ("".join(row.marks), " -> ".join(row.names), what, *counts)


def _words(row: LayerCost) -> Sequence[str]:
    op = plural(row.layers, "layer") if row.op == BLOCK else row.op
    times = f" ×{row.times}" if row.times > 1 else ""
    shapes = " ".join("x".join(map(str, shape)) for shape in row.output_shapes)
    return row.name, op + times, shapes


def _count(row: LayerCost, metric: str) -> str:
    return "?" if metric in row.uncounted else f"{row.counts[metric]:,}"


def _row(cell: str, texts: Iterable[str], words: int) -> str:
    return f"<tr>{''.join(_cells(cell, texts, words))}</tr>"


def _cells(cell: str, texts: Iterable[str], words: int) -> Iterator[str]:
    for number, text in enumerate(texts):
        side = "left" if number < words else "right"
        yield f'<{cell} style="text-align: {side}">{_text(text)}</{cell}>'


def _text(text: str) -> str:
    return escape(printable(text))
