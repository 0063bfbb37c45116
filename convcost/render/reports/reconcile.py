"""The report of ``reconcile``: from our MACs to the totals of other tools."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.analysis.reconcile.reconcile import steps
from convcost.errors import listed, plural, printable
from convcost.render.parts.numbers import exact
from convcost.render.parts.table import Column
from convcost.render.report import Document, Heading, Item, Items, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION, network_entry
from convcost.render.reports.notes import heading, incomplete, names_of
from convcost.render.reports.reconcile_fitted import Shown, fitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.reconcile.counted import Counted, CountedLayer
    from convcost.analysis.reconcile.reconcile import Reconciled, Step
    from convcost.render.report import Medium, Part

MOST_UNKNOWN = 5  # layers that are named
PIPED = 120  # columns of a page that no terminal shows


def report(found: Reconciled, *, steps: bool, layers: bool, everything: bool = False) -> Report:
    """The report of a network as tools count it.

    Args:
        found: what to report.
        steps: whether each tool is shown step by step, or in a line.
        layers: whether layers that a tool counts otherwise are listed.
        everything: whether a terminal shows all of that, whatever its height.
    """
    whole = Shown(steps or layers, layers=None if layers else 0)

    def shown(medium: Medium) -> Iterable[Part]:
        if medium.height is None or everything:
            return _page(found, medium, whole)
        counts = [len(_otherwise(tool)) for tool in found.tools]
        return fitted(partial(_page, found, medium), counts, whole, medium)

    return Report(
        page=shown,
        document=lambda: Document(_document(found)),
        records=lambda: _records(found),
    )


def head(found: Reconciled, medium: Medium, *, fold: bool = False) -> Heading:
    """Name and shapes, few of many if ``fold``."""
    network = found.analysis.network
    if medium.paged:
        return Heading(network.name)
    return Heading(network.name, lines=list(heading(network, medium.width, fold=fold)))


def _page(found: Reconciled, medium: Medium, shown: Shown) -> Iterator[Part]:
    """A page with some parts."""
    yield head(found, medium, fold=not shown.shapes)
    if shown.each:
        for tool in found.tools:
            yield from _of_tool(found, tool, shown)
    else:
        yield from _overview(found, medium, shown)
    for note in _notes(found, assumed=shown.each):
        yield Paragraph(note, "yellow", "  ", wrapped=True, gap=False)


class _Row(NamedTuple):
    """A total, and the steps to it, the largest first."""

    name: str
    total: int
    hows: Sequence[str]
    assumed: bool = False


def _overview(found: Reconciled, medium: Medium, shown: Shown) -> Iterator[Part]:
    """A row a tool, or a total: those that are the same as another are told below."""
    macs = found.analysis.totals["macs"]
    ours = _Row("convcost.macs", macs, ["products, padding included"])
    rows = [ours, *map(_row, found.tools)]
    first = {row.total: row for row in reversed(rows)}
    kept = rows if shown.same else [row for row in rows if first[row.total] is row]
    yield Table(_totals(kept, macs, medium), gap=shown.same)
    if any(row.assumed for row in rows):
        yield Paragraph(
            "~: another total where functions, and not modules, compute some of its steps",
            "yellow",
            "  ",
            wrapped=True,
            gap=shown.same,
        )
    further = [_same(kept, rows)] if len(kept) < len(rows) else []
    further += ["`--tool NAME` shows its steps"] if shown.hint else []
    if further:
        yield Paragraph("; ".join(further), "", "  ", wrapped=True, gap=False)


def _same(kept: Sequence[_Row], rows: Sequence[_Row]) -> str:
    """The sentence that names omitted rows with the same total as one that is kept."""
    said: list[str] = []
    for one in kept:
        others = [row.name for row in rows if row.total == one.total and row is not one]
        if others:
            said.append(f"{', '.join(others)} as {one.name}")
    return f"same totals: {'; '.join(said)}"


def _totals(rows: Sequence[_Row], macs: int, medium: Medium) -> list[Column]:
    columns = [
        Column("count", [row.name for row in rows]),
        Column("total", [exact(row.total) for row in rows], number=True),
        Column("", ["~" if row.assumed else "" for row in rows]),
        Column("/ MACs", [_ratio(row.total, macs) for row in rows], number=True),
    ]
    room = None if medium.paged else (medium.width or PIPED) - 2 - _width(columns)
    return [*columns, Column("beside our MACs", [_fitted(row.hows, room) for row in rows])]


def _ratio(total: int, macs: int) -> str:
    return f"{total / macs:.3f}" if macs else ""


def _width(columns: Sequence[Column]) -> int:
    return sum(max(map(len, (c.heading, *c.cells))) + 2 for c in columns) - 2


def _fitted(hows: Sequence[str], room: int | None) -> str:
    """As many of them as there is room for, and how many more there are."""
    for kept in range(len(hows), 0, -1):
        more = len(hows) - kept
        text = ", ".join(hows[:kept]) + (f", {more} more" if more else "")
        if room is None or len(text) <= room:
            return text
    return f"{hows[0][: max(0, room - 3)].rstrip()}..." if hows and room is not None else ""


def _row(tool: Counted) -> _Row:
    doubled = tool.convention.times != 1 and tool.products
    times = [f"x {tool.convention.times}"] if doubled else []
    largest = sorted(steps(tool), key=lambda step: -abs(step.adds))
    signed = [f"{'+' if step.adds > 0 else '-'} {step.name}" for step in largest]
    return _Row(tool.convention.metric, tool.total, [*times, *signed], bool(tool.assumed))


def _of_tool(found: Reconciled, tool: Counted, shown: Shown) -> Iterator[Part]:
    """The steps of one tool, and the layers."""
    convention = tool.convention
    yield Heading(f"{convention.metric}: {convention.tool}", 1)
    if shown.steps:
        yield Table(_waterfall(found, tool))
    whys = [
        Item(printable(f"{step.name}: {'a fault: ' if step.fault else ''}{step.why}"))
        for step in steps(tool)
        if step.why
    ]
    if whys and shown.whys:
        yield Items(whys)
    if convention.says and shown.says:
        yield Paragraph(convention.says, wrapped=True)
    if shown.layers != 0:
        yield Table(_layers(found, tool, shown.layers))


def _waterfall(found: Reconciled, tool: Counted) -> list[Column]:
    convention, macs = tool.convention, found.analysis.totals["macs"]
    names, layers, counts = ["our MACs"], [""], [exact(macs)]
    if convention.times != 1:
        names.append(f"x {convention.times}")
        layers.append("")
        counts.append(f"{tool.products - macs:+,}")
    for step in steps(tool):
        names.append(step.name)
        layers.append(exact(step.layers))
        counts.append(f"{step.adds:+,}")
    return [
        Column("step", names, convention.metric),
        Column("layers", layers, number=True),
        Column("count", counts, exact(tool.total), number=True),
    ]


def _otherwise(tool: Counted) -> list[CountedLayer]:
    """The layers that a tool counts otherwise than we do."""
    return [layer for layer in tool.layers if layer.counts or not layer.known]


def _layers(found: Reconciled, tool: Counted, most: int | None) -> list[Column]:
    """The layers that a tool counts otherwise than we do: those alone of which that is ``most``."""
    listed_ = _otherwise(tool)
    if most is not None and most < len(listed_):
        from convcost.render.reports.screen import largest  # for terminals only

        apart = [abs(of.total - of.cost.counts["macs"]) for of in listed_]
        listed_ = [listed_[at] for at in largest(apart, most)]
    return [
        Column("layer", [of.cost.name for of in listed_], "total", among=names_of(found.analysis)),
        Column("op", [of.cost.op for of in listed_]),
        Column(
            "MACs",
            [exact(of.cost.counts["macs"]) for of in listed_],
            exact(found.analysis.totals["macs"]),
            number=True,
        ),
        Column(
            tool.convention.metric,
            [exact(of.total) if of.known else "?" for of in listed_],
            exact(tool.total),
            number=True,
        ),
        Column("step", [", ".join(_terms(of)) for of in listed_]),
    ]


def _terms(layer: CountedLayer) -> list[str]:
    return [count.term.name for count in layer.counts]


def _notes(found: Reconciled, *, assumed: bool) -> Iterator[str]:
    """Notes below the table; ``assumed``: also about layers that are modules only by assumption."""
    unknown: dict[str, list[str]] = {}
    for tool in found.tools:
        name = tool.convention.metric
        open_ = [f"{-step.assumed:+,} for {step.name}" for step in steps(tool) if step.assumed]
        if open_ and assumed:
            yield f"{name}: where functions compute it, and not modules: {listed(open_)}"
        if tool.unknown:
            some = listed([printable(of.cost.name) for of in tool.unknown[:MOST_UNKNOWN]])
            more = len(tool.unknown) - MOST_UNKNOWN
            others = f" and {more} more" if more > 0 else ""
            said = f"{plural(len(tool.unknown), 'layer')} ({some}{others})"
            unknown.setdefault(said, []).append(name)
    for layers, names in unknown.items():
        counts = "it counts" if len(names) == 1 else "they count"
        yield f"{listed(names)}: not known how {counts} {layers}: taken as our MACs"
    yield from incomplete(found.analysis.network, "incomplete: ")


def _document(found: Reconciled) -> dict[str, Any]:
    return {
        "convcost": VERSION,
        "network": network_entry(found.analysis.network),
        "complete": found.analysis.complete,
        "macs": found.analysis.totals["macs"],
        "tools": [_tool_entry(tool) for tool in found.tools],
    }


def _tool_entry(tool: Counted) -> dict[str, Any]:
    convention = tool.convention
    return {
        "name": convention.name,
        "tool": convention.tool,
        "metric": convention.metric,
        "total": tool.total,
        "times": convention.times,
        "products": tool.products,
        "steps": [_step_entry(step) for step in steps(tool)],
        "layers": [_layer_entry(layer) for layer in tool.layers],
        "unknown": [layer.cost.name for layer in tool.unknown],
        "sources": list(convention.sources),
    }


def _step_entry(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "count": step.adds,
        "layers": step.layers,
        "fault": step.fault,
        "why": step.why,
        "assumed": step.assumed,
    }


def _layer_entry(layer: CountedLayer) -> dict[str, Any]:
    return {
        "name": layer.cost.name,
        "op": layer.cost.op,
        "macs": layer.cost.counts["macs"],
        "total": layer.total if layer.known else None,
        "steps": {count.term.name: count.value for count in layer.counts},
    }


def _records(found: Reconciled) -> Records:
    """A record a layer: our MACs and the total of each tool."""
    rows: Iterable[Iterable[object]] = (
        (
            cost.name,
            cost.op,
            cost.counts["macs"],
            *(
                tool.layers[number].total if tool.layers[number].known else ""
                for tool in found.tools
            ),
        )
        for number, cost in enumerate(found.analysis.layers)
    )
    head = ("layer", "op", "macs", *(tool.convention.metric for tool in found.tools))
    return Records(head, rows)
