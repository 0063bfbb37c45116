"""Findings as text and JSON, and the pages of their rules."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from convcost.analysis.lint import RULES, page
from convcost.errors import listed, plural, printable
from convcost.finding import Finding, Level, worst_first
from convcost.render.document import VERSION, to_text
from convcost.render.table import LEAST_NAME_ROOM, Column, Line, aligned, cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}
INDENT = "    "


def lines(findings: Sequence[Finding], specs: int, width: int | None) -> list[Line]:
    """All findings and how many there are.

    Args:
        findings: in the order to be listed.
        specs: how many were looked at; of none there is nothing to say.
        width: columns of the terminal to fit; None for one line a finding, and one for its fix.
    """
    if not specs:
        return []
    shown = [line for finding in findings for line in _finding(finding, width)]
    summary = _wrapped(_summary(findings, specs), width)
    return [*shown, *([Line("")] if shown else []), *(Line(part, "bold") for part in summary)]


def _finding(finding: Finding, width: int | None) -> Iterator[Line]:
    head = f"{printable(_place(finding))}: {finding.code} {finding.level}"
    if width is None:
        about = f" {printable(finding.layer)}" if finding.layer else ""
        yield Line(f"{head}{about}: {printable(finding.message)}", STYLES[finding.level])
        yield Line(f"{INDENT}fix: {printable(finding.fix)}")
        return
    name = cut(finding.layer, max(LEAST_NAME_ROOM, width - len(head) - 1))
    yield Line(f"{head} {name}".rstrip(), STYLES[finding.level])
    for text, style in ((finding.message, ""), (f"fix: {finding.fix}", "dim")):
        for part in _wrapped(printable(text), width - len(INDENT)):
            yield Line(f"{INDENT}{part}", style)


def _wrapped(text: str, width: int | None) -> list[str]:
    """Lines of a terminal's width, but for words that are wider."""
    return [text] if width is None else wrap(text, max(1, width), break_long_words=False)


def _place(finding: Finding) -> str:
    if finding.source is None:
        return finding.model
    path, line, column = finding.source
    return f"{path}:{line}:{column}"


def _summary(findings: Sequence[Finding], specs: int) -> str:
    where = plural(specs, "spec")
    counts = [(level, sum(f.level is level for f in findings)) for level in Level]
    found = [plural(count, level.value) for level, count in counts if count]
    if not found:
        return f"nothing found in {where}"
    first = worst_first(list(findings))[0].code
    return f"{listed(found)} in {where}; `convcost lint --explain {first}` has the reasons"


def to_json(findings: Sequence[Finding]) -> str:
    """The document as text, a line a finding; ``source`` as in other documents, or null."""
    totals = {level.value: sum(f.level is level for f in findings) for level in Level}
    entries = list(map(_entry, findings))
    return to_text({"convcost": VERSION, "totals": totals, "findings": entries})


def _entry(finding: Finding) -> dict[str, object]:
    path, line, column = finding.source or (None, None, None)
    return {
        "code": finding.code,
        "level": finding.level.value,
        "model": finding.model,
        "path": path,
        "line": line,
        "column": column,
        "layer": finding.layer or None,
        "message": finding.message,
        "fix": finding.fix,
    }


def rule_lines(width: int | None) -> list[Line]:
    """All rules, and how to read about one."""
    table = [
        Column("code", [rule.code for rule in RULES]),
        Column("level", [rule.level.value for rule in RULES]),
        Column("what is found", [rule.title for rule in RULES]),
    ]
    return [*aligned(table, width), Line(""), Line("`convcost lint --explain CODE` says more")]


def page_lines(code: str) -> Callable[[int | None], list[Line]]:
    """The page of a code, as it is written."""
    text = page(code)

    def lines(_: int | None) -> list[Line]:
        return [Line(line, "bold" if line.startswith("#") else "") for line in text.splitlines()]

    return lines
