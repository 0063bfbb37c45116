"""The frame of a page: one file that asks nothing of a network, under a policy that forbids it."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from convcost.render.html.element import Markup, element, html

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.render.html.element import Node

STYLE = "page.css"
SCRIPT = "page.js"
WATCH = "watch.js"
"""Asks whoever serves the page for changes."""


def document(
    title: str, body: Iterable[Node], *, styles: Sequence[str] = (), served: int = 0
) -> str:
    """A whole page.

    Args:
        title: of the window.
        body: what is on the page.
        styles: what its views need beside the style of all pages.
        served: its number, if it is served and asks for later ones. No other page connects to
            anything.
    """
    scripts = [file_text(SCRIPT), *([file_text(WATCH)] if served else [])]
    style = "".join((file_text(STYLE), *styles))
    policy = _policy([style], scripts, served=bool(served))
    head = [
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        *([element("meta", {"name": "number", "content": served})] if served else []),
        element("title", {}, title),
        element("style", {}, Markup(style)),
    ]
    last = [element("script", {}, Markup(script)) for script in scripts]
    page = element(
        "html", {"lang": "en"}, element("head", {}, *head), element("body", {}, *body, *last)
    )
    return f"<!DOCTYPE html>\n{html([page])}\n"


@cache
def file_text(name: str) -> str:
    """A style or a script that lies beside this file."""
    return files("convcost.render.html").joinpath(name).read_text("utf-8")


def _policy(styles: Sequence[str], scripts: Sequence[str], *, served: bool) -> str:
    """The policy of a page: its own style and scripts by their hashes, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(map(_hash, styles))}",
            f"script-src {' '.join(map(_hash, scripts))}",
            *(["connect-src 'self'"] if served else []),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
