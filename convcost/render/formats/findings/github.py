"""Findings as annotations of a pull request on GitHub.

The format is that of workflow commands: `GitHub's documentation
<https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>`_.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import plural, printable
from convcost.finding import Level, worst_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.finding import Finding
    from convcost.render.report import Medium, Report

MOST = 10  # GitHub shows no more of a step
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def write(report: Report, _: Medium) -> str:
    """A workflow command a finding, the worst first, at most ten; then how many more there are."""
    assert report.findings is not None
    told = report.findings()
    found = _together(told.findings) if told.together else list(told.findings)
    shown = worst_first(found)[:MOST]
    lines = [_command(finding) for finding in shown]
    if more := len(found) - len(shown):
        lines.append(f"and {plural(more, 'finding')} more, which GitHub would not show")
    return "".join(f"{line}\n" for line in lines)


def _together(findings: Sequence[Finding]) -> list[Finding]:
    """With findings of one level at one line as one: all that a change broke is said at once."""
    at: dict[object, list[Finding]] = {}
    for finding in findings:
        place = finding.source and finding.source[:2]
        at.setdefault((finding.level, place or finding.model, finding.layer), []).append(finding)
    return [_one(alike) for alike in at.values()]


def _one(alike: Sequence[Finding]) -> Finding:
    told = alike[:MOST]
    last = {(one.model, one.fix): number for number, one in enumerate(told)}
    said = {
        f"{one.message}\n{one.fix if last[one.model, one.fix] == number else ''}".strip(): None
        for number, one in enumerate(told)
    }
    if more := len(alike) - len(told):
        said[f"and {plural(more, 'finding')} more at this line"] = None
    codes = dict.fromkeys(one.code for one in alike)
    return alike[0]._replace(code=", ".join(codes), message="\n\n".join(said), fix="")


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
