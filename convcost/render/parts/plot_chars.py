"""Characters that plots on a terminal are drawn with."""

from __future__ import annotations

from typing import NamedTuple


class PlotChars(NamedTuple):
    """``bars`` fill a cell by equal steps, empty to full. ``shades`` go from few to many. ``line``
    marks a height, ``none`` a place with nothing in it, ``up`` and ``corner`` are axes."""

    bars: str
    shades: str
    line: str
    none: str
    up: str
    corner: str


BLOCKS = PlotChars(" ▁▂▃▄▅▆▇█", "░▒▓█", "┄", "·", "│", "└")
ASCII = PlotChars(" #", "-+*#", "-", ".", "|", "+")
