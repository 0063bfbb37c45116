"""SVG: a report as a terminal shows it, as a picture for a README, light or dark as its reader."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.render.formats.page.text import lines
from convcost.render.parts.text_width import width_of

if TYPE_CHECKING:
    from convcost.render.parts.table import Line
    from convcost.render.report import Medium, Report

COLUMNS, ROWS = 100, 48  # of the terminal that is drawn; a report that needs more rows has more
LETTER, LINE, MARGIN = 7.3, 16, 14  # pixels
STYLE = (
    "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "fill:#1f2328;white-space:pre}rect{fill:#fff;stroke:#d0d7de}.bold{font-weight:600}"
    ".dim{fill:#59636e}.red{fill:#b31d28}.green{fill:#116329}.yellow{fill:#7d4e00}"
    ".cyan{fill:#0b5b6f}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#0d1117;stroke:#3d444d}"
    ".dim{fill:#9198a1}.red{fill:#ff7b72}.green{fill:#7ee787}.yellow{fill:#e3b341}"
    ".cyan{fill:#76e3ea}}"
)
"""The colours of rich's styles, by their words, with a contrast of 4.5 and more."""


def write(report: Report, medium: Medium) -> str:
    """The page of a report, a line of text each, whatever the fonts that the reader has."""
    terminal = medium._replace(width=COLUMNS, height=ROWS, paint=None)
    shown = list(lines(report.page(terminal), COLUMNS))
    title = next((line.text for line in shown if line.text.strip()), "")
    wide = max((width_of(line.text) for line in shown), default=0)
    width, height = round(wide * LETTER) + 2 * MARGIN, len(shown) * LINE + 2 * MARGIN
    texts = (_text(line, MARGIN + number * LINE + 12) for number, line in enumerate(shown))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img">',
            f"<title>{_said(title)}</title><style>{STYLE}</style>",
            f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="6"/>',
            *filter(None, texts),
            "</svg>",
            "",
        )
    )


def _text(line: Line, y: int) -> str:
    """A line; its words begin where the columns of a terminal are, one after two spaces or more."""
    spans = line.spans or [(line.text, line.style)]
    found: list[str] = []
    column = 0
    for text, style in spans:
        for word in _words(text):
            if word.strip():
                found.append(_word(word.rstrip(" "), column, style))
            column += width_of(word)
    return f'<text y="{y}">{"".join(found)}</text>' if found else ""


def _words(text: str) -> list[str]:
    """The stretches of a text that stand by themselves, each with the spaces after it."""
    found: list[str] = []
    for piece in text.split("  "):
        found += [piece, "  "]
    return found[:-1]


def _word(text: str, column: int, style: str) -> str:
    start = len(text) - len(text.lstrip(" "))
    shown = text[start:]
    of = f' class="{style}"' if style else ""
    x, length = MARGIN + (column + start) * LETTER, width_of(shown) * LETTER
    return f'<tspan{of} x="{x:.1f}" textLength="{length:.1f}">{_said(shown)}</tspan>'


def _said(text: str) -> str:
    return escape(printable(text))
