"""Findings as GitLab's code quality report.

`GitLab's documentation <https://docs.gitlab.com/ci/testing/code_quality/>`_.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from convcost.finding import Level
from convcost.render.formats.findings.sarif import digest

if TYPE_CHECKING:
    from convcost.render.report import Medium, Report

ANYWHERE = "convcost.toml"  # of what is in no file: GitLab shows nothing without a path
SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}


def write(report: Report, _: Medium) -> str:
    """The document. A fingerprint stays while lines move."""
    assert report.findings is not None
    alike: Counter[tuple[str, ...]] = Counter()
    entries: list[object] = []
    for finding in report.findings().findings:
        about = (finding.code, finding.model, finding.layer)
        alike[about] += 1
        source = finding.source
        entries.append(
            {
                "description": f"{finding.message}\n{finding.fix}".strip(),
                "check_name": finding.code,
                "fingerprint": digest(*about, str(alike[about])),
                "severity": SEVERITIES[finding.level],
                "location": {
                    "path": source.path if source else finding.model or ANYWHERE,
                    "lines": {"begin": source.line if source else 1},
                },
            }
        )
    return json.dumps(entries, indent=2).replace("##", "\\u0023#") + "\n"
