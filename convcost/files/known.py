"""Specs that come with convcost, known by their names: ``resnet50``, ``kernels/sobel``.

They are data of the package. In a checkout they lie beside it, where people look for them.
"""

from __future__ import annotations

import os
import re
from functools import cache

SUFFIX = ".yaml"

_NAME = re.compile(r"\w+(?:/\w+)*")


@cache
def folder() -> str:
    """The folder that they are in."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def path_of(name: str) -> str | None:
    """The path of a spec, or None where none has the name."""
    if not _NAME.fullmatch(name):
        return None
    path = os.path.join(folder(), f"{name}{SUFFIX}")
    return path if os.path.isfile(path) else None


def is_known(name: str) -> bool:
    """Whether a word means one of them: a file or folder that is there goes first."""
    return path_of(name) is not None and not os.path.lexists(name)


def names() -> list[str]:
    """All names: networks, then those in folders."""
    top = folder()
    found: list[str] = []
    for where, folders, files in os.walk(top):
        folders.sort()
        below = os.path.relpath(where, top).replace(os.sep, "/").removeprefix(".")
        found += (
            f"{below}/{name}".removeprefix("/").removesuffix(SUFFIX)
            for name in sorted(files)
            if name.endswith(SUFFIX)
        )
    return found
