"""The totals of a network at a glance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.further_metrics import further
from convcost.metrics import LINES, METRICS
from convcost.render.html.element import element
from convcost.render.parts.numbers import exact, figures, large

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.html.element import Element


def totals(analysis: Analysis) -> Element:
    """A list of totals, rounded; the exact ones are the titles, and the last row of the table."""
    return element("ul", {"class": "facts"}, *_facts(analysis))


def _facts(analysis: Analysis) -> Iterator[Element]:
    yield _fact("layers", exact(len(analysis.layers)), "")
    for line, metric in LINES:
        count = analysis.totals[metric]
        unit = "B" if METRICS[metric].unit == "bytes" else ""
        yield _fact(line.label, large(count) + unit, exact(count))
    for name in further(analysis.totals):
        count = analysis.totals[name]
        (text,) = figures(name, [count], partial(map, large))
        yield _fact(name, text, exact(count))


def _fact(name: str, text: str, title: str) -> Element:
    number = element("b", {"title": title or None}, text)
    return element("li", {}, number, element("span", {}, name))
