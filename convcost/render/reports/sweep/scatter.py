"""A scatter of two figures on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.further_metrics import duration, is_time
from convcost.render.parts.numbers import large
from convcost.render.parts.table import Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.render.parts.plot_chars import PlotChars

WIDTH, HEIGHT = 60, 12


def scatter(columns: Mapping[str, Any], x: str, y: str, chars: PlotChars) -> Sequence[Line]:
    """A mark for each place where there are points, the more of them the darker.

    Args:
        columns: figures, a row each point.
        x: the figure from left to right.
        y: the one from below.
        chars: what to draw with.
    """
    pairs = zip(columns[x].tolist(), columns[y].tolist(), strict=True)
    points = [(float(a), float(b)) for a, b in pairs if _known(a, b)]
    if not points:
        return []
    left, right = min(a for a, _ in points), max(a for a, _ in points)
    low, high = min(b for _, b in points), max(b for _, b in points)
    counts: dict[tuple[int, int], int] = {}
    for a, b in points:
        place = (scaled(b, low, high, HEIGHT), scaled(a, left, right, WIDTH))
        counts[place] = counts.get(place, 0) + 1
    marks = {HEIGHT - 1: short(y, high), 0: short(y, low)}
    margin = max(map(len, marks.values()))
    lines: list[Line] = []
    for row in range(HEIGHT - 1, -1, -1):
        cells = "".join(_mark(counts.get((row, column), 0), chars) for column in range(WIDTH))
        lines.append(Line(f"{marks.get(row, ''):>{margin}} {chars.up}{cells}".rstrip()))
    first = short(x, left)
    ends = f"{first}{short(x, right):>{WIDTH - len(first)}}"
    return [*lines, Line(f"{'':>{margin}} {chars.corner}{ends}")]


def _known(a: Any, b: Any) -> bool:
    return a is not None and b is not None and a == a and b == b


def scaled(value: float, low: float, high: float, places: int) -> int:
    """The place of a value among so many from low to high."""
    return round((value - low) / (high - low) * (places - 1)) if high > low else 0


def _mark(points: int, chars: PlotChars) -> str:
    return chars.shades[min(points, len(chars.shades)) - 1] if points else " "


def short(name: str, value: float) -> str:
    """A figure in few letters."""
    if is_time(name):
        return duration(int(value))
    return large(int(value)) if value == int(value) else f"{value:.3g}"
