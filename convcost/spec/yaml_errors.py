"""The complaints of PyYAML's parser, in words that say what to do.

Never what libyaml complains of, whose words change (``scanner.py``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import Problem, printable

if TYPE_CHECKING:
    import yaml

    from convcost.spec.nodes import File


class _Slip(NamedTuple):
    """A mistake that people have made when the parser says ``problem`` (in a ``context``)."""

    problem: str
    message: str
    note: str = ""
    context: str = ""
    at_context: bool = False  # where the context begins says more than where the parser stumbled


_QUOTES = "quotes make a text of it"
_STUMBLED = "reading ended at {stumbled}"
_INDENTED = "keys of one mapping are indented alike, and so are the dashes of one list"

_KEY = re.compile(r"\s*[\w.-]+")
_SUBSCRIPT = re.compile(r"[\w.*-]+(\[[^\[\]]*\][\w.*-]*)+")
_GLUED = re.compile(r"[\w.-]+:(?=\S)")

_SLIPS = (
    _Slip("unexpected end of stream", "the quote is not closed", "", "quoted scalar", True),
    _Slip("unknown escape", "an escape that YAML does not know", "in '' a backslash is itself"),
    _Slip("expected ',' or ']'", "the bracket is not closed", _STUMBLED, "", True),
    _Slip("expected ',' or '}'", "the brace is not closed", _STUMBLED, "", True),
    _Slip("expected ':'", "a `:` is wanted after this key", "", "", True),
    _Slip(
        "mapping values are not", "a `:` cannot stand here", "texts with `: ` in them need quotes"
    ),
    _Slip("sequence entries are not", "a `-` cannot stand here", "a list begins on its own line"),
    _Slip("expected <block end>", "this does not fit the list around it", _INDENTED, "collection"),
    _Slip("expected <block end>", "this does not fit the mapping around it", _INDENTED, "mapping"),
    _Slip("expected '<document start>'", "this does not fit what stands before it", _INDENTED),
    _Slip("expected node content", "a value is missing before this"),
    _Slip("cannot start any token", "no value begins like this", _QUOTES),
    _Slip("", "no line begins with `%`", _QUOTES, "scanning a directive", True),
    _Slip("", "this names no anchor", _QUOTES, "scanning an a", True),
    _Slip("", "this cannot be read as a tag", _QUOTES, "tag", True),
    _Slip("", "nothing can stand behind this", _QUOTES, "scanning a block scalar", True),
)


def _word_before(text: str, column: int) -> int:
    """Where the word that ends before a column begins."""
    word = re.search(r"[\w.*-]*\Z", text[:column])
    return word.start() if word else column


def syntax_problem(file: File, error: yaml.MarkedYAMLError) -> Problem:
    """The problem that an error of YAML's parser means."""
    reason, context = error.problem or "it cannot be read", error.context or ""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(f"{printable(file.path)}: this is not YAML: {printable(reason)}")
    text = file.lines[mark.line] if mark.line < len(file.lines) else ""
    if "\t" in text[: len(text) - len(text.lstrip())]:
        message = "a tab indents this line, and YAML indents with spaces"
        return file.problem(message, mark.line + 1, text.index("\t") + 1, 1)
    if text[mark.column : mark.column + 1] == "\t":
        return file.problem("a space is wanted here", mark.line + 1, mark.column + 1, 1)
    if "mapping values are not" in reason and _KEY.fullmatch(text[: mark.column]):
        message = "this line is indented as if it went on with the value above"
        begin = len(text) - len(text.lstrip())
        return file.problem(message, mark.line + 1, begin + 1, 1, (_INDENTED,))
    if "expected ':'" in reason and error.context_mark is not None:
        line = error.context_mark.line
        if glued := _GLUED.match(file.lines[line], error.context_mark.column):
            message = "a space is wanted after this `:`"
            return file.problem(message, line + 1, glued.end(), 1)
    subscript = _SUBSCRIPT.match(text, _word_before(text, mark.column))
    if subscript and "expected ',' or" in reason:
        message = "inside { } and [ ] brackets begin a list"
        notes = (f'quote what has brackets in it: "{printable(subscript[0])}"',)
        begin, width = subscript.start(), len(subscript[0])
        return file.problem(message, mark.line + 1, begin + 1, width, notes)
    for slip in _SLIPS:
        if slip.problem in reason and slip.context in context:
            stumbled = f"{mark.line + 1}:{mark.column + 1}"
            notes = (slip.note.format(stumbled=stumbled),) if slip.note else ()
            if slip.at_context and error.context_mark is not None:
                mark = error.context_mark
            return file.problem(slip.message, mark.line + 1, mark.column + 1, 1, notes)
    message = f"this is not YAML: {printable(reason)}"
    return file.problem(message, mark.line + 1, mark.column + 1, 1)
