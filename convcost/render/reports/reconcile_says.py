"""The report of ``reconcile --says``: what may be meant by a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.errors import plural
from convcost.render.parts.numbers import exact
from convcost.render.parts.table import Column
from convcost.render.report import Document, Item, Items, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION, network_entry, six_digits
from convcost.render.reports.reconcile import head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.reconcile.reconcile import Reconciled
    from convcost.analysis.reconcile.says import Reading
    from convcost.analysis.reconcile.written import Said
    from convcost.conventions.published import Published
    from convcost.render.report import Medium, Part


def report(
    found: Reconciled,
    asked: Said,
    meant: Sequence[Reading],
    printed: Sequence[Published],
    *,
    everything: bool = False,
) -> Report:
    """The report of what may be meant by a number, simplest first, and who prints it;
    ``everything``: a terminal shows all of that, whatever its height."""

    def page(medium: Medium) -> Iterable[Part]:
        if medium.height is None or everything:
            return _page(found, asked, meant, printed, medium)
        from convcost.render.reports.screen import first_fitting, left_out, with_rows

        def fewer(kept: int) -> Iterator[Part]:
            yield from _page(found, asked, meant, printed, medium, kept)
            if kept < len(meant):
                yield left_out([plural(len(meant) - kept, "row")])

        whole = _page(found, asked, meant, printed, medium)
        return first_fitting([whole, with_rows(fewer, len(meant), medium)], medium)

    return Report(
        page=page,
        document=lambda: Document(
            {
                "convcost": VERSION,
                "network": network_entry(found.analysis.network),
                "says": asked.text,
                "readings": [_reading_entry(reading, asked) for reading in meant],
                "published": [_published_entry(figure) for figure in printed],
            }
        ),
        records=lambda: Records(
            ("what", "value", "rounds_to_it", "fits", "at", "remark"),
            (
                (r.what, r.value, "yes" if r.exact else "", "yes" if r.fits else "", r.at, r.remark)
                for r in meant
            ),
        ),
    )


def _page(
    found: Reconciled,
    asked: Said,
    meant: Sequence[Reading],
    printed: Sequence[Published],
    medium: Medium,
    most: int | None = None,
) -> Iterator[Part]:
    """All that may be meant, or the first ``most`` below few of many shapes."""
    yield head(found, medium, fold=most is not None)
    macs = found.analysis.totals["macs"]
    yield from _by_authors("printed of this network", [p for p in printed if p.macs == macs])
    fitting = [reading for reading in meant if reading.fits]
    if fitting:
        counts = plural(len(fitting), "count")
        yield Paragraph(f"{counts} may be written {asked.text}, the simplest explanation first")
    else:
        yield Paragraph(f"no count may be written {asked.text}; the nearest:")
    rows = meant[:most]
    yield Table(
        [
            Column("count", [reading.what for reading in rows]),
            Column("total", [exact(reading.value) for reading in rows], number=True),
            Column("apart", [_apart(reading, asked) for reading in rows], number=True),
            Column("at", [reading.at for reading in rows]),
            Column("", [reading.remark for reading in rows]),
        ]
    )
    yield from _by_authors("printed of other networks", [p for p in printed if p.macs != macs])


def _by_authors(title: str, figures: Sequence[Published]) -> Iterator[Part]:
    if figures:
        yield Paragraph(f"{title}, by authors:")
        yield Items([Item(_printed(figure)) for figure in figures], gap=False)


def _printed(figure: Published) -> str:
    apart = f"; difference: {figure.apart}" if figure.apart else ""
    sample = f"{figure.network}, {figure.input}"
    return f"{figure.printed} of {sample}, {exact(figure.macs)} MACs: {figure.where}{apart}"


def _published_entry(figure: Published) -> dict[str, Any]:
    return {
        "network": figure.network,
        "input": figure.input,
        "macs": figure.macs,
        "printed": figure.printed,
        "where": figure.where,
        "apart": figure.apart,
    }


def _apart(reading: Reading, asked: Said) -> str:
    if reading.exact:
        return "="
    return f"{float((reading.value - asked.value) / asked.value):+.1%}" if asked.value else ""


def _reading_entry(reading: Reading, asked: Said) -> dict[str, Any]:
    apart = (reading.value - asked.value) / asked.value if asked.value else None
    return {
        "what": reading.what,
        "value": reading.value,
        "rounds_to_it": reading.exact,
        "fits": reading.fits,
        "apart": None if apart is None else six_digits(apart),
        "at": reading.at,
        "remark": reading.remark,
    }
