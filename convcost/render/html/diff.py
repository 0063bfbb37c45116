"""Two networks beside each other: which layer stands for which, and what became of it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from convcost.analysis.compare.comparison import Mark
from convcost.errors import plural
from convcost.metrics import METRICS
from convcost.render.html.element import element, link
from convcost.render.html.graph import graph
from convcost.render.html.tree import SHOWN
from convcost.render.parts.change import difference
from convcost.render.parts.words import described, shapes
from convcost.render.reports.compare.sheet import WORDS, changed_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.compare.comparison import Changes, Comparison, Row
    from convcost.render.html.element import Element, Node

STYLES = {Mark.ADDED: "is-green", Mark.REMOVED: "is-red", Mark.CHANGED: "is-yellow"}
OUTLINES = "Outlines: green where added, dashed red where removed, amber where changed."
AROUND = 1
"""Layers that are as before and stand beside a change, so that its place is seen."""


def diff(rows: Sequence[Row[LayerCost]], labels: Sequence[str], other: int) -> Sequence[Node]:
    """The layers of the first design and of another in one order; those that are as before are
    folded away, but for those beside a change."""
    present = [row for row in rows if row.marks[other - 1] is not Mark.ABSENT]
    counted = Counter(row.marks[other - 1] for row in present)
    said = [f"{counted[mark]} {word}" for mark, word in WORDS.items() if counted[mark]]
    heads = [labels[0], labels[other], *(METRICS[metric].title for metric in SHOWN)]
    head = element(
        "div",
        {"class": "d heads", "aria-hidden": "true"},
        element("span"),
        *(element("b", {}, word) for word in heads),
    )
    items = [*_items(present, other)]
    return [
        element("p", {}, f"Layers: {', '.join(said)}."),
        element("div", {"class": "diff"}, head, element("ol", {}, *items)),
    ]


def _items(rows: Sequence[Row[LayerCost]], other: int) -> Iterator[Element]:
    differs = [row.marks[other - 1] is not Mark.SAME for row in rows]
    shown = [any(differs[max(0, at - AROUND) : at + AROUND + 1]) for at in range(len(rows))]
    numbered = zip(rows, shown, strict=True)
    for visible, run in groupby(numbered, lambda pair: pair[1]):
        items = [_item(row, other) for row, _ in run]
        if visible or len(items) == 1:
            yield from items
            continue
        summary = element("summary", {}, f"{plural(len(items), 'layer')} as before")
        yield element("li", {}, element("details", {}, summary, element("ol", {}, *items)))


def _item(row: Row[LayerCost], other: int) -> Element:
    mark = row.marks[other - 1]
    before, after = row.items[0], row.items[other]
    changes = changed_fields(_unseen(row.changes[other - 1]))
    cells = (
        _difference(row.difference(other, metric), mark, _known((before, after), metric))
        for metric in SHOWN
    )
    told = [element("span", {"class": "said"}, ", ".join(changes))] if changes else []
    return element(
        "li",
        {"class": f"d {STYLES.get(mark, '')}".strip()},
        element("span", {"class": "mark", "title": WORDS[mark]}, mark.value),
        _layer(before),
        _layer(after),
        *cells,
        *told,
    )


def _unseen(changes: Changes) -> Changes:
    """Changes without the shapes that stand beside the names, and those that these follow from."""
    seen = {"output_shapes", "input_shapes"} if "output_shapes" in changes else set[str]()
    return {name: pair for name, pair in changes.items() if name not in seen}


def _known(layers: Sequence[LayerCost | None], metric: str) -> bool:
    return all(layer is None or metric not in layer.uncounted for layer in layers)


def _layer(cost: LayerCost | None) -> Element:
    if cost is None:
        return element("span", {"class": "n"})
    says = " ".join((described(cost), shapes(cost.output_shapes)))
    return element("span", {"class": "n"}, link(cost.name), element("i", {}, says))


def _difference(count: int, mark: Mark, known: bool) -> Element:
    text = "" if mark is Mark.SAME else "?" if not known else difference(count, short=True)
    return element("b", {}, text)


def graphs(comparison: Comparison, labels: Sequence[str]) -> Sequence[Node]:
    """The graphs of all designs, with an outline for what is added, removed and changed."""
    drawn = (
        element(
            "figure",
            {},
            element("figcaption", {}, label),
            graph(comparison.analyses[design], label, _places(comparison, design)),
        )
        for design, label in enumerate(labels)
    )
    return [
        element("p", {"class": "dim"}, OUTLINES),
        element("div", {"class": "beside"}, *drawn),
    ]


def _places(comparison: Comparison, design: int) -> dict[str, Sequence[int]]:
    """The places of layers that another design has not, or has otherwise, by what became of them:
    in the first design of those that any other lacks."""
    places = {cost.name: at for at, cost in enumerate(comparison.analyses[design].layers)}
    found: dict[str, list[int]] = {WORDS[mark]: [] for mark in STYLES}
    for row in comparison.rows:
        item = row.items[design]
        marks = row.marks if design == 0 else row.marks[design - 1 : design]
        for mark in dict.fromkeys(marks):
            if item is not None and mark in STYLES:
                found[WORDS[mark]].append(places[item.name])
    return {name: sorted(some) for name, some in found.items()}
