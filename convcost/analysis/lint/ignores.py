"""Findings that an author has seen: comments such as ``# convcost: ignore[CC104]``.

One behind a value silences what is found at its line, one on a line of its own what is found at the
next line that is not a comment, and ``ignore-file`` what is found anywhere in the file. YAML's
events leave comments out, so they are looked for in the lines; a quoted text that holds one counts
too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.lint.graph import Found
from convcost.errors import Source, quoted
from convcost.finding import Remedy

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from convcost.spec.model import Document
    from convcost.spec.nodes import File

COMMENT = re.compile(r"(?:^|\s)(#\s*convcost:\s*ignore(-file)?\b(?:\s*\[([^\]]*)\])?)")


class Ignore(NamedTuple):
    """One code (or the beginning of several) that a comment at ``source`` silences: at ``line``, or
    in the whole file where that is 0; ``code`` is empty where the comment names none."""

    source: Source
    line: int
    code: str

    def silences(self, code: str, place: Source) -> bool:
        """Whether a finding is meant."""
        here = place.path == self.source.path and self.line in (0, place.line)
        return here and bool(self.code) and code.startswith(self.code)


def ignores(document: Document) -> list[Ignore]:
    """Those of a spec, and of the files whose blocks it includes."""
    files = {document.file.path: document.file}
    for block in document.blocks.values():
        files.setdefault(block.node.file.path, block.node.file)
    return [found for file in files.values() for found in _in_file(file)]


def _in_file(file: File) -> Iterator[Ignore]:
    if "convcost:" not in file.text:
        return
    for number, text in enumerate(file.lines, start=1):
        comment = COMMENT.search(text)
        if comment is None:
            continue
        source = Source(file.path, number, comment.start(1) + 1)
        line = 0 if comment[2] else _meant(file, number)
        for code in (comment[3] or "").split(","):
            yield Ignore(source, line, code.strip())


def _meant(file: File, number: int) -> int:
    """The line that a comment is about: its own, or the next with something on it."""
    rest = range(number, len(file.lines) + 1)
    return next((n for n in rest if file.lines[n - 1].partition("#")[0].strip()), number)


def unused_ignores(
    document: Document, written: Iterable[Ignore], used: Container[Ignore], codes: Sequence[str]
) -> Iterator[Found]:
    """Comments of the spec itself that silence nothing. A spec under other vars or inputs is not
    what they were written for, and included files serve other specs too."""
    if not document.as_written:
        return
    written = list(written)
    for ignore in written:
        if ignore in used or ignore.source.path != document.file.path:
            continue
        if not ignore.code:
            message = "this comment names no code, and so silences nothing"
        elif any(code.startswith(ignore.code) for code in codes):
            message = f"nothing is found here that {quoted(ignore.code)} would silence"
        else:
            message = f"{quoted(ignore.code)} is not a code of a finding"
        remedy = "remove it" if ignore.code else "write one, as in `# convcost: ignore[CC104]`"
        kept = [one.code for one in written if one.source == ignore.source and one in used]
        yield Found(message, remedy, source=ignore.source, remedy=_without(document, ignore, kept))


def _without(document: Document, ignore: Ignore, kept: Sequence[str]) -> Remedy | None:
    """The comment with nothing but the codes that silence something; None where it has none, as
    one may have been forgotten."""
    if not ignore.code:
        return None
    _, line, column = ignore.source
    comment = COMMENT.match(document.file.rest(line, column))
    if comment is None or comment[3] is None:
        return None
    head, _, _ = comment[1].partition("[")
    return Remedy(f"{head}[{', '.join(kept)}]" if kept else "", comment[1])
