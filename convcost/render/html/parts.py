"""Parts of a page as elements that say what they are: headings, tables with heads, lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from convcost.render.html.element import Element, Markup, anchor, element, link
from convcost.render.report import (
    Bounded,
    Drawing,
    Fold,
    Heading,
    Items,
    Paragraph,
    Table,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.render.html.element import Node
    from convcost.render.parts.table import Column
    from convcost.render.report import Item, Part

_QUOTED = re.compile(r"`([^`\n]+)`")
NAME = "convcost"
MANY_ROWS = 100
"""Rows that a browser draws as they come into view."""
OF_LAYERS = "layer"
"""The first heading of a table whose rows are layers, which can be chosen."""


def title(page: Sequence[Part]) -> str:
    """The title of a window: the first heading of its page."""
    first = next((heading.text for heading in _headings(page) if heading.text), "")
    return f"{first} - {NAME}" if first else NAME


def body(page: Sequence[Part]) -> Iterator[Node]:
    """A header, and all parts as the main part of the page."""
    views = [part for part in page if isinstance(part, View)]
    if views:
        links = (element("a", {"href": f"#{view.name}"}, view.title) for view in views)
        yield element("nav", {"aria-label": "Views"}, *links)
    headed = any(not heading.level for heading in _headings(page))
    first = [] if headed else [element("h1", {}, NAME)]
    yield element("main", {}, *first, *elements(page))


def _headings(parts: Iterable[Part]) -> Iterator[Heading]:
    for part in parts:
        if isinstance(part, Heading):
            yield part
        elif isinstance(part, Bounded):
            yield from _headings(part.parts)


def styles(page: Sequence[Part]) -> list[str]:
    """Return the style sheets that the views of a page need, each once."""
    return [*dict.fromkeys(part.style for part in page if isinstance(part, View))]


def elements(parts: Iterable[Part]) -> Iterator[Node]:
    """Parts as elements, in their order. Ids of layers stand in the first table that has them."""
    known: set[str] = set()
    for part in parts:
        yield from _part(part, known)


def _part(part: Part, known: set[str]) -> Iterator[Node]:
    match part:
        case Heading():
            yield element(f"h{min(6, part.level + 1)}", {}, *sentence(part.text))
        case Paragraph():
            yield _paragraph(part)
        case Table():
            yield table(part, known)
        case Items():
            yield _items(part)
        case Drawing():
            yield from _drawing(part)
        case Fold():
            inside = (node for one in part.parts for node in _part(one, known))
            yield element("details", {}, element("summary", {}, part.title), *inside)
        case Bounded():
            for one in part.parts:
                yield from _part(one, known)
        case View():
            head = element("h2", {}, part.title)
            yield element("section", {"id": part.name}, head, *part.nodes)
        case _:
            assert_never(part)


def _paragraph(part: Paragraph) -> Node:
    if part.markup:
        from convcost.render.html.markup import rendered

        return rendered(part.text)
    return element("p", _class(part.style), *_lines(part.text.split("\n")))


def _lines(texts: Sequence[str]) -> Iterator[Node]:
    for number, text in enumerate(texts):
        if number:
            yield Markup("<br>")
        yield from sentence(text)


def sentence(text: str) -> Iterator[Node]:
    """A text as nodes: words between backticks are of a file or a command."""
    for number, part in enumerate(_QUOTED.split(text)):
        yield element("code", {}, part) if number % 2 else part


def table(part: Table, known: set[str] | None = None) -> Element:
    """A table in a frame that scrolls alone where it is too wide; ``known`` are layers whose ids
    stand elsewhere."""
    known = set() if known is None else known
    columns = part.columns
    layers = columns[0].heading == OF_LAYERS
    head = [_head(column) for column in columns]
    marked = bool(part.marks)
    if marked:
        head.insert(0, element("th", {"scope": "col"}, "change"))
    rows = [_row(part, number, layers, known) for number in range(len(columns[0].cells))]
    groups = [element("thead", {}, element("tr", {}, *head)), element("tbody", {}, *rows)]
    if any(column.total for column in columns):
        cells = [element("td", _number(column), column.total) for column in columns]
        cells = [element("td"), *cells] if marked else cells
        groups.append(element("tfoot", {}, element("tr", {}, *cells)))
    table = element("table", {"class": "layers" if layers else None}, *groups)
    many = len(rows) > MANY_ROWS
    about = {"class": "wide long" if many else "wide", "role": "region", "tabindex": 0}
    return element("div", {**about, "aria-label": f"Table by {columns[0].heading or 'row'}"}, table)


def _head(column: Column) -> Element:
    if not column.heading:
        return element("td")
    return element("th", {"scope": "col", **_number(column)}, column.heading)


def _row(part: Table, number: int, layers: bool, known: set[str]) -> Element:
    first, *others = part.columns
    name = first.cells[number]
    style = part.styles[number] if number < len(part.styles) else ""
    attributes = _class(style)
    if layers and name not in known:
        known.add(name)
        attributes["id"] = anchor(name)
    shown = link(name) if layers else name
    cells = [element("th", {"scope": "row", **_number(first)}, shown)]
    if part.marks:
        mark = part.marks[number] if number < len(part.marks) else ""
        cells.insert(0, element("td", {"class": "mark"}, mark))
    for column in others:
        painted = column.styles[number] if column.styles else ""
        cells.append(element("td", _class(painted, column.number), column.cells[number]))
    return element("tr", attributes, *cells)


def _number(column: Column) -> dict[str, str | int | bool | None]:
    return {"class": "num"} if column.number else {}


def _class(
    style: str, number: bool = False, *, deep: bool = False
) -> dict[str, str | int | bool | None]:
    words = [f"is-{word}" for word in style.split()]
    words += [word for word, given in (("num", number), ("deep", deep)) if given]
    return {"class": " ".join(words)} if words else {}


def _items(part: Items) -> Element:
    """A list; one whose points stand under words is a list of those and what is said of them."""
    if part.words:
        return element("dl", {}, *(node for item in part.items for node in _said(item)))
    points = (
        element("li", _class(item.style, deep=item.deep), *sentence(item.text))
        for item in part.items
    )
    return element("ul", {}, *points)


def _said(item: Item) -> Iterator[Element]:
    if item.word:
        yield element("dt", _class(item.style), item.word)
    yield element("dd", {}, *sentence(item.text))


def _drawing(part: Drawing) -> Iterator[Node]:
    text = "\n".join(line.text for line in part.lines)
    shown: list[Node] = [Markup("\n"), *_kept(text)]
    figure = element(
        "pre", {"tabindex": 0, "role": "region", "aria-label": part.title or "Drawing"}, *shown
    )
    if part.title:
        yield element("figure", {}, element("figcaption", {}, part.title), figure)
        return
    yield figure


def _kept(text: str) -> Iterator[Node]:
    for number, line in enumerate(text.split("\n")):
        if number:
            yield Markup("\n")
        yield line
