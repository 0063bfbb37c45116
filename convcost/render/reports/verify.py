"""The report of ``verify``: checks, or a row a metric; what disagrees; and the verdict."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.errors import plural, printable
from convcost.render.parts.table import Column
from convcost.render.report import Document, Heading, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION
from convcost.render.reports.screen import first_fitting, with_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.execution.verification import Check, Verification
    from convcost.render.report import Medium, Part


LEAST_ROWS = 6  # of metrics, however low a terminal is


class _Metric(NamedTuple):
    """A metric in a summary: what was confirmed of it, and its figures of the whole network."""

    name: str
    checks: int
    formula: str
    executed: str
    broken: int


def report(
    verification: Verification,
    *,
    summary: bool = False,
    everything: bool = False,
    divided_by: int = 1,
) -> Report:
    """The report of a verification.

    Args:
        verification: what to report.
        summary: a row a metric in place of a row a check.
        everything: a row a check on a low terminal, too, which has a summary otherwise.
        divided_by: what the channels of the network were divided by.
    """
    return Report(
        page=partial(_page, verification, summary, everything, divided_by),
        document=lambda: Document(_document(verification, divided_by)),
        records=lambda: _records(verification),
    )


def _page(
    verification: Verification, summary: bool, everything: bool, divided_by: int, medium: Medium
) -> Iterable[Part]:
    """A row a check; a row a metric where a summary is wanted, or a terminal is low."""
    rows = [check for check in verification.checks if _says_something(check)]
    metrics = _by_metric(verification.checks)
    in_full = [_table(rows)] if rows else []
    page = partial(_around, verification, divided_by)
    height = medium.height
    if height is None or everything:
        return page(_summary(verification, len(metrics)) if summary else in_full)

    def pages() -> Iterator[Iterable[Part]]:
        if not summary and len(rows) < height:
            yield page(in_full)
        most = len(metrics)
        least = most if verification.broken else LEAST_ROWS
        yield with_rows(lambda kept: page(_summary(verification, kept)), most, medium, least)

    return first_fitting(pages(), medium)


def _around(verification: Verification, divided_by: int, tables: Iterable[Part]) -> Iterator[Part]:
    """Tables between a title and the verdict."""
    network = verification.network
    shrunk = f", channels divided by {divided_by}: figures are not those of the network itself"
    of = f"figures of {plural(network.batch, 'sample')}" + (shrunk if divided_by > 1 else "")
    yield Heading(f"{network.name}: {of}")
    yield from tables
    yield _verdict(verification, divided_by)
    yield from _not_confirmed(verification)


def _not_confirmed(verification: Verification) -> Iterator[Paragraph]:
    if unknown := verification.network.unknown:
        said = f"{plural(len(unknown), 'part')} of the model not known, so not confirmed"
        whole = f"incomplete: {said} (`convcost analyze` says which)"
        yield Paragraph(whole, "yellow", gap=False)
    for why in verification.unconfirmed:
        yield Paragraph(f"not confirmed: {why}", gap=False)


def _summary(verification: Verification, most: int) -> Iterator[Part]:
    """A row a metric, ``most`` of them, and what disagrees in full."""
    rows, broken = _by_metric(verification.checks), verification.broken
    shown = rows[:most]
    if shown:
        yield Table(_metric_columns(shown), ["red" if row.broken else "" for row in shown])
    if len(shown) < len(rows):
        left_out = f"{plural(len(rows) - len(shown), 'metric')} more, which agree"
        yield Paragraph(f"{left_out}; --all lists every check", "dim", gap=False)
    if broken:
        yield Paragraph("disagreements", "bold")
        yield _table(broken)._replace(gap=False)


def _verdict(verification: Verification, divided_by: int) -> Paragraph:
    checks, broken = verification.checks, verification.broken
    at = f", of channels divided by {divided_by}," if divided_by > 1 else ""
    if broken:
        said = f"{len(broken):,} of {len(checks):,} checks{at} disagree"
        return Paragraph(f"{said}: {', '.join(_places(broken))}", "bold red")
    if not checks:
        return Paragraph("nothing was confirmed: no layer could be run", "bold red")
    layers = plural(len(verification.network.layers), "layer")
    said = f"all {len(checks):,} checks of {layers}{at} agree with what was executed"
    return Paragraph(said, "green")


def _places(broken: Sequence[Check]) -> list[str]:
    places = list(dict.fromkeys(f"{check.layer} ({check.metric})" for check in broken))
    more = [f"and {len(places) - 5} more"] if len(places) > 5 else []
    return [printable(place) for place in places[:5]] + more


def _says_something(check: Check) -> bool:
    return not (check.agrees and check.formula == 0)


def _by_metric(checks: Sequence[Check]) -> list[_Metric]:
    """Metrics that the network has a figure of come first."""
    from convcost.execution.verification import WHOLE

    grouped: dict[str, list[Check]] = {}
    telling = {check.metric for check in checks if _says_something(check)}
    for check in checks:
        if check.metric in telling:
            grouped.setdefault(check.metric, []).append(check)
    found: list[_Metric] = []
    for name, of in grouped.items():
        whole = next((check for check in of if check.layer == WHOLE), None)
        figures = (shown(whole.formula), shown(whole.executed)) if whole else ("", "")
        found.append(_Metric(name, len(of), *figures, sum(not check.agrees for check in of)))
    return sorted(found, key=lambda row: not row.formula)


def _metric_columns(rows: Sequence[_Metric]) -> list[Column]:
    verdicts = [f"{row.broken} DISAGREE" if row.broken else "agrees" for row in rows]
    return [
        Column("metric", [row.name for row in rows]),
        Column("checks", [f"{row.checks:,}" for row in rows], number=True),
        Column("formula", [row.formula for row in rows], number=True),
        Column("executed", [row.executed for row in rows], number=True),
        Column("", verdicts),
    ]


def _table(checks: Sequence[Check]) -> Table:
    columns = [
        Column("layer", [check.layer for check in checks]),
        Column("metric", [check.metric for check in checks]),
        Column("formula", [shown(check.formula) for check in checks], number=True),
        Column("executed", [shown(check.executed) for check in checks], number=True),
        Column("", ["agrees" if check.agrees else "DISAGREES" for check in checks]),
    ]
    return Table(columns, ["" if check.agrees else "red" for check in checks])


def shown(figure: object) -> str:
    """A figure as the table has it."""
    if isinstance(figure, int):
        return f"{figure:,}"
    if isinstance(figure, float):
        return f"{figure:.6g}"
    if isinstance(figure, tuple):
        return "x".join(map(str, cast("tuple[int, ...]", figure)))
    return str(figure)


def _document(verification: Verification, divided_by: int) -> dict[str, Any]:
    """The document; channels were divided by ``divided_by``."""
    return {
        "convcost": VERSION,
        "network": verification.network.name,
        "batch": verification.network.batch,
        "channels_divided_by": divided_by,
        "agrees": verification.agrees,
        "complete": not verification.network.unknown,
        "checks": [
            {
                "layer": check.layer,
                "metric": check.metric,
                "formula": check.formula,
                "executed": check.executed,
                "agrees": check.agrees,
            }
            for check in verification.checks
        ],
        "unconfirmed": [*verification.unconfirmed],
    }


def _records(verification: Verification) -> Records:
    """A record a check: figures with all their digits, shapes as ``64x112x112``."""
    rows = (
        (c.layer, c.metric, _exact(c.formula), _exact(c.executed), str(c.agrees).lower())
        for c in verification.checks
    )
    return Records(("layer", "metric", "formula", "executed", "agrees"), rows)


def _exact(figure: object) -> object:
    return figure if isinstance(figure, (int, float)) else shown(figure)
