"""Reports in their formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doubles import always

from convcost.render.formats import write
from convcost.render.report import Document, Found, Medium, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.finding import Finding, Rule


def in_format(report: Report, name: str, width: int | None = None) -> str:
    """A report as a format has it, for a terminal of a width."""
    return write(report, name, Medium(width))


def lines_of(report: Report, width: int | None) -> list[str]:
    """The lines of a report's text."""
    return in_format(report, "text", width).splitlines()


def of_findings(findings: Sequence[Finding], rules: Sequence[Rule]) -> Report:
    """A report of nothing but findings."""
    return Report(always(()), lambda: Document({}), findings=lambda: Found(findings, rules))
