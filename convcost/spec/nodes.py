"""YAML as nodes that know where they are, and the file they are in."""

from __future__ import annotations

import re
from functools import cached_property

from convcost.errors import Problem, Source, SpecError, printable, quoted
from convcost.slotted import Slotted

LARGEST_FILE = 4 * 2**20


class TooLarge(SpecError):  # noqa: N818 - it names what is so
    """A text has more in it than is read of a spec."""


_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what ends a line for YAML


class File:
    """A file's name and text, to point into; or (``setting``) a value of the command line, which is
    too short for that: ``path`` is its name. ``library``: it comes with the package."""

    def __init__(
        self, path: str, text: str, *, setting: bool = False, library: bool = False
    ) -> None:
        self.path = path
        self.text = text
        self.setting = setting
        self.library = library
        self.lines = _BREAK.split(text)

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of a character."""
        from bisect import bisect_right

        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The number of the character at a place."""
        return self._starts[line - 1] + column - 1

    def rest(self, line: int, column: int) -> str:
        """The rest of a line from a column on; nothing beyond the last line."""
        return self.lines[line - 1][column - 1 :] if line <= len(self.lines) else ""

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _BREAK.finditer(self.text))]

    def problem(
        self, message: str, line: int, column: int, width: int, notes: tuple[str, ...] = ()
    ) -> Problem:
        """A problem at a place."""
        if self.setting:
            return Problem(f"{self.path}={printable(self.text)}: {message}", notes=notes)
        text = self.lines[line - 1] if line <= len(self.lines) else None
        return Problem(message, Source(self.path, line, column), text, width, notes)


class Node(Slotted):
    """A piece of YAML; ``line`` and ``column`` count from 1, ``width`` is its length there."""

    __slots__ = ("column", "file", "line", "size", "width")
    what = "something"

    def __init__(self, file: File, line: int, column: int, width: int = 1) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.width = width
        self.size = 1  # nodes in it, itself included

    @property
    def source(self) -> Source:
        """Where it is."""
        return Source(self.file.path, self.line, self.column)

    def problem(
        self, message: str, notes: tuple[str, ...] = (), offset: int = 0, width: int = 0
    ) -> Problem:
        """A problem at this node, or ``offset`` characters into it."""
        column, width = self.column + offset, width or self.width - offset
        return self.file.problem(message, self.line, column, width, notes)


class Scalar(Node):
    """A single value as it was written.

    ``plain`` means without quotes. ``cut`` is the whole of a text that commas of flow style have
    cut inside its brackets, as in ``{c: min(a, b)}``.
    """

    __slots__ = ("cut", "plain", "text")
    what = "a single value"

    def __init__(
        self, file: File, text: str, plain: bool, line: int, column: int, width: int
    ) -> None:
        super().__init__(file, line, column, width)
        self.text = text
        self.plain = plain
        self.cut: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was written (or ``~``, or ``null``)."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class List(Node):
    """A sequence; ``flow`` means in brackets."""

    __slots__ = ("flow", "items")
    what = "a list"

    def __init__(self, file: File, line: int, column: int, flow: bool) -> None:
        super().__init__(file, line, column)
        self.flow = flow
        self.items: list[Node] = []


class Mapping(Node):
    """A mapping, its keys in order as written; ``merged`` means that merge keys were refused."""

    __slots__ = ("entries", "flow", "merged")
    what = "a mapping"

    def __init__(self, file: File, line: int, column: int, flow: bool) -> None:
        super().__init__(file, line, column)
        self.flow = flow
        self.merged = False
        self.entries: dict[str, tuple[Scalar, Node]] = {}

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        entry = self.entries.get(key)
        return entry and entry[1]


def described(node: Node) -> str:
    """A node in a sentence."""
    if not isinstance(node, Scalar):
        return node.what
    if node.empty:
        return "nothing"
    return quoted(node.text) if node.text else "an empty text"


def content_of(node: Node | None) -> object:
    """A node without its places: equal for texts that differ in comments and layout alone."""
    if isinstance(node, Mapping):
        return {key: content_of(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, List):
        return [content_of(item) for item in node.items]
    return (node.text, node.plain) if isinstance(node, Scalar) else None


def decode(data: bytes, path: str) -> str:
    """The text of a spec file; SpecError where it is too large or not UTF-8 text."""

    def refuse(message: str, how: type[SpecError] = SpecError) -> SpecError:
        return how([Problem(f"{printable(path)}: {message}")])

    if len(data) > LARGEST_FILE:
        raise refuse(f"is larger than {LARGEST_FILE // 2**20} MiB, too large for a spec", TooLarge)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (b"\0" in data[:4] and data[:4].strip(b"\0")):
        raise refuse("is UTF-16 or UTF-32 text: save it as UTF-8")
    if b"\0" in data:
        raise refuse("is a binary file, and a spec is YAML text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        before = data[: error.start].decode("utf-8-sig")
        file = File(path, before + data[error.start :].decode("utf-8", "replace"))
        line = len(_BREAK.split(before))
        column = len(_BREAK.split(before)[-1]) + 1
        message = f"the byte 0x{byte:02x} is not UTF-8 text: save the file as UTF-8"
        raise SpecError([file.problem(message, line, column, 1)]) from None
