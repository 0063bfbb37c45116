"""A drawing of a network as SVG."""

from __future__ import annotations

from bisect import bisect_left
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import printable
from convcost.render.graph.folded import folded
from convcost.render.graph.heat import FILLS, heats
from convcost.render.graph.layout import BORDER, LINE, MARGIN, laid_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.graph.layout import Drawing, Line, Placed, Route
    from convcost.render.graph.parts import Layers, Part

MOST = 60  # boxes that are not open
FRAME = 12  # pixels around the drawing
STYLE = (
    ".cc text{font:12px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#1f2328}"
    ".cc .n{font-weight:600}.cc .c{fill:#57606a;font-size:11px}"
    ".cc rect{fill:#fff;stroke:#8c959f}.cc .o>rect{fill:#f6f8fa;stroke:#afb8c1}"
    ".cc .e>rect{fill:none;stroke:#8c959f;stroke-dasharray:3 2}"
    + "".join(f".cc .h{step}>rect{{fill:{fill}}}" for step, fill in enumerate(FILLS) if step)
    + ".cc path{fill:none;stroke:#6e7781;stroke-width:1.3}.cc .a{fill:#6e7781;stroke:none}"
    ".cc .h3 .c,.cc .h4 .c,.cc .h5 .c{fill:#3b2300}"
    "@media(prefers-color-scheme:dark){.cc text{fill:#e6edf3}.cc .c{fill:#9da7b3}"
    ".cc rect{fill:#161b22;stroke:#6e7681}.cc .o>rect{fill:#0d1117;stroke:#484f58}"
    ".cc .h1>rect{fill:#2b2417}.cc .h2>rect{fill:#43300f}.cc .h3>rect{fill:#5d3d0a}"
    ".cc .h4>rect{fill:#7a4a05}.cc .h5>rect{fill:#9a5700}"
    ".cc path{stroke:#8b949e}.cc .a{fill:#8b949e}"
    ".cc .h3 .c,.cc .h4 .c,.cc .h5 .c{fill:#fff3e3}}"
)
"""The style sheet of a drawing: for a page that has drawings, once."""


def drawn(
    analysis: Analysis,
    *,
    most: int = MOST,
    depth: int | None = None,
    classes: Mapping[str, Sequence[int]] | None = None,
) -> str:
    """A network as an ``svg`` element for a page that has the style sheet.

    A group ``g`` stands for the layers ``data-from`` to ``data-to`` of the network, counted from 0,
    and is called ``data-layer``; ``data-times`` says for how many blocks that are alike. A path
    leads from the layer ``data-of``. Open boxes have the class ``o``, others ``h0`` to ``h5`` by
    their share of the MACs, inputs and outputs ``e``.

    Args:
        analysis: of the network.
        most: boxes that are not open; the dearest blocks are opened first.
        depth: words of names after which nothing is opened.
        classes: more classes of closed boxes, each with the places, in order, of layers that give
            it to the box that they are in.
    """
    found = folded(analysis, most, depth)
    drawing = laid_out(found)
    look = _Look(heats(found), classes or {})
    width, height = drawing.width + 2 * FRAME, drawing.height + 2 * FRAME
    title = _text(f"{analysis.network.name}: its layers, and what leads from one to another")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cc" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{title}</title>",
        *_drawing(found.layers, drawing, FRAME, FRAME, look),
        "</svg>",
    ]
    return "\n".join(lines)


class _Look(NamedTuple):
    """The step of each closed box by its first layer, and the places of layers by a class that they
    give to theirs."""

    heat: Mapping[int, int]
    classes: Mapping[str, Sequence[int]]

    def of(self, part: Part) -> str:
        """The classes of a closed box."""
        given = (name for name, places in self.classes.items() if _any_of(places, part))
        return " ".join((f"h{self.heat[part.start]}", *given))


def _any_of(places: Sequence[int], part: Part) -> bool:
    """Whether one of some places, in order, is in a part."""
    at = bisect_left(places, part.start)
    return at < len(places) and places[at] < part.end


def _drawing(layers: Layers, drawing: Drawing, x: float, y: float, look: _Look) -> Iterator[str]:
    """The drawing of a graph, lines first, so that boxes cover them."""
    yield f'<g transform="translate({x:.1f} {y:.1f})">'
    for route in drawing.routes:
        yield _route(route)
    for box in drawing.boxes:
        yield from _box(layers, box, look)
    yield "</g>"


def _box(layers: Layers, box: Placed, look: _Look) -> Iterator[str]:
    part, name = box.part, _text(box.words.name)
    where = f'transform="translate({box.x:.1f} {box.y:.1f})"'
    edges = f'<rect width="{box.width:.1f}" height="{box.height:.1f}" rx="5"/>'
    if part is None:
        yield f'<g class="e" {where}>{edges}{_line(name, "c", 0)}</g>'
        return
    of = f'data-layer="{_text(_called(layers, part))}" data-from="{part.start}" '
    of += f'data-to="{part.end - 1}"' + (f' data-times="{part.times}"' if part.times > 1 else "")
    title = f"<title>{_text(_described(layers, part))}</title>"
    costs = _line(_text(box.words.last), "c", 1 if box.drawing else 2)
    if box.drawing is None:
        what = _line(_text(box.words.what), "", 1)
        lines = f"{_line(name, 'n', 0)}{what}{costs}"
        yield f'<g class="{look.of(part)}" {of} {where}>{title}{edges}{lines}</g>'
        return
    yield f'<g class="o" {of} {where}>{title}{edges}{_line(name, "n", 0)}{costs}'
    left = (box.width - box.drawing.width) / 2
    for at in box.drawing.exits.values():
        yield f'<path d="M{left + at:.1f} {box.height - BORDER:.1f}v{BORDER}"/>'
    yield from _drawing(layers, box.drawing, left, 2 * LINE + MARGIN, look)
    yield "</g>"


def _line(text: str, kind: str, number: int) -> str:
    said = f' class="{kind}"' if kind else ""
    return f'<text{said} x="{MARGIN}" y="{(number + 1) * LINE}">{text}</text>' if text else ""


def _called(layers: Layers, part: Part) -> str:
    return part.name if part.lead is None else layers.costs[part.start + part.lead].name


def _described(layers: Layers, part: Part) -> str:
    first, last = layers.costs[part.start].name, layers.costs[part.end - 1].name
    return first if part.end - part.start == 1 else f"{first} to {last}"


def _route(route: Route) -> str:
    path = " ".join(map(_curve, route.lines))
    heads = "".join(_head(line) for line in route.lines if line.arrow)
    of = "" if route.made is None else f' data-of="{route.made}"'
    return f'<path{of} d="{path}"/>' + (f'<path class="a"{of} d="{heads}"/>' if heads else "")


def _curve(line: Line) -> str:
    """The path of a line: down to where its rank ends, then a curve down to the next one."""
    (x, y), turn, (end, low), _ = line
    if abs(end - x) < 0.5:
        return f"M{x:.1f} {y:.1f}V{low:.1f}"
    straight = f"V{turn:.1f}" if turn > y else ""
    middle = f"{(turn + low) / 2:.1f}"
    curve = f"C{x:.1f} {middle} {end:.1f} {middle} {end:.1f} {low:.1f}"
    return f"M{x:.1f} {y:.1f}{straight}{curve}"


def _head(line: Line) -> str:
    x, y = line.end
    return f"M{x - 3.5:.1f} {y - 6:.1f}h7L{x:.1f} {y:.1f}z"


def _text(text: str) -> str:
    return escape(printable(text))
