"""JSON: plain ASCII, a line an item of the lists of a document, or indented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from convcost.render.report import Medium, Report


def write(report: Report, _: Medium) -> str:
    """The document of a report.

    ``##``, with which the logs of some hosts begin a command, is written as an escape.
    """
    document = report.document()
    if document.indented:
        text = json.dumps(document.entries, indent=2)
    else:
        entries = [f'  "{key}": {_lines(value)}' for key, value in document.entries.items()]
        text = "{\n" + ",\n".join(entries) + "\n}"
    return text.replace("##", "\\u0023#") + "\n"


def _lines(value: Any) -> str:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    if not items or isinstance(items[0], int):
        return json.dumps(value)
    return "[\n" + ",\n".join(f"    {json.dumps(item)}" for item in items) + "\n  ]"
