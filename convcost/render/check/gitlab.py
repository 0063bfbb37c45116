"""A check as GitLab's code quality report.

`GitLab's documentation <https://docs.gitlab.com/ci/testing/code_quality/>`_.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from convcost.finding import Level
from convcost.render.check.findings import findings

if TYPE_CHECKING:
    from convcost.gate.report import Report

SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}


def to_gitlab(report: Report) -> str:
    """The document as text, ending in a newline. A fingerprint stays while lines move."""
    alike: Counter[tuple[str, ...]] = Counter()
    entries: list[object] = []
    for finding in findings(report):
        about = (finding.code, finding.model, finding.layer)
        alike[about] += 1
        digest = sha256("\0".join((*about, str(alike[about]))).encode("utf-8", "surrogatepass"))
        source = finding.source
        entries.append(
            {
                "description": f"{finding.message}\n{finding.fix}".strip(),
                "check_name": finding.code,
                "fingerprint": digest.hexdigest()[:32],
                "severity": SEVERITIES[finding.level],
                "location": {
                    "path": source.path if source else finding.model,
                    "lines": {"begin": source.line if source else 1},
                },
            }
        )
    return json.dumps(entries, indent=2).replace("##", "\\u0023#") + "\n"
