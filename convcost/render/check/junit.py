"""A check as JUnit's XML, which continuous integrations list as tests: a suite a model, a case a
limit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from convcost.gate.report import State
from convcost.render.check import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.gate.report import Checked, Held, Report

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;", "##": "&#35;#"}


def to_junit(report: Report) -> str:
    """The document as text, ending in a newline."""
    models = [model for model in report.models if model.state is not State.DELETED]
    suites = [line for model in models for line in _suite(report, model)]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>"]
    return "".join(f"{line}\n" for line in lines)


def _suite(report: Report, model: Checked) -> Iterator[str]:
    cases = [_case(report, model, held) for held in model.held]
    cases += [_expected(model, wrong.message) for wrong in model.unexpected]
    failures = sum("<failure" in case for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}"'
    yield f"  <testsuite name={_attribute(model.path)} {counts}>"
    yield from cases
    yield "  </testsuite>"


def _case(report: Report, model: Checked, held: Held) -> str:
    name = f"{words.label(held)} {held.verdict.limit.bound.value}"
    start = f"    <testcase classname={_attribute(model.path)} name={_attribute(name)}"
    if not words.is_broken(held):
        return f"{start}/>"
    said = [words.message(held), *words.details(model, held), *words.layers(held.changes)]
    if model.repair:
        said.append(words.repaired(model.repair))
    text = _text("\n".join(said))
    if report.counts_as_failure(held):
        first = _attribute(words.message(held))
        return f"{start}><failure message={first}>{text}</failure></testcase>"
    return f"{start}><system-out>{text}</system-out></testcase>"


def _expected(model: Checked, said: str) -> str:
    start = f'    <testcase classname={_attribute(model.path)} name="expect"'
    return f"{start}><failure message={_attribute(said)}/></testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text), _ENTITIES)


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), {"##": "&#35;#", "\r": "&#13;"})
