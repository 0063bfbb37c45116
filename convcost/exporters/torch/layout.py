"""Lines of Python that are no longer than wanted, broken as formatters break them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 88
INDENT = "    "
_OPEN, _CLOSE = "([{", ")]}"


def lines(text: str, depth: int) -> Iterator[str]:
    """A statement in as many lines as it takes.

    Args:
        text: the statement in one line.
        depth: how far it is indented.
    """
    whole = INDENT * depth + text
    where = None if len(whole) <= WIDTH else _last_brackets(text)
    if where is None or where[1] == where[0] + 1:
        yield whole
        return
    first, last = where
    head, inside, tail = text[: first + 1], text[first + 1 : last], text[last:]
    yield INDENT * depth + head
    parts = _split(inside)
    if len(INDENT * (depth + 1) + inside) <= WIDTH:
        yield INDENT * (depth + 1) + inside.removesuffix(",")
    elif len(parts) == 1:
        yield from lines(inside.removesuffix(","), depth + 1)
    else:
        for part in parts:
            yield from lines(f"{part},", depth + 1)
    yield INDENT * depth + tail


def _last_brackets(text: str) -> tuple[int, int] | None:
    """The outermost brackets that end last, and hold something."""
    found: tuple[int, int] | None = None
    depth, start = 0, 0
    for at, char in _outside_strings(text):
        if char in _OPEN:
            start = start if depth else at
            depth += 1
        elif char in _CLOSE:
            depth -= 1
            if not depth and at > start + 1:
                found = (start, at)
    return found


def _split(text: str) -> list[str]:
    """The parts between outermost commas."""
    cuts, depth = [-1], 0
    for at, char in _outside_strings(text):
        depth += (char in _OPEN) - (char in _CLOSE)
        if char == "," and not depth:
            cuts.append(at)
    ends = [*cuts[1:], len(text)]
    parts = (text[a + 1 : b].strip() for a, b in zip(cuts, ends, strict=True))
    return [part for part in parts if part]


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    """Characters that stand in no string, with their places."""
    inside = escaped = False
    for at, char in enumerate(text):
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        else:
            yield at, char
