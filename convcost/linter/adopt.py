"""Findings of today silenced where they stand, so that only new ones are reported.

In a spec that is a comment on the line, or on one of its own above it; a model without lines is
ignored in the configuration.
"""

from __future__ import annotations

import re
from collections import defaultdict
from os.path import relpath
from typing import TYPE_CHECKING

from convcost.analysis.lint import UNUSED_IGNORE
from convcost.analysis.lint.ignores import COMMENT
from convcost.errors import SpecError
from convcost.files.opened import content
from convcost.gate.config import NAME
from convcost.gate.patterns import alone
from convcost.linter.configured import with_ignores
from convcost.linter.edits import Edit, edited, line_break
from convcost.spec.compose import compose
from convcost.spec.nodes import LARGEST_FILE, File, content_of, decode
from convcost.spec.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from convcost.finding import Finding
    from convcost.linter.run import Linted
    from convcost.linter.trial import Trial

    Lines = Mapping[int, Collection[str]]


def ignore(trial: Trial) -> None:
    """Silence what is found; nothing is written."""
    wanted: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for linted in trial.files:
        for finding in _commentable(linted):
            if finding.source is not None:
                wanted[finding.source.path][finding.source.line].add(finding.code)
    for path, lines in wanted.items():
        _comment_on(trial, path, lines)
    _configure(trial)


def _comment_on(trial: Trial, path: str, lines: Lines) -> None:
    """Write the comments of a file: all, or else each that can be written by itself."""
    if not _kept(trial, path, lines):
        for line in sorted(lines, reverse=True):  # so that the places of the others stay
            one = {line: lines[line]}
            _ = _kept(trial, path, one) or _kept(trial, path, one, above=True)


def _configure(trial: Trial) -> None:
    """Ignore in configurations what no comment can silence."""
    linter = trial.linter
    wanted: dict[Path, dict[str, list[str]]] = defaultdict(dict)
    for number, linted in enumerate(trial.files):
        codes = sorted({finding.code for finding in _silenceable(linted)})
        if codes:
            config = linter.configs.of(linted.target.folder)
            path = linter.here / (config.path if config else NAME)
            seen = config.seen(linted.target.path) if config else linted.target.shown
            wanted[path][alone(seen)] = codes
            left = [f for f in linted.findings if f.code not in codes]
            trial.files[number] = linted._replace(findings=left)
    for path, patterns in wanted.items():
        shown = relpath(path, linter.here)
        data = content(path, LARGEST_FILE) if path.exists() else b""
        file = File(shown, decode(data, shown))
        trial.before[shown] = data
        trial.changed[shown] = with_ignores(file, path.parent, patterns).encode()
        trial.made[shown] += len(patterns)


def _silenceable(linted: Linted) -> list[Finding]:
    if not linted.target.is_file:
        return []
    return [finding for finding in linted.findings if finding.code != UNUSED_IGNORE]


def _commentable(linted: Linted) -> list[Finding]:
    """Those with a line in a spec: an exported program has lines of Python."""
    return _silenceable(linted) if linted.document is not None else []


def _kept(trial: Trial, path: str, lines: Lines, *, above: bool = False) -> bool:
    data = next(linted.read[path] for linted in trial.files if path in linted.read)
    file = File(path, decode(data, path))
    write = _above if above else _behind
    edits = [write(file, line, codes) for line, codes in lines.items()]
    written = [edit for edit in edits if edit is not None]

    def quieter(before: Linted, after: Linted) -> bool:
        silenced = sum(_is_meant(finding, path, lines) for finding in before.findings)
        return not after.mistakes and len(after.findings) == len(before.findings) - silenced

    if len(written) < len(edits) or not _says_the_same(file, edited(data, written)):
        return False
    return trial.keep(path, written, quieter)


def _says_the_same(file: File, data: bytes) -> bool:
    """Whether what was added is a comment: in quotes that go on in the next line it is none."""
    try:
        before, after = (
            content_of(compose(one, Problems(one)))
            for one in (file, File(file.path, decode(data, file.path)))
        )
    except SpecError:
        return False
    return before == after


def _is_meant(finding: Finding, path: str, lines: Lines) -> bool:
    place = finding.source
    return place is not None and place.path == path and finding.code in lines.get(place.line, ())


def _behind(file: File, line: int, codes: Collection[str]) -> Edit | None:
    """A comment at the end of a line, or more codes in the one that is there."""
    text, start = file.lines[line - 1], file.offset(line, 1)
    comment = COMMENT.search(text)
    if comment is None:
        end = start + len(text.rstrip())
        return Edit(file.path, end, start + len(text), f"  {_comment(codes)}")
    if comment[2] or comment[3] is None:
        return None
    known = [code.strip() for code in comment[3].split(",") if code.strip()]
    written = ",".join((*known, *sorted(codes)))
    return Edit(file.path, start + comment.start(3), start + comment.end(3), written)


def _above(file: File, line: int, codes: Collection[str]) -> Edit:
    text, start = file.lines[line - 1], file.offset(line, 1)
    indent = re.match(r"[ \t]*", text)
    written = f"{indent[0] if indent else ''}{_comment(codes)}{line_break(file.text)}"
    return Edit(file.path, start, start, written)


def _comment(codes: Collection[str]) -> str:
    return f"# convcost: ignore[{','.join(sorted(codes))}]"
