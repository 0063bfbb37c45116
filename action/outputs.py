"""The outputs of the action, and the summary of its step, from the reports of a check."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

UNCHANGED = ("same",)


def outputs(report: dict[str, Any] | None, code: str) -> dict[str, str]:
    """Return the outputs of a check that later steps may use.

    Args:
        report: the report as JSON; None where the check ended before there was one.
        code: its exit code.
    """
    if report is None:
        return {
            "failed": "true",
            "changed": "true",
            "summary": f"convcost check ended with {code}",
            "exit-code": code,
        }
    changed = any(model["state"] not in UNCHANGED for model in report["models"])
    return {
        "failed": "true" if report["failed"] or code not in ("0", "1") else "false",
        "changed": "true" if changed else "false",
        "summary": " ".join(report["summary"].split()),
        "exit-code": code,
    }


def main(json_file: str, markdown_file: str, code: str) -> None:
    """Write to the files that GitHub names."""
    file, page = Path(json_file), Path(markdown_file)
    report = json.loads(file.read_bytes()) if file.exists() else None
    found = outputs(report, code)
    needless = os.environ.get("ONLY_IF_CHANGED") == "true"
    wanted = not needless or found["changed"] == "true" or code != "0"
    found["wanted"] = "true" if wanted else "false"
    found["json"] = json_file if file.exists() else ""
    found["markdown"] = markdown_file if page.exists() else ""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.writelines(f"{name}={text}\n" for name, text in found.items())
    if wanted and page.exists():
        with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("ab") as summary:
            summary.write(page.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
