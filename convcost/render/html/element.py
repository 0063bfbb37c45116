"""Elements of a page, written so that no text of a user's file is ever taken for markup."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from convcost.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"[A-Za-z0-9#%.:=_-]+")

VOID = frozenset(("meta",))
SHAPES = frozenset(("circle", "line", "path", "rect"))
"""Elements of SVG, which are closed where they open."""
LAYER = "layer="
"""A link to a layer is ``#layer=NAME``, also while no script runs."""


class Markup(NamedTuple):
    """Text that is HTML already, and made by code alone."""

    html: str


class Element(NamedTuple):
    """An element. Attributes are written in their order; one that is ``True`` has no value, and
    ``None`` or ``False`` leaves it out."""

    tag: str
    attributes: Mapping[str, str | int | bool | None]
    children: tuple[Node, ...] = ()


Node = str | Markup | Element
Attributes = dict[str, "str | int | bool | None"]


def element(
    tag: str, attributes: Mapping[str, str | int | bool | None] | None = None, *children: Node
) -> Element:
    """An element.

    Raises:
        ValueError: an attribute would run a script, style the element (the page's policy forbids
            it), or lead away from the page.
    """
    given = attributes or {}
    for name, value in given.items():
        leaves = name in ("href", "src") and not str(value).startswith("#")
        if name.startswith("on") or name == "style" or leaves:
            raise ValueError(f"<{tag}>: a page has no attribute {name}={value!r}")
    return Element(tag, given, children)


def shown(text: str) -> str:
    """Text as a page shows it: no character that cannot be seen or turns others round."""
    return printable(text)


def anchor(name: str) -> str:
    """The id of a layer's own row, to which links lead."""
    return f"{LAYER}{shown(name)}"


def link(name: str, *children: Node, **attributes: str) -> Element:
    """A link to a layer, which chooses it in all views."""
    href = f"#{LAYER}{quote(shown(name), safe='/:@!$()*,;~')}"
    return element("a", {"href": href, **attributes}, *(children or (name,)))


def html(nodes: Iterable[Node]) -> str:
    """Nodes as text."""
    return "".join(_written(nodes))


def _written(nodes: Iterable[Node]) -> Iterator[str]:
    """The text of nodes, however deep they are."""
    left: list[Iterator[Node]] = [iter(nodes)]
    ends = [""]
    while left:
        node = next(left[-1], None)
        if node is None:
            left.pop()
            yield ends.pop()
        elif isinstance(node, str):
            yield escape(shown(node), quote=False)
        elif isinstance(node, Markup):
            yield node.html
        else:
            empty = node.tag in SHAPES and not node.children
            yield f"<{node.tag}{_attributes(node.attributes)}{' /' if empty else ''}>"
            if not empty and node.tag not in VOID:
                left.append(iter(node.children))
                ends.append(f"</{node.tag}>")


def _attributes(given: Mapping[str, str | int | bool | None]) -> str:
    known = ((k, value) for k, value in given.items() if value is not None and value is not False)
    return "".join(
        f" {name}" if value is True else f" {name}={_value(shown(str(value)))}"
        for name, value in known
    )


def _value(text: str) -> str:
    """The value of an attribute, which needs no quotes where it is one plain word."""
    return text if _WORD.fullmatch(text) else f'"{escape(text)}"'
