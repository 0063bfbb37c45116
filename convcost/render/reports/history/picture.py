"""A history as a picture: a strip for each model and metric, in which height is what it cost."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from convcost.errors import cut, plural
from convcost.metrics import METRICS
from convcost.render.parts.change import percent
from convcost.render.parts.numbers import large

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.gate.history import History, Trace

WIDTH, LEFT, RIGHT = 720, 12, 96  # pixels; room for the figure at the end of a line
STRIP, TITLE, PLOT = 72, 20, 40
MOST = 100  # strips
STYLE = (
    "text{font:12px sans-serif;fill:#57606a}.t{font-weight:bold;fill:#24292f}"
    "path{fill:none;stroke:#0969da;stroke-width:2}line{stroke:#d0d7de}circle{fill:#0969da}"
)


def picture(history: History) -> bytes:
    """The content of an SVG: commits from left to right; a gap where a model was not there or could
    not be read."""
    strips = [
        (trace, metric) for trace in history.traces if trace.steps for metric in history.metrics
    ]
    more = len(strips) - MOST
    shown = strips[:MOST]
    height = TITLE + len(shown) * STRIP + (TITLE if more > 0 else 0) + 8
    since = f" since {history.since}" if history.since else ""
    title = _text(f"history{since}: {plural(len(history.commits), 'commit')}")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{title}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text class="t" x="{LEFT}" y="16">{title}</text>',
    ]
    for number, (trace, metric) in enumerate(shown):
        lines.append(f'<g transform="translate(0 {TITLE + number * STRIP})">')
        lines += _strip(history, trace, metric)
        lines.append("</g>")
    if more > 0:
        lines.append(f'<text x="{LEFT}" y="{height - 10}">and {more:,} more</text>')
    return "\n".join((*lines, "</svg>", "")).encode()


def _strip(history: History, trace: Trace, metric: str) -> Iterator[str]:
    costs = trace.costs(len(history.commits))
    figures = [cost.figures[metric] if cost and cost.figures else None for cost in costs]
    known = [figure for figure in figures if figure is not None]
    name = f"{cut(trace.path, 80)}: {METRICS[metric].title}"
    yield f'<text class="t" x="{LEFT}" y="18">{_text(name)}</text>'
    yield f'<line x1="{LEFT}" y1="{STRIP - 6}" x2="{WIDTH - RIGHT}" y2="{STRIP - 6}"/>'
    if not known:
        yield f'<text x="{LEFT}" y="44">not known</text>'
        return
    change = percent(known[0], known[-1])
    yield f'<text x="{WIDTH - RIGHT + 8}" y="44">{_text(large(known[-1]))}</text>'
    yield f'<text x="{WIDTH - RIGHT + 8}" y="60">{_text(change)}</text>'
    yield from _lines(figures, min(known), max(known))


def _lines(figures: Sequence[int | None], least: int, most: int) -> Iterator[str]:
    """A line for each stretch of commits at which it is known: level, with a step at a change."""
    across = WIDTH - LEFT - RIGHT
    end = max(1, len(figures) - 1)
    path: list[str] = []
    at = LEFT
    for number, figure in enumerate(figures):
        at = LEFT + across * number // end
        if figure is None:
            if path:
                yield _path([*path, f"H{at}"])
            path = []
            continue
        down = STRIP - 10 - PLOT * (figure - least) // max(1, most - least)
        if not path:
            path = [f"M{at} {down}"]
        elif figure != figures[number - 1]:
            path += [f"H{at}", f"V{down}"]
        if number == len(figures) - 1:
            yield f'<circle cx="{at}" cy="{down}" r="3"/>'
    if path:
        yield _path([*path, f"H{at}"])


def _path(steps: Sequence[str]) -> str:
    return f'<path d="{"".join(steps)}"/>'


def _text(text: str) -> str:
    return escape("".join(c if c.isprintable() else "\ufffd" for c in text))
