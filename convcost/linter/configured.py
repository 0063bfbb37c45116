"""``[lint.per-file-ignores]`` written into a configuration, which stays as it is otherwise."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.gate.config import PROJECT, parsed
from convcost.gate.toml import read_toml
from convcost.spec.nodes import File, List
from convcost.spec.nodes import Mapping as Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from convcost.spec.nodes import Node

TABLE = "per-file-ignores"


def with_ignores(file: File, folder: Path, wanted: Mapping[str, Sequence[str]]) -> str:
    """The text of a configuration that ignores codes in more files.

    Args:
        file: the configuration; empty where there is none yet.
        folder: the one it is in.
        wanted: codes by pattern.

    Raises:
        ConvcostError: it is written in a way that an addition cannot follow.
    """
    section = PurePath(file.path).name == PROJECT
    above = ("tool", "convcost", "lint") if section else ("lint",)
    text = file.text
    for pattern, codes in wanted.items():
        text = _with(File(file.path, text), (*above, TABLE), pattern, codes)
    config = parsed(File(file.path, text), folder) if _is_toml(file.path, text) else None
    lint = config and config.lint
    if lint is None or not all(
        set(codes) <= set(lint.per_file.get(pattern, ())) for pattern, codes in wanted.items()
    ):
        lines = "".join(f"\n    {_line(*entry)}" for entry in wanted.items())
        raise ConvcostError(
            f"{printable(file.path)}: `{TABLE}` is written in a way that cannot be added to: write"
            f"{lines}"
        )
    return text


def _is_toml(path: str, text: str) -> bool:
    try:
        read_toml(File(path, text))
    except ConvcostError:
        return False
    return True


def _with(file: File, keys: tuple[str, ...], pattern: str, codes: Sequence[str]) -> str:
    """The text with one more entry, or more codes in the one that is there."""
    root: Node | None = read_toml(file)
    for key in keys:
        root = root.get(key) if isinstance(root, Table) else None
    known = root.get(pattern) if isinstance(root, Table) else None
    if isinstance(known, List):
        place = known.items[-1] if known.items else known
        end = file.offset(place.line, place.column) + place.width
        more = ", ".join(map(json.dumps, codes))
        return f"{file.text[:end]}{', ' if known.items else ''}{more}{file.text[end:]}"
    dotted = r"\s*\.\s*".join(rf'"?{re.escape(key)}"?' for key in keys)
    header = re.search(rf"^[ \t]*\[\s*{dotted}\s*\][^\n]*(?:\n|\Z)", file.text, re.MULTILINE)
    line = f"{_line(pattern, codes)}\n"
    if header is not None:
        before, after = file.text[: header.end()], file.text[header.end() :]
        return f"{_ended(before)}{line}{after}"
    gap = "\n" if file.text else ""
    return f"{_ended(file.text)}{gap}[{'.'.join(keys)}]\n{line}"


def _ended(text: str) -> str:
    """A text whose last line has its end."""
    return text if text.endswith("\n") or not text else f"{text}\n"


def _line(pattern: str, codes: Sequence[str]) -> str:
    return f"{json.dumps(pattern, ensure_ascii=False)} = {json.dumps(list(codes))}"
