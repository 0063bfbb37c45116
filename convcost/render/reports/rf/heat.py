"""A map of paths on a terminal: numbers where they fit, else shades."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from convcost.render.parts.numbers import large
from convcost.render.parts.plot import plot
from convcost.render.parts.table import Line

if TYPE_CHECKING:
    from convcost.analysis.rf.position_paths import PathMap
    from convcost.render.parts.plot_chars import PlotChars

TALLEST = 40  # lines of a map
TALLEST_NUMBERS = 25
TALLEST_BARS = 8  # lines of a map of one axis


def heat(found: PathMap, chars: PlotChars, width: int, tallest: int = TALLEST) -> list[Line]:
    """The map, and what its signs mean.

    Args:
        found: a map that something reaches.
        chars: what to draw with.
        width: columns to fit.
        tallest: lines of it at most.
    """
    if len(found.axes) == 1:
        return _along_one(found, chars, width, tallest)
    digits = len(str(found.most))
    if (digits + 1) * len(found.counts[0]) <= width and len(found.counts) <= min(
        tallest, TALLEST_NUMBERS
    ):
        return [
            Line(" ".join(f"{count or chars.none:>{digits}}" for count in row))
            for row in found.counts
        ]
    return _shaded(found, chars, width, tallest)


def _along_one(found: PathMap, chars: PlotChars, width: int, tallest: int) -> list[Line]:
    (row,) = found.counts
    ends = (str(found.starts[0]), str(found.starts[0] + len(row) - 1))
    lines = plot(row, chars, width=width, height=min(TALLEST_BARS, tallest, found.most), ends=ends)
    numbers = " ".join(str(count or chars.none) for count in row)
    return [*lines, Line(numbers)] if len(numbers) <= width else lines


def _shaded(found: PathMap, chars: PlotChars, width: int, tallest: int) -> list[Line]:
    """Two letters a cell, so that it is square; the most of what is in it."""
    height = len(found.counts)
    size = max(1, -(-2 * len(found.counts[0]) // width), -(-height // tallest))
    steps = thresholds(found.most, len(chars.shades))
    signs = chars.none + chars.shades
    lines: list[Line] = []
    for first in range(0, height, size):
        merged = list(map(max, zip(*found.counts[first : first + size], strict=True)))
        cells = (max(merged[left : left + size]) for left in range(0, len(merged), size))
        lines.append(Line("".join(signs[bisect_right(steps, cell)] * 2 for cell in cells)))
    # Of few paths some shades are not used.
    said = [
        f"{sign * 2} {large(step)}{'+' if step < found.most else ''}"
        for sign, step, above in zip(chars.shades, steps, (*steps[1:], found.most + 1), strict=True)
        if step < above
    ]
    lines += [Line(""), Line(f"paths: {'   '.join(said)}   {chars.none * 2} none", "dim")]
    if size > 1:
        said = f"each cell: the most paths of {size}x{size} positions, so smaller holes do not show"
        lines.append(Line(said, "dim"))
    return lines


def thresholds(most: int, shades: int) -> list[int]:
    """The least number of paths for each shade: equal parts of the largest, from 1 on."""
    return [max(1, -(-most * part // shades)) for part in range(shades)]
