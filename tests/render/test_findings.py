"""Findings in the formats of code hosts: valid, escaped, worst first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from in_format import in_format, of_findings

from convcost.errors import Source, inert
from convcost.finding import Finding, Level, Rule

SCHEMA = json.loads((Path(__file__).parent.parent / "data" / "sarif-schema-2.1.0.json").read_text())
RULES = [
    Rule("CC101", "Dilated layers leave holes", "https://example.org/CC101"),
    Rule("CC102", "Stride does not divide the kernel", "https://example.org/CC102"),
]
PLAIN = Finding(
    "CC102", Level.WARNING, "Stride 2.", "Use 4.", "net.yaml", Source("net.yaml", 7, 5), "up.1"
)
HOSTILE = "a%b,c:d|e\n::error::f`g`<b>h</b>\r\x1b[31m"
NASTY = Finding("CC101", Level.ERROR, HOSTILE, HOSTILE, HOSTILE, Source(HOSTILE, 3, 1), HOSTILE)
NOWHERE = Finding("CC101", Level.NOTE, "No line.", "", "models/my net.onnx")


def github(findings: list[Finding]) -> str:
    return in_format(of_findings(findings, RULES), "github")


def sarif(findings: list[Finding]) -> str:
    return in_format(of_findings(findings, RULES), "sarif")


def test_an_annotation():
    assert github([PLAIN]) == (
        "::warning file=net.yaml,line=7,col=5,title=CC102 up.1::Stride 2.%0AUse 4.\n"
    )
    assert github([NOWHERE]) == "::notice file=models/my net.onnx,title=CC101::No line.\n"
    assert github([]) == ""


def test_annotations_are_the_worst_ten():
    lines = in_format(
        of_findings([PLAIN] * 9 + [NASTY, NOWHERE, NASTY], RULES), "github"
    ).splitlines()
    levels = [line.partition(" ")[0] for line in lines]
    assert levels == ["::error"] * 2 + ["::warning"] * 8 + ["and"]
    assert lines[-1] == "and 2 findings more, which GitHub would not show"


def test_nothing_hostile_becomes_a_command_or_a_property():
    text = github([NASTY])
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "\r" not in text
    head, said = re.fullmatch(r"::error ([^\n]*?)::([^\n]*)\n", text).groups()  # pyright: ignore
    assert [pair.partition("=")[0] for pair in head.split(",")] == ["file", "line", "col", "title"]
    undone = said.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert undone.split("\n")[0] == HOSTILE.split("\n")[0]  # nothing is lost


@pytest.mark.parametrize("findings", [[], [PLAIN, NOWHERE], [NASTY]])
def test_sarif_is_valid(findings: list[Finding]):
    document = json.loads(sarif(findings))
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [f.code for f in findings]


def test_sarif_says_where():
    (run,) = json.loads(sarif([PLAIN, NOWHERE]))["runs"]
    first, second = (result["locations"][0] for result in run["results"])
    assert first["physicalLocation"] == {
        "artifactLocation": {"uri": "net.yaml"},
        "region": {"startLine": 7, "startColumn": 5},
    }
    assert first["logicalLocations"] == [{"fullyQualifiedName": "up.1"}]
    assert second["physicalLocation"] == {"artifactLocation": {"uri": "models/my%20net.onnx"}}


def test_a_fingerprint_stays_when_lines_move():
    moved = PLAIN._replace(source=Source("net.yaml", 90, 1), message="Stride 3.")
    other = PLAIN._replace(layer="up.2")
    (run,) = json.loads(sarif([PLAIN, moved, other]))["runs"]
    a, b, c = (result["partialFingerprints"]["convcost/v1"] for result in run["results"])
    assert a != c
    assert b != a  # the second of its kind
    (run,) = json.loads(sarif([moved]))["runs"]
    assert run["results"][0]["partialFingerprints"]["convcost/v1"] == a


def test_a_log_takes_no_line_for_a_command():
    text = "::error::x\n  ::add-mask::y\na ::b:: c\n\u00a0::d::\n##[error] ##vso[task] ###[x] #[ ##"
    assert inert(text) == (
        "�:error::x\n  �:add-mask::y\na ::b:: c\n\u00a0�:d::\n#�[error] #�vso[task] ##�[x] #[ ##"
    )
    assert "##[" not in in_format(
        of_findings([PLAIN._replace(message="##[error]x")], RULES), "sarif"
    )
