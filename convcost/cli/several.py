"""``convcost analyze`` of several designs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.cli import designs, output

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.given import Given
    from convcost.network import Network
    from convcost.render.report import Report


def load(
    words: Sequence[str],
    settings: Sequence[str] | None,
    given: Given,
    batch: int | None,
    dtype: str | None,
) -> tuple[list[str], list[Network]]:
    """The labels of designs and their networks; what is set for all gives way to what is a
    design's own."""
    found = designs.parsed(words, least=1)
    return designs.labels(found), designs.load(found, settings, given, batch, dtype)


def report(
    labels: Sequence[str],
    networks: Sequence[Network],
    analyze: Callable[[Network], Analysis],
    sort: str,
    top: int | None,
) -> tuple[Report, bool]:
    """The report of designs, the first ``top`` of them in an order, and whether all of them could
    be counted."""
    from convcost.analysis.unmet import unmet
    from convcost.render.reports.analyze_several import report

    rows = list(zip(labels, map(analyze, networks), strict=True))
    for label, analysis in rows:
        for claim in unmet(analysis):
            output.warn(f"{label}: {claim}")
    if sort == "name":
        rows.sort(key=lambda row: row[0])
    elif sort != "graph":
        rows.sort(key=lambda row: -row[1].totals[sort])
    shown = rows[:top]
    known = all(analysis.complete and not analysis.network.assumes for _, analysis in rows)
    return report([label for label, _ in shown], [analysis for _, analysis in shown]), known
