"""The page of ``reconcile`` on one screen: without explanations, and with few layers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import plural
from convcost.render.reports.screen import first_fitting, left_out, with_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convcost.render.report import Medium, Part


class Shown(NamedTuple):
    """The parts of a page: each tool on its own, or in a line; its steps; why there is each; what a
    tool says of itself; how many of the layers that it counts otherwise, None for all; every shape
    of many inputs and outputs; how to see the steps where there are lines alone; lines of totals
    that are the same."""

    each: bool = False
    steps: bool = True
    whys: bool = True
    says: bool = True
    layers: int | None = 0
    shapes: bool = True
    hint: bool = True
    same: bool = True


def fitted(
    page: Callable[[Shown], Iterable[Part]], otherwise: Sequence[int], whole: Shown, medium: Medium
) -> Sequence[Part]:
    """The first page that has room: the whole one; without what tools say of themselves; without
    what steps are, and with those layers alone that differ most; a line a tool. ``otherwise`` is
    how many layers each tool counts so."""
    most = max(otherwise, default=0)

    layers = whole.layers is None

    def brief(kept: int, *, steps: bool = True, whys: bool = False) -> Iterator[Part]:
        shown = whole._replace(steps=steps, says=False, whys=whys, shapes=False)
        yield from page(shown._replace(layers=kept if layers else 0))
        gone = sum(max(0, number - kept) for number in otherwise) if layers else 0
        counted = [plural(gone, "layer")] if gone else []
        yield left_out([*counted, *([] if steps else ["steps"]), "explanations"])

    def overview() -> Iterator[Part]:
        shown = whole._replace(each=False, shapes=False, hint=not whole.each, same=False)
        yield from page(shown)
        if whole.each:
            what = "steps and layers" if layers else "steps"
            yield left_out([f"{what} of {plural(len(otherwise), 'count')}"])

    def pages() -> Iterator[Iterable[Part]]:
        yield page(whole)
        if whole.each:
            yield brief(most, whys=True)
            yield with_rows(brief, most, medium)
            if layers:
                yield with_rows(partial(brief, steps=False), most, medium)
        if not whole.each or len(otherwise) > 1:
            yield overview()

    return first_fitting(pages(), medium)
