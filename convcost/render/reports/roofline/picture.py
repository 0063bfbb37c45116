"""A roofline as a picture: a circle for each layer, the larger the longer it takes."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from math import sqrt
from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.further_metrics import duration
from convcost.render.parts.numbers import share, si
from convcost.render.reports.roofline.scale import dearest, scale_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.devices.points import Point, Roofline
    from convcost.render.reports.roofline.scale import Scale

WIDTH, HEIGHT = 720, 460  # pixels
LEFT, RIGHT, ABOVE, BELOW = 70, 24, 60, 48
LEAST, MOST = 3, 22  # radii
STYLE = (
    "text{font:12px sans-serif;fill:#57606a}.t{font-weight:bold;fill:#24292f}"
    ".r{fill:none;stroke:#24292f;stroke-width:2}.g{stroke:#d0d7de}"
    "circle{fill-opacity:.45;stroke-width:1}"
    ".arithmetic{fill:#0969da;stroke:#0969da}.memory{fill:#cf222e;stroke:#cf222e}"
)


def picture(name: str, found: Roofline) -> str:
    """The text of an SVG.

    Args:
        name: of the network.
        found: what to draw.
    """
    least = f"at least {duration(found.total)}: a bound, not a latency"
    title = f"{printable(name)} on {found.device}: {least}"
    scale = scale_of(found)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text class="t" x="12" y="20">{escape(title)}</text>',
        '<text x="12" y="40">operations a second, over operations a byte; area is time, '
        "blue is bound by arithmetic, red by memory</text>",
        *_grid(scale),
        _roof(found, scale),
        *_circles(found, scale),
        *_letters(found, scale),
        "</svg>",
    ]
    return "\n".join((*lines, ""))


def _at(scale: Scale, intensity: Fraction, rate: Fraction) -> tuple[str, str]:
    across = LEFT + scale.across(intensity) * (WIDTH - LEFT - RIGHT)
    down = ABOVE + (1 - scale.up(rate)) * (HEIGHT - ABOVE - BELOW)
    return f"{across:.1f}", f"{down:.1f}"


def _grid(scale: Scale) -> Iterator[str]:
    least, most = Fraction(2**scale.bottom), Fraction(2**scale.top)
    for power in range(scale.left, scale.right + 1):
        x, _ = _at(scale, Fraction(2) ** power, least)
        yield f'<line class="g" x1="{x}" y1="{ABOVE}" x2="{x}" y2="{HEIGHT - BELOW}"/>'
        if not power % 2:
            said = f"{2**power:,}" if power >= 0 else f"1/{2**-power}"
            y = HEIGHT - BELOW + 18
            yield f'<text x="{x}" y="{y}" text-anchor="middle">{said}</text>'
    for rate in (least, most):
        _, y = _at(scale, Fraction(1), rate)
        yield f'<line class="g" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y}" text-anchor="end">{si(round(rate))}</text>'


def _roof(found: Roofline, scale: Scale) -> str:
    left, right = Fraction(2) ** scale.left, Fraction(2) ** scale.right
    corners = (
        _at(scale, left, left * found.bandwidth),
        _at(scale, found.ridge, Fraction(found.peak)),
        _at(scale, right, Fraction(found.peak)),
    )
    return f'<path class="r" d="M{" L".join(" ".join(corner) for corner in corners)}"/>'


def _circles(found: Roofline, scale: Scale) -> Iterator[str]:
    """The largest first, so that none hides another."""
    for point in sorted(found.points, key=lambda point: -point.time):
        x, y = _at(scale, point.intensity, point.rate)
        radius = max(LEAST, MOST * sqrt(point.time / max(1, found.total)))
        yield (
            f'<circle class="{point.binds}" cx="{x}" cy="{y}" r="{radius:.1f}">'
            f"<title>{escape(_said(point, found))}</title></circle>"
        )


def _said(point: Point, found: Roofline) -> str:
    intensity = f"{float(point.intensity):.3g} operations a byte"
    part = share(point.time, found.total)
    return f"{printable(point.name)}: {duration(point.time)}, {part}, {intensity}"


def _letters(found: Roofline, scale: Scale) -> Iterator[str]:
    """The names of the layers that take longest, under the roof to the right."""
    for number, (letter, point) in enumerate(dearest(found)):
        x, y = _at(scale, point.intensity, point.rate)
        yield f'<text class="t" x="{x}" y="{y}" text-anchor="middle" dy="4">{letter}</text>'
        down = HEIGHT - BELOW - 84 + 16 * number
        said = escape(f"{letter}  {_said(point, found)}")
        yield f'<text x="{WIDTH - RIGHT - 8}" y="{down}" text-anchor="end">{said}</text>'
