"""Findings as annotations of a pull request on GitHub.

The format is that of workflow commands: `GitHub's documentation
<https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>`_.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import plural, printable
from convcost.finding import Level, worst_first

if TYPE_CHECKING:
    from convcost.finding import Finding
    from convcost.render.report import Medium, Report

MOST = 10  # GitHub shows no more of a step
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def write(report: Report, _: Medium) -> str:
    """A workflow command a finding, the worst first, at most ten; then how many more there are."""
    assert report.findings is not None
    findings = report.findings().findings
    shown = worst_first(list(findings))[:MOST]
    lines = [_command(finding) for finding in shown]
    if more := len(findings) - len(shown):
        lines.append(f"and {plural(more, 'finding')} more, which GitHub would not show")
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding) -> str:
    path = finding.source.path if finding.source else finding.model
    properties = {"file": path} if path else {}
    if finding.source:
        properties |= {"line": str(finding.source.line), "col": str(finding.source.column)}
    properties["title"] = f"{finding.code} {finding.layer}".strip()
    given = ",".join(f"{key}={_escaped(text, _IN_PROPERTY)}" for key, text in properties.items())
    text = f"{finding.message}\n{finding.fix}".strip()
    return f"::{_COMMANDS[finding.level]} {given}::{_escaped(text, _IN_TEXT)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(c) or printable(c) for c in text)
