"""Dotted names cut in the middle where a terminal is too narrow.

The end of a name tells most, so it stays; what is left out is marked by an ellipsis. A cut name
still means one layer: it can be given to a command as it is printed, or without its ellipsis.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.named import ELLIPSIS
from convcost.render.parts.text_width import width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def cut(name: str, room: int) -> str:
    """A dotted name in at most ``room`` columns: ``stage.0.0…expand.norm``."""
    name = printable(name)
    if width_of(name) <= room:
        return name
    fitting = (cell for cell in map(_joined, _cuts(name, room)) if width_of(cell) <= room)
    return next(fitting, ELLIPSIS)


def cut_apart(names: Sequence[str], room: int, others: Iterable[str] = ()) -> list[str]:
    """Names in at most ``room`` columns, each as no other of them or of ``others`` can be cut.

    One that cannot be told from others in so little room takes more.
    """
    shown = list(map(printable, names))
    if all(width_of(name) <= room for name in shown):
        return shown
    known = _Known({*shown, *map(printable, others)})
    cells: dict[str, str] = {}
    for name in shown:
        if name not in cells:
            cells[name] = name if width_of(name) <= room else _apart(name, room, known)
    return [cells[name] for name in shown]


def _apart(name: str, room: int, known: _Known) -> str:
    """A name cut so that it can be told from all others: in the room, or in as little more as
    that takes."""
    for start, end in _cuts(name, room):
        if width_of(_joined((start, end))) <= room and known.tells(start, end):
            return _joined((start, end))
    wider = sorted(_between_words(name), key=lambda parts: len(_joined(parts)))
    for start, end in wider:
        cell = _joined((start, end))
        if room < width_of(cell) < width_of(name) and known.tells(start, end):
            return cell
    return name


def _joined(parts: tuple[str, str]) -> str:
    return ELLIPSIS.join(parts)


def _cuts(name: str, room: int) -> Iterator[tuple[str, str]]:
    """Beginnings and ends of a name that may fit, the best first: of whole words, as many as can
    be; with a part of a word at the end; with any letters, more of them at the end."""
    words = [p for p in _between_words(name) if len(_joined(p)) <= room]
    yield from sorted(words, key=lambda p: ((not p[0]) - len(_joined(p)), -len(p[1])))
    for start in sorted({start for start, _ in _between_words(name)}, key=len, reverse=True):
        length = room - 1 - len(start)
        if 0 < length < len(name) - len(start):
            yield start, name[len(name) - length :]
    most = min(room - 1, len(name) - 1)
    for letters in range(most, max(0, most - 1) if name.isascii() else 0, -1):
        for first in range(letters // 2, -1, -1):
            yield name[:first], name[len(name) - letters + first :]


def _between_words(name: str) -> Iterator[tuple[str, str]]:
    """Beginnings and ends of whole words, with a word or more left out between them."""
    words = name.split(".")
    for last in range(1, len(words)):
        for first in range(last):
            yield ".".join(words[:first]), ".".join(words[last:])


class _Known:
    """All names that a cut one must not be taken for."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self._ends: dict[tuple[int, int], Counter[tuple[str, str]]] = {}

    def tells(self, start: str, end: str) -> bool:
        """Whether one name alone begins and ends so, also where the ellipsis is left out."""
        if self._count(start, end) != 1:
            return False
        if start:
            return not self._joins(start, end)
        return f".{end}\n" in self._text or self._text.count(end) == 1

    def _count(self, start: str, end: str) -> int:
        """The number of names that begin and end so."""
        lengths = len(start), len(end)
        if lengths not in self._ends:
            self._ends[lengths] = Counter(
                (name[: lengths[0]], name[len(name) - lengths[1] :])
                for name in self.names
                if len(name) >= sum(lengths)
            )
        return self._ends[lengths][start, end]

    def _joins(self, start: str, end: str) -> bool:
        """Whether a beginning and an end put together can be read as another name's."""
        text, joint = start + end, len(start)
        word = start.rpartition(".")[2] + end.partition(".")[0]
        if word in self._words or text in self._text:
            return True
        earlier = (at for at in range(joint - 1, 0, -1))
        later = (at for at in range(joint + 1, len(text)))
        return self._any(text, earlier, ends=True) or self._any(text, later, ends=False)

    def _any(self, text: str, places: Iterable[int], *, ends: bool) -> bool:
        """Whether a name is the text with something put in at one of some places, which go away
        from the middle: beyond the first that no name can have, none has."""
        for at in places:
            part = text[at:][::-1] if ends else text[:at]
            if not _begins(self._backwards if ends else self._forwards, part):
                return False
            if self._count(text[:at], text[at:]):
                return True
        return False

    @cached_property
    def _words(self) -> set[str]:
        return set(chain.from_iterable(name.split(".") for name in self.names))

    @cached_property
    def _text(self) -> str:
        return "".join(f"{name}\n" for name in self.names)

    @cached_property
    def _forwards(self) -> list[str]:
        return sorted(self.names)

    @cached_property
    def _backwards(self) -> list[str]:
        return sorted(name[::-1] for name in self.names)


def _begins(ordered: Sequence[str], start: str) -> bool:
    """Whether a text of a sorted list begins with another."""
    at = bisect_left(ordered, start)
    return at < len(ordered) and ordered[at].startswith(start)
