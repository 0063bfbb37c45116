"""Bars beside numbers, so that the eye finds the largest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CELLS = 8
_EIGHTHS = (*" ▏▎▍▌▋▊▉", "█")
_ASCII = " #"
NEEDED = "".join(_EIGHTHS)
"""The characters that an encoding must have for bars of blocks."""


def bars(parts: Sequence[int], cells: int = CELLS, *, blocks: bool = True) -> list[str]:
    """A bar for each part; the largest fills all cells, and none but that of 0 is empty.

    Args:
        parts: of one whole; their signs do not matter.
        cells: columns of the longest bar.
        blocks: in eighths of a cell; else in ``#``, for encodings without ``NEEDED``.
    """
    largest = max(map(abs, parts), default=0)
    steps = _EIGHTHS if blocks else _ASCII
    return [_bar(abs(part), largest, cells, steps) for part in parts]


def _bar(part: int, largest: int, cells: int, steps: Sequence[str]) -> str:
    if not part:
        return ""
    in_a_cell = len(steps) - 1
    length = max(1, (2 * part * cells * in_a_cell + largest) // (2 * largest))
    whole, rest = divmod(length, in_a_cell)
    return steps[-1] * whole + steps[rest].strip()
