"""The page of ``reconcile`` on one screen: without explanations, and with few layers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.errors import plural
from convcost.render.reports.reconcile import otherwise, page
from convcost.render.reports.screen import first_fitting, left_out, with_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.reconcile.reconcile import Reconciled
    from convcost.render.report import Medium, Part
    from convcost.render.reports.reconcile import Shown


def fitted(found: Reconciled, medium: Medium, whole: Shown) -> Sequence[Part]:
    """The first page that has room: the whole one; without what tools say of themselves; without
    what steps are, and with those layers alone that differ most; a line a tool."""
    most = max((len(otherwise(tool)) for tool in found.tools), default=0)

    layers = whole.layers is None

    def brief(kept: int, *, steps: bool = True, whys: bool = False) -> Iterator[Part]:
        shown = whole._replace(steps=steps, says=False, whys=whys, shapes=False)
        yield from page(found, medium, shown._replace(layers=kept if layers else 0))
        gone = sum(max(0, len(otherwise(tool)) - kept) for tool in found.tools) if layers else 0
        counted = [plural(gone, "layer")] if gone else []
        yield left_out([*counted, *([] if steps else ["steps"]), "explanations"])

    def overview() -> Iterator[Part]:
        shown = whole._replace(each=False, shapes=False, hint=not whole.each)
        yield from page(found, medium, shown)
        if whole.each:
            what = "steps and layers" if layers else "steps"
            yield left_out([f"{what} of {plural(len(found.tools), 'count')}"])

    def pages() -> Iterator[Iterable[Part]]:
        yield page(found, medium, whole)
        if whole.each:
            yield brief(most, whys=True)
            yield with_rows(brief, most, medium)
            if layers:
                yield with_rows(partial(brief, steps=False), most, medium)
        if not whole.each or len(found.tools) > 1:
            yield overview()

    return first_fitting(pages(), medium)
