"""Mistakes for which models could not be checked, on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.render.report import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.gate.mistakes import Mistake

MOST = 50  # told about one by one, as models are


def head(mistake: Mistake) -> str:
    """Where it is, and what is wrong: ``a.yaml:3:33: op `conv` has no field `kernal_size```."""
    problem = mistake.problem
    if problem.source is None:
        return problem.message.partition("\n")[0]
    path, line, column = problem.source
    return f"{printable(path)}:{line}:{column}: {problem.message}"


def lines(mistake: Mistake) -> Iterator[str]:
    """The lines of a text: without the excerpt, which stands on standard error."""
    yield head(mistake)
    yield from (f"  {note}" for note in _beside(mistake))


def points(mistakes: Sequence[Mistake]) -> Iterator[Item]:
    """The points of a document."""
    for mistake in mistakes[:MOST]:
        yield Item(head(mistake))
        yield from (Item(note, deep=True) for note in _beside(mistake))
    if len(mistakes) > MOST:
        yield Item(f"and {len(mistakes) - MOST:,} mistakes more")


def _beside(mistake: Mistake) -> Iterator[str]:
    yield from mistake.problem.message.split("\n")[1:] if mistake.problem.source is None else ()
    yield from mistake.problem.notes
    if mistake.extent:
        yield mistake.extent
