"""The report of ``verify``: each check, what disagrees, and the verdict."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from convcost.errors import plural, printable
from convcost.render.parts.table import Column
from convcost.render.report import Document, Heading, Paragraph, Records, Report, Table
from convcost.render.reports.entries import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.execution.verification import Check, Verification
    from convcost.render.report import Medium, Part


LAYER_BY_LAYER = {"output_shape", "full_shape", "weights"}
"""Metrics that a summary leaves out."""


def report(verification: Verification, *, summary: bool = False, divided_by: int = 1) -> Report:
    """The report of a verification.

    Args:
        verification: what to report.
        summary: a row a metric in place of a row a check.
        divided_by: what the channels of the network were divided by.
    """
    return Report(
        page=partial(_page, verification, summary, divided_by),
        document=lambda: Document(_document(verification, divided_by)),
        records=lambda: _records(verification),
    )


def _page(verification: Verification, summary: bool, divided_by: int, _: Medium) -> Iterator[Part]:
    checks, broken, network = verification.checks, verification.broken, verification.network
    rows = _by_metric(checks) if summary else [c for c in checks if _says_something(c)]
    shrunk = f", channels divided by {divided_by}: figures are not those of the network itself"
    of = f"figures of {plural(network.batch, 'sample')}" + (shrunk if divided_by > 1 else "")
    yield Heading(f"{network.name}: {of}")
    if rows:
        yield _table(rows)
    if summary and broken:
        yield Paragraph("disagreements", "bold")
        yield _table(broken)._replace(gap=False)
    yield _verdict(verification, divided_by)
    if unknown := network.unknown:
        said = f"{plural(len(unknown), 'part')} of the model not known, so not confirmed"
        whole = f"incomplete: {said} (`convcost analyze` says which)"
        yield Paragraph(whole, "yellow", gap=False)
    for why in verification.unconfirmed:
        yield Paragraph(f"not confirmed: {why}", gap=False)


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


def _by_metric(checks: Sequence[Check]) -> list[Check]:
    """The network's figures, and of its layers those that do not add up to one."""
    from convcost.execution.verification import WHOLE

    totalled = {check.metric for check in checks if check.layer == WHOLE}
    return [c for c in checks if c.layer == WHOLE or c.metric not in totalled | LAYER_BY_LAYER]


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
