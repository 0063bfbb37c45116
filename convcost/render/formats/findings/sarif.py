"""Findings as SARIF 2.1.0, which code hosts show beside the lines.

OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from convcost import __version__

if TYPE_CHECKING:
    from convcost.errors import Source
    from convcost.finding import Finding
    from convcost.render.report import Medium, Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def write(report: Report, _: Medium) -> str:
    """The log of one run: codes of findings are among those of the report's rules."""
    assert report.findings is not None
    found = report.findings()
    findings, rules = found.findings, found.rules
    numbers = {rule.code: number for number, rule in enumerate(rules)}
    driver = {
        "name": "convcost",
        "version": __version__,
        "rules": [
            {"id": rule.code, "shortDescription": {"text": rule.title}, "helpUri": rule.page}
            for rule in rules
        ],
    }
    alike: Counter[tuple[str, ...]] = Counter()
    results: list[dict[str, Any]] = []
    for finding in findings:
        about = (finding.code, finding.model, finding.layer)
        alike[about] += 1
        result = _result(finding, numbers[finding.code])
        result["partialFingerprints"] = {"convcost/v1": digest(*about, str(alike[about]))}
        results.append(result)
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    text = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)
    return text.replace("##", "\\u0023#") + "\n"  # with which logs of some hosts begin a command


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    location = _location(finding.source, finding.model)
    if finding.layer:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.layer}]
    related = [{**_location(at), "message": {"text": said}} for at, said in finding.related]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.level.value,
        "message": {"text": f"{finding.message}\n{finding.fix}".strip()},
        "locations": [location] if location else [],
        **({"relatedLocations": related} if related else {}),
    }


def _location(source: Source | None, path: str = "") -> dict[str, Any]:
    """A place; of a file without lines its path alone, and of no file nothing."""
    path = source.path if source else path
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}} if path else {}
    if source:
        place["region"] = {"startLine": source.line, "startColumn": source.column}
    return {"physicalLocation": place} if place else {}


def _uri(path: str) -> str:
    """A path as a URI: relative ones stay so, as code hosts want them."""
    import os
    from pathlib import Path
    from urllib.parse import quote

    file = Path(path)
    return file.as_uri() if file.is_absolute() else quote(os.fsencode(file.as_posix()))


def digest(*words: str) -> str:
    """Stays the same when lines above a finding were added or figures in it changed."""
    from hashlib import sha256

    return sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]
