"""Patterns of paths, as configurations and command lines have them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from glob import escape

UNTOLD = range(0xD800, 0xE000)  # what Python has in place of bytes that are no UTF-8


def matches(pattern: str, path: str) -> bool:
    """Whether a path, or a folder above it, has a pattern: ``*`` stands for any text between
    slashes, ``**`` for any folders."""
    if not is_pattern(pattern):
        plain = pattern.removeprefix("./").rstrip("/")
        return path == plain or path.startswith(f"{plain}/")
    names = path.split("/")
    places = {0}  # how many of the names the pattern so far may have taken
    for part in pattern.removeprefix("./").rstrip("/").split("/"):
        if part == "**":
            places = set(range(min(places), len(names) + 1))
        else:
            places = {i + 1 for i in places if i < len(names) and fnmatchcase(names[i], part)}
        if not places:
            return False
    return True


def is_pattern(text: str) -> bool:
    """Whether a text has any of a pattern's characters."""
    return any(c in text for c in "*?[")


def alone(path: str) -> str:
    """A pattern that a path has, and as good as no other: bytes of a name that are not text stand
    in no TOML file, and any character may be there."""
    return "".join("?" if ord(c) in UNTOLD else c for c in escape(path))
