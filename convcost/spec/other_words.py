"""The words of PyTorch, Keras and ONNX for ops and fields, so that messages can translate.

They stand in ``words/*.csv``: a row for each op and field, a column for each tool.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parent / "words"
TOOLS = {"pytorch": "PyTorch", "keras": "Keras", "onnx": "ONNX"}

_RANK = re.compile(r"_?[123]d")
_PART = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_FROM_THE_INPUT = frozenset(
    (
        "inchannels",
        "infeatures",
        "numfeatures",
        "numchannels",
        "normalizedshape",
        "inputshape",
        "inputsize",
    )
)


class Row(NamedTuple):
    """A word of ours, and those of others by their column."""

    ours: str
    theirs: dict[str, list[str]]

    @property
    def said(self) -> str:
        """``conv`` and what others call it, where that is another word."""
        tools: dict[str, list[str]] = {}
        for tool, name in TOOLS.items():
            for word in self.theirs[tool][:1]:
                if word != self.ours:
                    tools.setdefault(word, []).append(name)
        each = [f"`{word}` in {listed(names)}" for word, names in tools.items()]
        joined = ", ".join(each)
        return f"`{self.ours}`{f' ({joined})' if each else ''}"


def op_meant(word: str, known: Iterable[str]) -> str | None:
    """Our word for another library's op: `conv` for `Conv2d`."""
    plain = _plain(_RANK.sub("", word.lower()))
    ours = {_plain(name): name for name in known}
    if plain in ours:
        return ours[plain]
    return next((row.ours for row in rows("ops") if plain in _without_rank(row)), None)


def about_op(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """A note that translates another library's op, or names the nearest of ours."""
    known = list(known)
    meant = op_meant(word, known)
    if meant:
        return (f"here it is {_said('ops', meant)}",)
    for name, nearest, why in _table("nearest"):
        if _plain(name) == _plain(word):
            return (f"the nearest op is `{nearest}`: {why}",)
    *_, last = _PART.findall(word) or [word]
    meant = op_meant(last, known)
    return (f"the nearest op is {_said('ops', meant)}",) if meant else ()


def field_meant(word: str, known: Iterable[str]) -> str | None:
    """Our word for another library's field: `stride` for `strides`."""
    ours = {_plain(name): name for name in known}
    plain = _plain(word)
    others = (row.ours for row in rows("fields") if plain in _all(row))
    return ours.get(plain) or next((other for other in others if other in ours.values()), None)


def about_field(field: str) -> str:
    """A field of ours, and what others call it."""
    return _said("fields", field)


def in_keras(field: str) -> str | None:
    """A note for a field that Keras calls otherwise than PyTorch and we do."""
    for row in rows("fields"):
        for theirs in row.theirs["keras"][:1] if row.ours == field else ():
            return f"`{field}` is `{theirs}` in Keras" if theirs != field else None
    return None


def follows_from_input(word: str) -> bool:
    """Whether a field of other libraries says what the input says already."""
    return _plain(word) in _FROM_THE_INPUT


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The rows of a table."""
    head, *lines = _table(table, head=True)
    return tuple(
        Row(line[0], {key: words.split() for key, words in zip(head[1:], line[1:], strict=True)})
        for line in lines
    )


def _table(name: str, *, head: bool = False) -> list[list[str]]:
    text = (FOLDER / f"{name}.csv").read_text("utf-8")
    return list(csv.reader(text.splitlines()))[0 if head else 1 :]


def _said(table: str, ours: str) -> str:
    return next((row.said for row in rows(table) if row.ours == ours), f"`{ours}`")


def _all(row: Row) -> Iterator[str]:
    return (_plain(word) for words in row.theirs.values() for word in words)


def _without_rank(row: Row) -> set[str]:
    return {_plain(_RANK.sub("", word.lower())) for words in row.theirs.values() for word in words}


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word.lower())
