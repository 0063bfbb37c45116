"""Beginnings of names of layers."""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = "tuple[str, ...]"


def stem(path: Path) -> str:
    """A path without the number at its end."""
    return ".".join(path).rstrip("0123456789_")
