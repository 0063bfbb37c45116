"""A map of paths as a picture: SVG written here, PNG by Pillow."""

from __future__ import annotations

import io
from bisect import bisect_right
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, printable
from convcost.render.reports.rf.heat import thresholds
from convcost.render.reports.rf.page import map_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.rf.growth import Detail
    from convcost.analysis.rf.position_paths import PathMap

SIZE = 640  # pixels along the longer side, if there are no more positions
LARGEST_CELL = 32
SHADES = 16
FEW, MANY = (198, 219, 239), (8, 48, 107)
HOLE = (255, 255, 255)
MARGIN, LINE = 12, 20  # around an SVG's map, and for a line of its text

Colour = tuple[int, int, int]


def picture(detail: Detail, path: str) -> bytes:
    """The content of a picture of a unit's map: darker for more paths, white for none.

    Args:
        detail: what to show.
        path: ends in ``.svg`` or ``.png``.

    Raises:
        ConvcostError: there is no map, or no Pillow for a PNG.
    """
    found = detail.map
    if found is None or not found.paths:
        reason = detail.without or f"it reads nothing of `{printable(detail.onto.name)}`"
        raise ConvcostError(f"`{printable(detail.cost.name)}` has no map: {reason}")
    cell = max(1, min(LARGEST_CELL, SIZE // max(len(found.counts), len(found.counts[0]))))
    if path.lower().endswith(".svg"):
        return _svg(found, map_title(detail), cell).encode()
    return _png(found, cell)


def _colours(found: PathMap) -> list[list[Colour]]:
    steps = thresholds(found.most, SHADES)
    shades = [HOLE, *map(_shade, range(SHADES))]
    return [[shades[bisect_right(steps, count)] for count in row] for row in found.counts]


def _shade(number: int) -> Colour:
    mixed = [
        few + (many - few) * number // (SHADES - 1) for few, many in zip(FEW, MANY, strict=True)
    ]
    return (mixed[0], mixed[1], mixed[2])


def _svg(found: PathMap, title: str, cell: int) -> str:
    """Positions of one colour beside each other are one rectangle."""
    wide, high = cell * len(found.counts[0]), cell * len(found.counts)
    across, down = wide + 2 * MARGIN, high + 2 * MARGIN + LINE
    said = f"{found.touched} of {found.positions} positions, at most {found.most} paths to one"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{down}" '
        f'viewBox="0 0 {across} {down}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{across}" height="{down}" fill="white"/>',
        f'<text x="{MARGIN}" y="{high + MARGIN + LINE}">{escape(said)}</text>',
        f'<g transform="translate({MARGIN} {MARGIN})" shape-rendering="crispEdges">',
    ]
    for number, row in enumerate(_colours(found)):
        left = 0
        for colour, same in groupby(row):
            size = cell * sum(1 for _ in same)
            if colour != HOLE:
                parts.append(
                    f'<rect x="{left}" y="{number * cell}" width="{size}" height="{cell}" '
                    f'fill="{_hex(colour)}"/>'
                )
            left += size
    frame = f'<rect width="{wide}" height="{high}" fill="none" stroke="{_hex(MANY)}"/>'
    return "\n".join((*parts, frame, "</g>", "</svg>", ""))


def _hex(colour: Sequence[int]) -> str:
    return f"#{bytes(colour).hex()}"


def _png(found: PathMap, cell: int) -> bytes:
    try:
        from PIL import Image
    except ImportError:
        raise ConvcostError(
            "a .png picture needs Pillow: pip install 'convcost[image]' (an .svg needs nothing)"
        ) from None
    rows = _colours(found)
    pixels = b"".join(bytes(colour) for row in rows for colour in row)
    size = (len(rows[0]), len(rows))
    nearest: Any = Image.Resampling.NEAREST
    image = Image.frombytes("RGB", size, pixels).resize((size[0] * cell, size[1] * cell), nearest)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
