"""A sweep as a picture: two figures of each row, those of its Pareto front joined by a line."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from convcost.errors import plural
from convcost.render.reports.sweep.report import title
from convcost.render.reports.sweep.scatter import short
from convcost.sweeps.chosen import front

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.sweeps.chosen import Aim
    from convcost.sweeps.sweeping import Sweep

WIDTH, HEIGHT, MARGIN, TOP = 720, 440, 72, 32  # pixels
MOST = 5_000
"""Points that are drawn: of more, every so manieth."""

STYLE = (
    "text{font:12px sans-serif;fill:#57606a}.t{font-weight:bold;fill:#24292f}"
    "path{fill:none;stroke:#cf222e;stroke-width:2}line{stroke:#d0d7de}"
    "circle{fill:#0969da;fill-opacity:.5}.f{fill:#cf222e;fill-opacity:1}"
)


def picture(sweep: Sweep, name: str, x: Aim, y: Aim) -> str:
    """The text of an SVG.

    Args:
        sweep: the rows.
        name: of the spec.
        x: the figure from left to right.
        y: the figure from below.
    """
    heading = escape(f"{name}: {plural(sweep.rows, 'design')}")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{heading}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text class="t" x="{MARGIN}" y="20">{heading}</text>',
        *_drawn(sweep, x, y),
    ]
    return "\n".join((*lines, "</svg>", ""))


def _drawn(sweep: Sweep, x: Aim, y: Aim) -> Iterator[str]:
    bottom, right = HEIGHT - MARGIN, WIDTH - MARGIN // 2
    yield f'<line x1="{MARGIN}" y1="{bottom}" x2="{right}" y2="{bottom}"/>'
    yield f'<line x1="{MARGIN}" y1="{TOP}" x2="{MARGIN}" y2="{bottom}"/>'
    columns = {one.name: sweep.column(one.name) for one in (x, y)}
    pairs = list(zip(*(columns[one.name].tolist() for one in (x, y)), strict=True))
    known = [row for row, pair in enumerate(pairs) if None not in pair]
    if not known:
        return
    ends = [
        (float(min(v)), float(max(v))) for v in zip(*(pairs[row] for row in known), strict=True)
    ]
    best = front(columns, [x, y]).tolist()
    at = {
        row: f"{_place(pairs[row][0], ends[0], MARGIN, right)} "
        f"{_place(pairs[row][1], ends[1], bottom, TOP)}"
        for row in known
    }
    points = dict.fromkeys(at[row] for row in known if not best[row])
    for point in [*points][:: 1 + len(points) // MOST]:
        yield _circle(point)
    order = sorted((row for row in known if best[row]), key=lambda row: pairs[row])
    line = [*dict.fromkeys(at[row] for row in order)]
    yield f'<path d="M{" L".join(line)}"/>'
    for point in line:
        yield _circle(point, "f")
    yield from _labels(sweep, x.name, y.name, ends)


def _circle(point: str, kind: str = "") -> str:
    across, down = point.split()
    marked = f' class="{kind}"' if kind else ""
    return f'<circle{marked} cx="{across}" cy="{down}" r="{3 if kind else 2}"/>'


def _labels(sweep: Sweep, x: str, y: str, ends: list[tuple[float, float]]) -> Iterator[str]:
    bottom, right = HEIGHT - MARGIN, WIDTH - MARGIN // 2
    (left_end, right_end), (low, high) = ends
    yield f'<text x="{MARGIN}" y="{bottom + 18}">{short(x, left_end)}</text>'
    yield f'<text x="{right}" y="{bottom + 18}" text-anchor="end">{short(x, right_end)}</text>'
    yield f'<text x="{MARGIN - 6}" y="{bottom}" text-anchor="end">{short(y, low)}</text>'
    yield f'<text x="{MARGIN - 6}" y="{TOP + 10}" text-anchor="end">{short(y, high)}</text>'
    middle = (MARGIN + right) // 2
    across, up = (escape(title(name, sweep.asked.grid.axes)) for name in (x, y))
    yield f'<text x="{middle}" y="{bottom + 40}" text-anchor="middle">{across}</text>'
    yield f'<text x="{MARGIN - 60}" y="{TOP - 8}">{up}</text>'


def _place(value: Any, ends: tuple[float, float], start: int, stop: int) -> int:
    low, high = ends
    share = (float(value) - low) / (high - low) if high > low else 0
    return round(start + share * (stop - start))
