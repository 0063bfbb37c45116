"""Bars on a terminal: numbers as columns of blocks, exact to an eighth of a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.parts.numbers import large
from convcost.render.parts.table import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.render.parts.plot_chars import PlotChars

WIDEST_BAR = 8


def plot(
    values: Sequence[int],
    chars: PlotChars,
    *,
    width: int,
    height: int,
    ends: tuple[str, str],
    limit: int | None = None,
) -> list[Line]:
    """A bar for each number, or the largest of several where they are too many for the width.

    Args:
        values: numbers of at least 0.
        chars: what to draw with.
        width: columns in all.
        height: lines of the bars.
        ends: what stands below the first and the last of them.
        limit: a height to mark by a line; what is above it has a style of its own.
    """
    top = max(*values, limit or 0, 1)
    marks = {height - 1: large(top)}
    steps = len(chars.bars) - 1
    line = None
    if limit:
        line = (limit * height - 1) // top
        marks[line] = large(limit)
    margin = max(map(len, marks.values()))
    room = max(1, width - margin - 2)
    filled = [-(-value * height * steps // top) for value in _binned(values, room)]
    wide = max(1, min(WIDEST_BAR, room // len(filled)))
    result: list[Line] = []
    for row in range(height - 1, -1, -1):
        cells = [chars.bars[min(steps, max(0, level - row * steps))] for level in filled]
        empty = chars.line if row == line else " "
        if row == 0:
            cells = [
                cell if level else chars.none for cell, level in zip(cells, filled, strict=True)
            ]
        text = "".join(cell * wide for cell in cells).replace(" ", empty)
        over = line is not None and row > line
        label = f"{marks.get(row, ''):>{margin}} {chars.up}"
        result.append(Line((label + text).rstrip(), "yellow" if over else ""))
    return [*result, Line(_below(ends, len(filled) * wide, margin, chars))]


def _binned(values: Sequence[int], room: int) -> list[int]:
    size = -(-len(values) // room)
    return [max(values[first : first + size]) for first in range(0, len(values), size)]


def _below(ends: tuple[str, str], wide: int, margin: int, chars: PlotChars) -> str:
    first, last = ends
    gap = wide - len(first) - len(last)
    text = f"{first}{' ' * gap}{last}" if gap > 0 else f"{first} .. {last}"
    return f"{'':>{margin}} {chars.corner}{text}"
