"""A layer explained on one screen: without what formulas mean, and then without the sections that
are least missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import plural
from convcost.render.report import Drawing
from convcost.render.reports.explain.page import (
    SIGNS,
    layer_sections,
    page,
    sayings,
    title,
)
from convcost.render.reports.explain.sentences import sentences
from convcost.render.reports.screen import first_fitting, left_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.explain.layer import Explanation
    from convcost.render.report import Medium, Part

SPARED = (SIGNS, "macs, ", "where", "backward")
"""The beginnings of sections' names, the least missed first; then all others, from the last one."""
MOST_NAMED = 3  # sections
MEANINGS = "what formulas mean"


def fitted(topic: Explanation, medium: Medium) -> Sequence[Part]:
    """The first page that has room: the whole one; without what formulas mean; without sections."""
    names = [name for name, _ in layer_sections(topic, medium.width)]
    order = sorted(range(len(names)), key=lambda at: (_rank(names[at]), -at))

    def brief(missed: int) -> Iterator[Part]:
        yield title(topic)
        if not missed:
            for said in sayings(topic):
                yield Drawing([*sentences(said, medium.width)], gap=False)
        gone = order[: max(0, missed - 1)]
        for at, (name, body) in enumerate(layer_sections(topic, medium.width, brief=True)):
            if at not in gone:
                yield Drawing(body, name, gap=False)
        told = [names[at] for at in sorted(gone)]
        what = told if len(told) <= MOST_NAMED else [plural(len(told), "section")]
        yield left_out([MEANINGS, *what])

    def pages() -> Iterator[Iterable[Part]]:
        yield page(topic, medium)
        yield from map(brief, range(len(names) + 1))

    return first_fitting(pages(), medium)


def _rank(name: str) -> int:
    ranks = (at for at, start in enumerate(SPARED) if name.startswith(start))
    return next(ranks, len(SPARED))
