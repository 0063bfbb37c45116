"""JUnit's XML: a suite a model, a case a limit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.render.report import Case, Medium, Report, Suite

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;", "##": "&#35;#"}


def write(report: Report, _: Medium) -> str:
    """The document, a line a case."""
    assert report.cases is not None
    suites = report.cases()
    cases = [case for suite in suites for case in suite.cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {_counts(cases)}>"]
    lines += (line for suite in suites for line in _suite(suite))
    return "".join(f"{line}\n" for line in (*lines, "</testsuites>"))


def _counts(cases: Sequence[Case]) -> str:
    """Attributes that a schema may require, be they zero: Jenkins' does."""
    failures = sum(case.failed for case in cases)
    errors = sum(case.ended for case in cases)
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'


def _suite(suite: Suite) -> Iterator[str]:
    skipped = sum(case.skipped for case in suite.cases)
    counts = f'{_counts(suite.cases)} skipped="{skipped}"'
    yield f"  <testsuite name={_attribute(suite.name)} {counts}>"
    yield from (_case(suite, case) for case in suite.cases)
    yield "  </testsuite>"


def _case(suite: Suite, case: Case) -> str:
    start = f"    <testcase classname={_attribute(suite.name)} name={_attribute(case.name)}"
    if not case.message:
        return f"{start}/>"
    if case.skipped:
        return f"{start}><skipped message={_attribute(case.message)}/></testcase>"
    if not (case.failed or case.ended):
        return f"{start}><system-out>{_text(case.said)}</system-out></testcase>"
    word, kind = ("error", "mistake") if case.ended else ("failure", "budget")
    inside = f'<{word} type="{kind}" message={_attribute(case.message)}'
    inside += f">{_text(case.said)}</{word}>" if case.said else "/>"
    return f"{start}>{inside}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text), _ENTITIES)


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), {"##": "&#35;#", "\r": "&#13;"})
