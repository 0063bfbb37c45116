"""Pages on one screen: as much as a terminal has room for, and what is left out, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.formats.page.text import lines
from convcost.render.report import Paragraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from convcost.render.report import Medium, Part

PROMPT = 1  # the line that a shell writes next
LEAST_ROWS = 4  # of a table, however low a terminal is


def over(parts: Iterable[Part], medium: Medium) -> int:
    """The number of lines for which a terminal has no room; none where nothing limits them."""
    if medium.height is None:
        return 0
    return max(0, sum(1 for _ in lines(parts, medium.width)) + PROMPT - medium.height)


def first_fitting(pages: Iterable[Iterable[Part]], medium: Medium) -> Sequence[Part]:
    """The first of some pages that a terminal has room for; the last where it has for none."""
    page: list[Part] = []
    for page in map(list, pages):
        if not over(page, medium):
            break
    return page


def with_rows(
    page: Callable[[int], Iterable[Part]], most: int, medium: Medium, least: int = LEAST_ROWS
) -> Sequence[Part]:
    """A page with as many rows as a terminal has room for, ``most`` of them or fewer."""
    rows = most if medium.height is None else min(most, max(least, medium.height))
    while True:
        parts = list(page(rows))
        lacking = over(parts, medium)
        if not lacking or rows <= least:
            return parts
        rows = max(least, rows - lacking)


def largest(sizes: Sequence[int], most: int, always: Sequence[int] = ()) -> list[int]:
    """The places of the largest of some sizes, ``most`` of them, in order; ``always`` has places
    that are among them."""
    ranked = sorted(range(len(sizes)), key=lambda at: (at not in always, -sizes[at]))
    return sorted(ranked[:most])


def left_out(what: Sequence[str], said: str = "") -> Paragraph:
    """The line that says what a page leaves out, and what else its rows want to be said."""
    told = f"{', '.join(what)} left out{f'; {said}' if said else ''}"
    return Paragraph(f"{told}; --all shows everything", "dim", "  ", wrapped=True, gap=False)
