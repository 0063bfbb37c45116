"""HTML: one file for a browser, which needs no network, no server and no script to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.html.document import document
from convcost.render.html.parts import body, styles, title

if TYPE_CHECKING:
    from convcost.render.report import Medium, Report


def write(report: Report, medium: Medium, *, served: int = 0) -> str:
    """The parts of a page as elements, and the views that a browser alone can show;
    ``served`` is the number of a page that is served, and asks for later ones."""
    page = list(report.page(medium._replace(width=None, paged=True, drawn=True)))
    return document(title(page), body(page), styles=styles(page), served=served)
