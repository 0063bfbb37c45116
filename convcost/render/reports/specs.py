"""The report of ``specs``: those that come with convcost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.render.parts.numbers import exact
from convcost.render.parts.table import Column, tells_apart
from convcost.render.report import Document, Heading, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.shipped import Shipped
    from convcost.render.report import Medium, Part

HEAD = ("name", "network", "params", "macs", "paper")
MISSED = ((), ("paper",), ("paper", "network"))
"""Columns that a narrow table does without, step by step."""


def report(specs: Sequence[Shipped]) -> Report:
    """The report of specs."""
    entries = [spec._asdict() for spec in specs]
    return Report(
        page=partial(_page, specs),
        document=lambda: Document({"convcost": VERSION, "specs": entries}),
        records=lambda: Records(HEAD, specs),
    )


def _page(specs: Sequence[Shipped], medium: Medium) -> Iterator[Part]:
    if medium.paged:
        yield Heading("specs that come with convcost")
    yield Table(_fitted(specs, medium.width))
    said = "`convcost analyze NAME`, as all commands; `convcost new NAME` copies one to edit"
    yield Paragraph(said, "dim", wrapped=True, gap=False)


def _fitted(specs: Sequence[Shipped], width: int | None) -> Sequence[Column]:
    columns = [
        Column("name", [spec.name for spec in specs]),
        Column("network", [spec.network for spec in specs]),
        Column("params", [exact(spec.params) for spec in specs], number=True),
        Column("MACs", [exact(spec.macs) for spec in specs], number=True),
        Column("paper", [spec.paper for spec in specs]),
    ]
    if width is None:
        return columns
    forms = [[c for c in columns if c.heading not in missed] for missed in MISSED]
    return next((form for form in forms if tells_apart(form, width)), forms[-1])
