"""TOML as the nodes of a spec, which know where they are.

``tomllib`` reads values but keeps no places; so its text, which is valid by then, is scanned once
more for where each value and key begins.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.errors import Problem, SpecError, printable
from convcost.spec.nodes import List, Mapping, Node, Scalar

if TYPE_CHECKING:
    from convcost.spec.nodes import File

Path = tuple[str | int, ...]
"""Keys and numbers of items that lead to a value."""

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|' r"'''.*?'{3,5}(?!')|" r'"(?:[^"\\]|\\.)*"|' r"'[^']*'",
    re.DOTALL,
)
_BARE_VALUE = re.compile(r"[^,\]}#\n]*[^,\]}#\s]")
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class _Span(NamedTuple):
    start: int
    end: int


def read_toml(file: File) -> Mapping:
    """The nodes of a TOML text; SpecError where it is not TOML."""
    try:
        data = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError([_not_toml(file, str(error))]) from None
    except RecursionError:
        raise SpecError([Problem(f"{printable(file.path)}: nested too deep")]) from None
    return cast("Mapping", _Builder(file, _Scanner(file.text)).node(data, (), 0))


def _not_toml(file: File, message: str) -> Problem:
    place = _PLACE.search(message)
    said = f"this is not TOML: {printable(_PLACE.sub('', message))}"
    if place is None or place[1] is None:
        return file.problem(said, len(file.lines), 1, 1)
    return file.problem(said, int(place[1]), int(place[2]), 1)


class _Builder:
    """Values with the places that were found for them."""

    def __init__(self, file: File, scanner: _Scanner) -> None:
        self.file = file
        self.spans = scanner.values
        self.keys = scanner.keys

    def node(self, value: Any, path: Path, around: int) -> Node:
        """The node of a value; ``around`` is where it is if it has no place of its own."""
        span = self.spans.get(path, _Span(self.keys.get(path, _Span(around, 0)).start, 0))
        line, column = self.file.place(span.start)
        if isinstance(value, dict):
            mapping = Mapping(self.file, line, column, flow=False)
            for key, inner in cast("dict[str, Any]", value).items():
                at = self.keys.get((*path, key), _Span(span.start, span.start + 1))
                place = (*self.file.place(at.start), max(1, at.end - at.start))
                node = self.node(inner, (*path, key), at.start)
                mapping.entries[key] = (Scalar(self.file, key, False, *place), node)
            return mapping
        if isinstance(value, list):
            items = List(self.file, line, column, flow=True)
            for number, inner in enumerate(cast("list[Any]", value)):
                items.items.append(self.node(inner, (*path, number), span.start))
            return items
        raw = self.file.text[span.start : span.end]
        text = value if isinstance(value, str) else raw
        plain = not isinstance(value, str)
        return Scalar(self.file, text, plain, line, column, max(1, span.end - span.start))


class _Scanner:
    """Where the values and keys of a valid TOML text stand, by the keys that lead to them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.values: dict[Path, _Span] = {}
        self.keys: dict[Path, _Span] = {}
        self.tables: dict[Path, int] = {}  # arrays of tables, and how many are in them
        self._document()

    def _document(self) -> None:
        prefix: Path = ()
        while not self._over():
            if self._take("[["):
                prefix = self._key((), "]]")
                number = self.tables.get(prefix, 0)
                self.tables[prefix] = number + 1
                self.keys[(*prefix, number)] = self.keys[prefix]
                prefix = (*prefix, number)
            elif self._take("["):
                prefix = self._inside(self._key((), "]"))
            else:
                self._value(self._key(prefix, "="))

    def _over(self) -> bool:
        self._skip()
        return self.at >= len(self.text)

    def _skip(self) -> None:
        gap = _GAP.match(self.text, self.at)
        self.at = gap.end() if gap else self.at

    def _take(self, mark: str) -> bool:
        self._skip()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _match(self, pattern: re.Pattern[str]) -> _Span:
        found = pattern.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return _Span(*found.span())

    def _inside(self, path: Path) -> Path:
        """A path that goes on in the newest table of an array of them."""
        return (*path, self.tables[path] - 1) if path in self.tables else path

    def _key(self, prefix: Path, end: str) -> Path:
        """A dotted key and what ends it."""
        path = prefix
        while not self._take(end):
            self._take(".")
            self._skip()
            quoted = self.text[self.at] in "\"'"
            span = self._match(_STRING if quoted else _BARE_KEY)
            raw = self.text[span.start : span.end]
            name = next(iter(tomllib.loads(f"{raw} = 0"))) if quoted else raw
            path = (*self._inside(path), name)
            self.keys.setdefault(path, span)
        return path

    def _value(self, path: Path) -> None:
        self._skip()
        start = self.at
        if self._take("{"):
            while not self._take("}"):
                self._value(self._key(path, "="))
                self._take(",")
        elif self._take("["):
            number = 0
            while not self._take("]"):
                self._value((*path, number))
                self._take(",")
                number += 1
        else:
            self._match(_STRING if self.text[start] in "\"'" else _BARE_VALUE)
        self.values[path] = _Span(start, self.at)
