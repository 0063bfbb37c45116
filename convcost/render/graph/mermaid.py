"""The words of Mermaid's language, and the limits that it has on GitHub and GitLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from convcost.render.graph.flat import End

MOST_EDGES = 280  # of Mermaid up to 10.8, and 500 since; GitHub keeps the limits that it has
MOST_CHARACTERS = 50_000
PLAIN = frozenset(" ._-+/,:·×≥…")  # besides letters and digits


def within_limits(written: Callable[[int], tuple[str, int]], most: int) -> str:
    """A drawing with as many boxes as the limits of Mermaid allow.

    Args:
        written: the text of a drawing of at most so many boxes, and how many edges it has.
        most: boxes to begin with.

    Raises:
        ConvcostError: its inputs and outputs alone are too many.
    """
    edges = 0
    while most:
        text, edges = written(most)
        if edges <= MOST_EDGES and len(text) < MOST_CHARACTERS:
            return text
        most = most * 2 // 3
    raise ConvcostError(
        f"--format mermaid: even in one box, the network has {plural(edges, 'edge')} to inputs and "
        f"outputs, and Mermaid draws {MOST_EDGES}: --format dot has no such limit"
    )


def named(of: End) -> str:
    """The name of a box in the text."""
    return of if isinstance(of, str) else f"n{of}"


def label(lines: Iterable[str]) -> str:
    """A label of several lines."""
    return '"' + "<br>".join(escaped(line) for line in lines) + '"'


def escaped(text: str) -> str:
    """Text that a label has literally: all but plain letters as entities."""
    return "".join(c if c.isalnum() or c in PLAIN else f"#{ord(c)};" for c in printable(text))
