"""Every error that a user can meet.

A :class:`Problem` is one mistake in a user's file: a sentence, the place, and what would help. The
command line prints errors as they are and ends with their ``exit_code``; nothing else reaches a
user.
"""

from __future__ import annotations

import re
from itertools import islice
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TAB_WIDTH = 4
LONGEST_LINE = 160
LONGEST_WORD = 60
LONGEST_NAME = 36  # in a line that has more to say
MOST_SHAPES = 4  # in an example, where a shorter one says the same
MOST_CANDIDATES = 300  # compared with a misspelt word

_COMMAND = re.compile(r"(?:^([^\S\n]*):(?=:))|(?:(#)#(?=\[|vso\[))", re.MULTILINE)


class Source(NamedTuple):
    """A place in a file; lines and columns count from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Problem(NamedTuple):
    """One mistake: what is wrong, where (``source`` None: nowhere in a file), and what helps."""

    message: str
    source: Source | None = None
    line: str | None = None
    width: int = 1
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        notes = [f"  {note}" for note in self.notes]
        if self.source is None:
            return "\n".join((self.message, *notes))
        path, line, column = self.source
        head = f"{printable(path)}:{line}:{column}: {self.message}"
        return "\n".join((head, *self._excerpt(line, column), *notes))

    def _excerpt(self, number: int, column: int) -> Sequence[str]:
        """The line with a caret under the place; of a very long line the part around it."""
        if self.line is None:
            return ()
        start = max(0, column - 1 - LONGEST_LINE // 2)
        part = self.line[start : start + LONGEST_LINE]
        before, marked = part[: column - 1 - start], part[: column - 1 - start + self.width]
        indent, end = len(before.expandtabs(TAB_WIDTH)), len(marked.expandtabs(TAB_WIDTH))
        shown = printable(part.expandtabs(TAB_WIDTH)).rstrip()
        return (f"{number:>5} | {shown}", f"      | {' ' * indent}{'^' * max(1, end - indent)}")


def printable(text: str) -> str:
    """Text without characters that would command a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def inert(text: str) -> str:
    """Text that the log of a continuous integration takes for no command: GitHub and Azure obey
    ``::name::`` at the start of a line, and ``##[name]`` or ``##vso[name]`` anywhere in it."""
    return _COMMAND.sub(lambda found: f"{found[1] or found[2] or ''}�", text)


def quoted(text: str) -> str:
    """A user's own words inside a message: printable, of bounded length, between backticks."""
    return f"`{cut(text)}`"


def cut(text: str, most: int = LONGEST_WORD) -> str:
    """A user's own words, printable and of bounded length."""
    return printable(f"{text[:most]}..." if len(text) > most else text)


class ConvcostError(Exception):
    """A failure with something to say to the user."""

    exit_code = 2

    def __reduce__(self) -> tuple[object, ...]:
        """The sentence and the facts, as pickles hold them: not the arguments of each class."""
        return _again, (type(self), self.args), vars(self)


def _again(kind: type[ConvcostError], args: tuple[object, ...]) -> ConvcostError:
    error = kind.__new__(kind)
    error.args = args
    return error


class NothingMatched(ConvcostError):  # noqa: N818 - it names what happened
    """Nothing is what was asked for: no model, or no layer of that kind."""

    exit_code = 3


class SpecError(ConvcostError):
    """A spec, or what was asked of it, is wrong: ``problems`` says where and how, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class OpenSizes(ConvcostError):  # noqa: N818 - it names what is so
    """A model's file leaves sizes of its inputs open, and nothing gave them.

    ``said`` is that in words. ``dims`` are examples of the open sizes by name, none where one of
    them has no name; ``inputs`` are examples of whole shapes, by input.
    """

    def __init__(self, said: str, dims: Mapping[str, int], inputs: Mapping[str, str]) -> None:
        self.said, self.dims, self.inputs = said, dims, inputs
        ways = [_options("--input", inputs)] if len(inputs) <= MOST_SHAPES or not dims else []
        ways += [_options("--dim", dims)] if dims else []
        super().__init__(f"{said}: give them, as in {', or '.join(ways)}")


def _options(flag: str, given: Mapping[str, object]) -> str:
    """Options as a shell takes them."""
    return " ".join(f"{flag} {quote(f'{name}={value}')}" for name, value in given.items())


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like a misspelt one, if one is like it."""
    from difflib import get_close_matches

    candidates = list(islice(known, MOST_CANDIDATES))
    found = get_close_matches(word[:LONGEST_WORD], candidates, n=1, cutoff=0.6)
    return found[0] if found else None


def similar(word: str, known: Iterable[str], what: str) -> tuple[str, ...]:
    """A note that names the known word most like a misspelt one, if one is like it."""
    found = closest(word, known)
    return (f"{with_article(what)} with a similar name exists: `{found}`",) if found else ()


def with_article(noun: str) -> str:
    """A noun with its article."""
    return f"an {noun}" if noun[0].lower() in "aeio" else f"a {noun}"


def represented(thing: object, name: str, said: str) -> str:
    """The ``repr`` of a result: one line with its class, its subject and its main figures."""
    return f"<{type(thing).__name__} {cut(name, LONGEST_NAME)}: {said}>"


def plural(number: int, noun: str) -> str:
    """A number of things: ``1 input``, ``2 inputs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a sentence lists them: ``a, b and c``."""
    return f" {last} ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
