"""Markdown of our own documentation as elements."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from convcost.render.html.element import Markup, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

KEPT = "https://"
"""Links that lead anywhere; others are of a folder that the page does not stand in."""


def rendered(text: str) -> Markup:
    """Markdown as HTML: none of its own is taken over, and links within a documentation are
    text."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    made.add_render_rule("link_open", _opening)
    made.add_render_rule("link_close", _closing)
    return Markup(made.render("\n".join(map(shown, text.split("\n")))))


def _opening(_: Any, tokens: Sequence[Token], at: int, *__: object) -> str:
    target = str(tokens[at].attrs.get("href", ""))
    return f'<a href="{escape(target)}">' if _leads(tokens, at) else ""


def _closing(_: Any, tokens: Sequence[Token], at: int, *__: object) -> str:
    opening = max(i for i in range(at) if tokens[i].type == "link_open")
    return "</a>" if _leads(tokens, opening) else ""


def _leads(tokens: Sequence[Token], at: int) -> bool:
    target = str(tokens[at].attrs.get("href", ""))
    return target.startswith(KEPT)
