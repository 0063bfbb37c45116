"""JSON: plain ASCII, a line an item of the lists of a document, or indented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from convcost.render.report import Medium, Report

AT_ONCE = 10_000  # items of a list


def write(report: Report, medium: Medium) -> str:
    """The document of a report."""
    return "".join(pieces(report, medium))


def pieces(report: Report, _: Medium) -> Iterator[str]:
    """The document of a report, some items at a time of lists that are made on the way.

    ``##``, with which the logs of some hosts begin a command, is written as an escape.
    """
    document = report.document()
    if document.indented:
        yield _escaped(json.dumps(document.entries, indent=2)) + "\n"
        return
    before = "{"
    for key, value in document.entries.items():
        yield f'{before}\n  "{key}": '
        yield from map(_escaped, _lines(value))
        before = ","
    yield "\n}\n"


def _escaped(text: str) -> str:
    return text.replace("##", "\\u0023#")


def _lines(value: Any) -> Iterator[str]:
    if not isinstance(value, (list, Iterator)):
        yield json.dumps(value)
        return
    items = iter(cast("list[Any] | Iterator[Any]", value))
    some = [*islice(items, AT_ONCE)]
    if isinstance(value, list) and (not some or isinstance(some[0], int)):
        yield json.dumps(value)
        return
    before = "[\n    "
    while some:
        yield before + ",\n    ".join(map(json.dumps, some))
        before = ",\n    "
        some = [*islice(items, AT_ONCE)]
    yield "[]" if before.startswith("[") else "\n  ]"
