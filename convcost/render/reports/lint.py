"""The report of ``lint``: findings; and the pages of its rules."""

from __future__ import annotations

from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING

from convcost.analysis.lint import RULES, documented, page
from convcost.errors import listed, plural, printable
from convcost.finding import Finding, Level, worst_first
from convcost.linter.fix import edits
from convcost.linter.run import as_finding, findings, mistakes
from convcost.render.parts.table import Column, Line
from convcost.render.parts.text_width import width_of
from convcost.render.report import (
    Case,
    Document,
    Drawing,
    Found,
    Heading,
    Item,
    Items,
    Paragraph,
    Records,
    Report,
    Suite,
    Table,
)
from convcost.render.reports.entries import VERSION

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from convcost.linter.run import Linted
    from convcost.render.report import Medium, Part

STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}
INDENT = "    "


def report(files: Sequence[Linted], *, strict: bool = False, mended: bool = False) -> Report:
    """The report of files that were looked at.

    Args:
        files: what was found in each.
        strict: whether warnings are failures.
        mended: whether what one value mends has been mended, so that it is not offered.
    """
    found = findings(files)
    every = [*map(as_finding, mistakes(files)), *found]
    return Report(
        page=partial(_page, files, found, 0 if mended else len(edits(files))),
        document=lambda: Document(_document(every)),
        records=lambda: _records(every),
        findings=lambda: Found(every, documented()),
        cases=lambda: list(_suites(files, strict)),
    )


def _page(
    files: Sequence[Linted], found: Sequence[Finding], mendable: int, medium: Medium
) -> Iterator[Part]:
    """Without mistakes, which stand on standard error with their lines."""
    summary = _summary(files, found, mendable)
    if medium.paged:
        yield Heading(summary)
        yield Items([item for finding in found for item in _items(finding)])
    elif any(not linted.mistakes for linted in files):
        shown = [line for finding in found for line in _finding(finding, medium.width)]
        yield Drawing(shown)
        yield Paragraph(summary, "bold", wrapped=True, gap=bool(shown))


def _items(finding: Finding) -> Iterator[Item]:
    about = f" {finding.layer}" if finding.layer else ""
    head = f"{_place(finding)}: {finding.code} {finding.level}{about}"
    yield Item(f"{head}: {finding.message}")
    yield Item(f"fix: {finding.fix}", deep=True)


def _finding(finding: Finding, width: int | None) -> Iterator[Line]:
    head = f"{printable(_place(finding))}: {finding.code} {finding.level}"
    if width is None:
        about = f" {printable(finding.layer)}" if finding.layer else ""
        yield Line(f"{head}{about}: {printable(finding.message)}", STYLES[finding.level])
        yield Line(f"{INDENT}fix: {printable(finding.fix)}")
        return
    whole = f"{head} {printable(finding.layer)}".rstrip()
    fits = width_of(whole) <= width
    yield Line(whole if fits else head, STYLES[finding.level])
    if not fits and finding.layer:  # whole on a line of its own
        yield Line(f"{INDENT}{printable(finding.layer)}", STYLES[finding.level])
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


def _summary(files: Sequence[Linted], found: Sequence[Finding], mendable: int) -> str:
    unread = sum(bool(linted.mistakes) for linted in files)
    where = plural(len(files) - unread, "spec")
    if unread:
        where += f", and {plural(unread, 'file')} cannot be read"
    counts = [(level, sum(f.level is level for f in found)) for level in Level]
    words = [plural(count, level.value) for level, count in counts if count]
    if not words:
        return f"nothing found in {where}"
    first = worst_first(list(found))[0].code
    said = f"{listed(words)} in {where}; `convcost lint --explain {first}` has the reasons"
    return f"{said}, and `--fix` may mend {mendable}" if mendable else said


def _suites(files: Sequence[Linted], strict: bool) -> Iterator[Suite]:
    """A suite a file, a case a finding, and where there is none one that passed."""
    failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
    for linted in files:
        unread = map(as_finding, mistakes([linted]))
        cases = [_case(finding, failing) for finding in (*unread, *linted.findings)]
        yield Suite(linted.target.shown, cases or [Case("lint")])


def _case(finding: Finding, failing: Container[Level]) -> Case:
    said = f"{finding.message}\n{finding.fix}".strip()
    name = " ".join(filter(None, (finding.code, finding.layer, f"({_place(finding)})")))
    return Case(name, finding.message, said, failed=finding.level in failing)


def _document(findings: Sequence[Finding]) -> dict[str, object]:
    """The document: a ``source`` as in other documents, or null."""
    totals = {level.value: sum(f.level is level for f in findings) for level in Level}
    return {"convcost": VERSION, "totals": totals, "findings": list(map(_entry, findings))}


def _records(findings: Sequence[Finding]) -> Records:
    entries = list(map(_entry, findings))
    head = ("code", "level", "model", "path", "line", "column", "layer", "message", "fix")
    return Records(head, ([entry[name] for name in head] for entry in entries))


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


def rules_report() -> Report:
    """All rules, and how to read about one."""
    rules = [{"code": r.code, "level": r.level.value, "title": r.title} for r in RULES]
    return Report(_rules_page, lambda: Document({"convcost": VERSION, "rules": rules}))


def _rules_page(_: Medium) -> Iterator[Part]:
    columns = {"code": "code", "level": "level", "title": "what is found"}
    cells = {name: [str(getattr(rule, name)) for rule in RULES] for name in columns}
    yield Table([Column(heading, cells[name]) for name, heading in columns.items()])
    yield Paragraph("`convcost lint --explain CODE` says more")


def page_report(code: str) -> Report:
    """The page of a code, as it is written."""
    text = page(code)
    entries = {"convcost": VERSION, "code": code.upper(), "page": text}
    return Report(partial(_code_page, text), lambda: Document(entries))


def _code_page(text: str, medium: Medium) -> Iterator[Part]:
    if medium.paged:
        yield Paragraph(text.rstrip(), markup=True)
        return
    yield Drawing([Line(s, "bold" if s.startswith("#") else "") for s in text.splitlines()])
