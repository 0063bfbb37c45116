"""Sentences in lines, for pages of ``explain``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from convcost.render.parts.table import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDEST = 100  # of sentences, where nothing else limits them
INDENT = "  "


def room_of(width: int | None) -> int:
    """The columns that sentences may take."""
    return max(40, min(width or WIDEST, WIDEST))


def sentences(text: str, width: int | None) -> Iterator[Line]:
    """A paragraph (or a list, a line a point) in lines."""
    for part in text.split("\n"):
        hanging = INDENT if part.startswith("* ") else ""
        room = room_of(width)
        yield from map(Line, textwrap.wrap(part, room, subsequent_indent=hanging))
