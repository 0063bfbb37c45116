"""A figure as a badge: two words on a small plate, for a README."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from convcost.metrics import METRICS
from convcost.render.parts.numbers import large

if TYPE_CHECKING:
    from convcost.budget.verdict import Figures

HEIGHT, SIZE, LETTER, ROOM = 20, 11, 7, 6  # pixels; a letter of this size takes about so many
GREY, BLUE = "#555", "#0b69a3"


def badge(figures: Figures, metric: str) -> str:
    """An SVG with the name of a metric and the figure to three digits; ``at least`` before one of
    which not all layers could be counted."""
    least = "" if not figures.unknown else "at least "
    unit = "B" if METRICS[metric].unit == "bytes" else ""
    return plate(METRICS[metric].title, f"{least}{large(figures.totals[metric])}{unit}")


def plate(label: str, value: str) -> str:
    """An SVG of two words. Whatever its fonts are, a browser makes them as wide as they must be."""
    left, right = (len(text) * LETTER + 2 * ROOM for text in (label, value))
    said = escape(f"{label}: {value}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'role="img" aria-label="{said}">\n'
        f"<title>{said}</title>\n"
        f'<clipPath id="r"><rect width="{left + right}" height="{HEIGHT}" rx="3"/></clipPath>\n'
        f'<g clip-path="url(#r)">\n'
        f'<rect width="{left}" height="{HEIGHT}" fill="{GREY}"/>\n'
        f'<rect x="{left}" width="{right}" height="{HEIGHT}" fill="{BLUE}"/>\n'
        "</g>\n"
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="{SIZE}">\n'
        f"{_word(label, ROOM)}\n{_word(value, left + ROOM)}\n</g>\n</svg>\n"
    )


def _word(text: str, at: int) -> str:
    length = len(text) * LETTER
    return f'<text x="{at}" y="14" textLength="{length}">{escape(text)}</text>'
