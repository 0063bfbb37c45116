"""Assertions about every command, whatever its input: a function for each."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from jsonschema import Draft7Validator

from convcost.render.schema import DOCUMENTS, output_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fuzz.case import Line
    from fuzz.commands import Ran

CODES: Mapping[str, tuple[int, ...]] = {
    "alternatives": (0, 2, 3),
    "analyze": (0, 1, 2, 3),
    "badge": (0, 2),
    "baseline": (0, 2, 3),
    "calibrate": (0, 2),
    "check": (0, 1, 2, 3),
    "compare": (0, 2),
    "expand": (0, 1, 2),
    "explain": (0, 1, 2),
    "export": (0, 2),
    "fit": (0, 1, 2),
    "history": (0, 2, 3),
    "init": (0, 2, 3),
    "lint": (0, 1, 2, 3),
    "new": (0, 2),
    "rank": (0, 2),
    "reconcile": (0, 2),
    "rf": (0, 2),
    "run": (0, 2),
    "schema": (0, 2),
    "specs": (0, 2),
    "sweep": (0, 1, 2),
    "verify": (0, 1, 2),
    "view": (0, 2),
}
"""The exit codes that docs/commands.md gives to a command."""

REPORTS_ANYWAY = ("check", "lint")
"""Commands of several models: of those that can be read they report, and end with 2."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Broken(NamedTuple):
    """Something that does not hold: the name of what is asserted, of which command line, and what
    came instead. ``cause`` is the same for finds that look alike."""

    what: str
    line: Line
    said: str
    cause: str = ""


def broken(line: Line, ran: Ran) -> Iterator[Broken]:
    """The assertions that do not hold of one command and its answer."""
    for asked in ASKED:
        if said := asked(line, ran):
            yield Broken(asked.__name__.strip("_"), line, said)


def _no_defect(_: Line, ran: Ran) -> str:
    """No sentence says that convcost failed."""
    return ran.said if "defect of convcost" in ran.said else ""


def _no_traceback(_: Line, ran: Ran) -> str:
    """No exception reaches a user."""
    return ran.escaped or (ran.said if "Traceback (most recent" in ran.said else "")


def _documented_code(line: Line, ran: Ran) -> str:
    """The exit code is one of the command's."""
    return "" if ran.code in CODES.get(line[0], (2,)) else f"exit code {ran.code}"


def _failure_has_a_message(_: Line, ran: Ran) -> str:
    """Exit codes from 2 up say why on standard error, in whole lines."""
    if ran.code >= 2 and not ran.err:
        return f"exit code {ran.code}, and no message"
    return "" if not ran.err or ran.err.endswith(b"\n") else f"no end of line: {ran.said}"


def _failure_prints_nothing(line: Line, ran: Ran) -> str:
    """Exit codes from 2 up leave standard output empty."""
    many = line[0] == "analyze" and "--jobs" in line  # a row a file, also of one with a mistake
    quiet = ran.code < 2 or line[0] in REPORTS_ANYWAY or many
    return "" if quiet or not ran.out else f"exit code {ran.code} after {ran.out[:200]!r}"


def _nothing_commands_a_terminal(_: Line, ran: Ran) -> str:
    """No control characters, and text that is UTF-8."""
    for stream in (ran.out, ran.err):
        try:
            found = _CONTROL.search(stream.decode().replace("\r\n", "\n"))
        except UnicodeDecodeError as error:
            return str(error)
        if found:
            return f"{found[0]!r} in {stream[max(0, found.start() - 40) :][:80]!r}"
    return ""


def _a_format_parses(line: Line, ran: Ran) -> str:
    """Standard output is data of its format, and nothing else."""
    if not ran.out or ran.code >= 2:
        return ""
    try:
        _PARSERS.get(_format(line), _any)(line, ran.out.decode())
    except (ValueError, ElementTree.ParseError, AssertionError) as error:
        return f"{error} in {ran.out[:200]!r}"
    return ""


def _verified(line: Line, ran: Ran) -> str:
    """``verify`` agrees, or had nothing to confirm."""
    if line[0] != "verify" or ran.code != 1:
        return ""
    if _format(line) == "json":
        checks: list[Any] = json.loads(ran.out)["checks"]
        return "; ".join(str(check) for check in checks if not check["agrees"])[:1000]
    found = re.search(rb"^.*\b(disagree|false)\b.*$", ran.out, re.MULTILINE)
    return found[0].decode() if found else ""


def _algorithms_agree(line: Line, ran: Ran) -> str:
    """``explain --algorithms`` has formulas and executions agree."""
    return ran.out.decode()[-1000:] if line[0] == "explain" and ran.code == 1 else ""


ASKED: tuple[Callable[[Line, Ran], str], ...] = (
    _no_defect,
    _no_traceback,
    _documented_code,
    _failure_has_a_message,
    _failure_prints_nothing,
    _nothing_commands_a_terminal,
    _a_format_parses,
    _verified,
    _algorithms_agree,
)


# Formats


def _format(line: Line) -> str:
    """The format of what a command prints: its last one without a file."""
    if line[0] == "baseline":
        return "json"
    named = [word for flag, word in pairwise(line) if flag == "--format"]
    return next((word for word in reversed(named) if ":" not in word), "text")


def _json(line: Line, text: str) -> None:
    document = json.loads(text, parse_constant=_refused)
    if line[0] in DOCUMENTS:
        errors = [error.message for error in _validator(line[0]).iter_errors(document)]
        assert not errors, errors[:3]


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@cache
def _validator(command: str) -> Any:
    return Draft7Validator(output_schema(command))


def _plain_json(_: Line, text: str) -> None:
    json.loads(text, parse_constant=_refused)


def _csv(_: Line, text: str) -> None:
    import csv

    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    widths = {len(row) for row in rows}
    assert len(widths) <= 1, f"rows of {sorted(widths)} columns"


def _xml(_: Line, text: str) -> None:
    ElementTree.fromstring(text)


def _github(_: Line, text: str) -> None:
    for line in text.splitlines():
        assert re.match(r"::(error|warning|notice|group|endgroup)\b.*::", line), line


def _html(_: Line, text: str) -> None:
    """Elements that are opened are closed, and nothing of the input became one."""
    page = _Page()
    page.feed(text)
    page.close()
    assert not page.open, f"open: {page.open}"
    assert page.scripts == 1, f"{page.scripts} scripts"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wrong = [name for name, _ in attrs if name.startswith("on") or name in ("style", "src")]
        assert not wrong, f"<{tag}> has {wrong}"
        self.scripts += tag == "script"
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Shapes of SVG hold nothing."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}> closes nothing"
        self.open.pop()


def _any(_: Line, text: str) -> None:
    assert text.endswith("\n"), "no end of line"


_PARSERS: Mapping[str, Callable[[Line, str], None]] = {
    "json": _json,
    "csv": _csv,
    "html": _html,
    "sarif": _plain_json,
    "gitlab": _plain_json,
    "graph": _xml,
    "model-explorer": _plain_json,
    "netron": _plain_json,
    "svg": _xml,
    "junit": _xml,
    "github": _github,
}
