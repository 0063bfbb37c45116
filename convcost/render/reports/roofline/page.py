"""The page of a roofline: the plot, and the layers that take longest."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from convcost.errors import plural
from convcost.further_metrics import duration
from convcost.render.parts.numbers import share, si
from convcost.render.parts.table import Column, Line
from convcost.render.report import Drawing, Heading, Item, Items, Table
from convcost.render.reports.notes import heading, names_of
from convcost.render.reports.roofline.scale import dearest, scale_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.devices.points import Roofline
    from convcost.render.report import Medium, Part
    from convcost.render.reports.roofline.scale import Scale

WIDTH, HEIGHT = 80, 26  # where nothing limits them
LEAST_ROWS, MOST_ROWS = 6, 20
BESIDE = 16  # lines of the page that are not of the plot
LAYER, SEVERAL = "o", "O"


def page(analysis: Analysis, found: Roofline, medium: Medium) -> Iterator[Part]:
    """The roofline of a network on a device."""
    width = medium.width or WIDTH
    title = list(heading(analysis.network, medium.width, fold=medium.height is not None))
    yield Heading(analysis.network.name, lines=title)
    room = (medium.height or HEIGHT) - BESIDE - (len(title) - 1)
    rows = min(MOST_ROWS, max(LEAST_ROWS, room))
    yield Drawing([Line(text) for text in plotted(found, medium, width, rows)])
    yield Table(_table(analysis, found))
    yield Items([Item(said) for said in _said(found)])


def plotted(found: Roofline, medium: Medium, width: int, rows: int) -> list[str]:
    """The lines of the plot: the roof, a letter for each of the layers that take longest, and a
    mark for others."""
    scale = scale_of(found)
    labels = {0: si(round(2**scale.top)), rows - 1: si(round(2**scale.bottom))}
    margin = max(map(len, labels.values()))
    room = max(8, width - margin - 2)
    cells = _roof(found, scale, room, rows, medium)
    for point in found.points:
        at = _cell(scale, point.intensity, point.rate, room, rows)
        cells[at] = SEVERAL if cells.get(at) in (LAYER, SEVERAL) else LAYER
    for letter, point in reversed(dearest(found)):
        cells[_cell(scale, point.intensity, point.rate, room, rows)] = letter
    up, corner = medium.chars.up, medium.chars.corner
    lines = [
        f"{labels.get(row, ''):>{margin}} {up}"
        + "".join(cells.get((column, row), " ") for column in range(room)).rstrip()
        for row in range(rows)
    ]
    return ["operations a second", *lines, f"{'':>{margin}} {corner}{_below(found, scale, room)}"]


def _roof(
    found: Roofline, scale: Scale, room: int, rows: int, medium: Medium
) -> dict[tuple[int, int], str]:
    """The two sides of the roof: what the memory allows, and what the units do."""
    cells: dict[tuple[int, int], str] = {}
    for column in range(room):
        intensity = Fraction(2 ** (scale.left + (scale.right - scale.left) * column / (room - 1)))
        flat = intensity >= found.ridge
        rate = Fraction(found.peak) if flat else intensity * found.bandwidth
        at = (column, _cell(scale, intensity, rate, room, rows)[1])
        cells[at] = medium.chars.line if flat else medium.chars.none
    return cells


def _cell(
    scale: Scale, intensity: Fraction, rate: Fraction, room: int, rows: int
) -> tuple[int, int]:
    column = round(scale.across(intensity) * (room - 1))
    return column, round((1 - scale.up(rate)) * (rows - 1))


def _below(found: Roofline, scale: Scale, room: int) -> str:
    """The line below the plot: both ends of the axis, and the ridge point."""
    first, last = (
        f"{2**end:,}" if end >= 0 else f"1/{2**-end}" for end in (scale.left, scale.right)
    )
    ridge = f"^ {float(found.ridge):.3g}"
    text = f"{first} operations a byte"
    at = round(scale.across(found.ridge) * (room - 1))
    if at > len(text):
        text = f"{text:<{at}}{ridge}"
    if len(text) + len(last) < room:
        text = f"{text:<{room - len(last)}}{last}"
    return text


def _table(analysis: Analysis, found: Roofline) -> list[Column]:
    named = dearest(found)
    points = [point for _, point in named]
    return [
        Column("", [letter for letter, _ in named]),
        Column("layer", [point.name for point in points], among=names_of(analysis)),
        Column("bound", [duration(point.time) for point in points], number=True),
        Column("share", [share(point.time, found.total) for point in points], number=True),
        Column("op/byte", [f"{float(point.intensity):.3g}" for point in points], number=True),
        Column("bound by", [point.binds for point in points]),
    ]


def _said(found: Roofline) -> Iterator[str]:
    yield f"{found.device}: at least {duration(found.total)}: a bound, not a latency"
    if found.others:
        part = share(found.waiting, found.total)
        yield f"{plural(found.others, 'layer')} multiply nothing, and take {part} of that"
