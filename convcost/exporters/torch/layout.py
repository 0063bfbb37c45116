"""Lines of Python that are no longer than wanted, broken as formatters break them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 88
INDENT = "    "
_OPEN, _CLOSE = "([{", ")]}"
_SIGNS = ("+", "-", "*", "/")


def lines(text: str, depth: int) -> Iterator[str]:
    """A statement in as many lines as it takes.

    Args:
        text: the statement in one line.
        depth: how far it is indented.
    """
    if _fits(text, depth):
        yield INDENT * depth + text
        return
    head, value = _head(text)
    targets = _split(head.removesuffix(" = ")) if head.endswith(" = ") else []
    signs = _cuts(value, _SIGNS)
    parts = _split(value) if head else []
    if len(targets) > 1:
        yield from _within("", targets, f") = {value}", depth)
    elif len(parts) > 1:
        yield from _within(head, parts, ")", depth)
    elif head and signs:
        yield f"{INDENT * depth}{head}("
        yield from (INDENT * (depth + 1) + part for part in _at(value, signs))
        yield f"{INDENT * depth})"
    else:
        yield from _broken(text, depth)


def _fits(text: str, depth: int) -> bool:
    return len(INDENT * depth + text) <= WIDTH


def _head(text: str) -> tuple[str, str]:
    """Split a statement into its head (``return`` or a target) and its value."""
    if text.startswith("return "):
        return "return ", text.removeprefix("return ")
    depth = 0
    for at, char in _outside_strings(text):
        depth += (char in _OPEN) - (char in _CLOSE)
        if not depth and text[at : at + 3] == " = " and not text.startswith("def "):
            return text[: at + 3], text[at + 3 :]
    return "", text


def _within(head: str, parts: list[str], tail: str, depth: int) -> Iterator[str]:
    """Parts in brackets, each in a line of its own."""
    yield f"{INDENT * depth}{head}("
    for part in parts:
        yield from lines(f"{part},", depth + 1)
    yield f"{INDENT * depth}{tail}"


def _broken(text: str, depth: int) -> Iterator[str]:
    """A text broken in its last brackets; the head of a function, in its first."""
    where = _brackets(text, first=text.startswith("def "))
    if where is None:
        yield INDENT * depth + text
        return
    first, last = where
    head, inside, tail = text[: first + 1], text[first + 1 : last], text[last:]
    yield INDENT * depth + head
    parts = _split(inside)
    if _fits(inside, depth + 1):
        yield INDENT * (depth + 1) + inside.removesuffix(",")
    elif len(parts) == 1:
        yield from lines(inside.removesuffix(","), depth + 1)
    else:
        for part in parts:
            yield from lines(f"{part},", depth + 1)
    yield INDENT * depth + tail


def _brackets(text: str, *, first: bool) -> tuple[int, int] | None:
    """The outermost brackets that end last, or first, and hold something."""
    found: tuple[int, int] | None = None
    depth, start = 0, 0
    for at, char in _outside_strings(text):
        if char in _OPEN:
            start = start if depth else at
            depth += 1
        elif char in _CLOSE:
            depth -= 1
            if not depth and at > start + 1 and not (found and first):
                found = (start, at)
    return found


def _split(text: str) -> list[str]:
    """The parts between outermost commas."""
    cuts = _cuts(text, (",",))
    starts = [0, *(at + 1 for at in cuts)]
    parts = (text[a:b].strip() for a, b in zip(starts, [*cuts, len(text)], strict=True))
    return [part for part in parts if part]


def _at(text: str, cuts: list[int]) -> list[str]:
    """The parts that begin at some places, and before the first."""
    ends = [*cuts, len(text)]
    return [text[a:b].strip() for a, b in zip([0, *cuts], ends, strict=True)]


def _cuts(text: str, signs: tuple[str, ...]) -> list[int]:
    """Where outermost signs stand: commas, or operators between spaces."""
    found: list[int] = []
    depth = 0
    for at, char in _outside_strings(text):
        depth += (char in _OPEN) - (char in _CLOSE)
        if not depth and char in signs and (char == "," or text[at - 1 : at + 2] == f" {char} "):
            found.append(at)
    return found


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
