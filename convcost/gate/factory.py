"""Factories in a configuration: functions of the user's code that make a model.

```toml
[[model]]
factory = "detector.models:build"
inputs = { image = "3x320x320" }
```

They are named here and run in ``convcost.gate.factory_run``, for those who ask for that alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import Problem, quoted
from convcost.gate.told import given_of
from convcost.given import NOTHING, Given
from convcost.spec import quantity
from convcost.spec.nodes import List, Scalar, described

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from convcost.errors import Source
    from convcost.spec.nodes import Mapping as Table
    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

KEYS = ("factory", "python", "pythonpath", "timeout", "memory")
SECONDS = 300
MEMORY = "8GiB"
LONGEST = 86_400  # seconds

NAME = r"^\w+(\.\w+)*:\w+(\.\w+)*$"
"""A module and a function of it."""


class Factory(NamedTuple):
    """A function that makes a model.

    ``name`` is its module and its own name, ``source`` where a configuration has it. ``given`` are
    shapes and values of the inputs, ``path`` folders of modules as seen from ``folder``, in which
    it runs; ``seconds`` and ``memory`` are what it may take. ``python`` is the interpreter that
    runs it, "" for the one that runs convcost. ``examples`` are whole shapes and types of its
    inputs, in place of those of ``given``.
    """

    name: str
    source: Source
    folder: Path
    given: Given = NOTHING
    path: tuple[str, ...] = (".",)
    seconds: int = SECONDS
    memory: int = quantity.size(MEMORY)
    python: str = ""
    examples: Mapping[str, tuple[tuple[int, ...], str]] | None = None

    @property
    def where(self) -> Path:
        """A path that stands for it among those of files."""
        return self.folder / self.name


def is_name(text: str) -> bool:
    """Whether a text is the name of a factory."""
    return re.fullmatch(NAME, text) is not None


def not_checked(factory: Factory) -> Problem:
    """A sentence about a factory that nobody allowed to be run."""
    name = quoted(factory.name)
    said = f"the factory {name} is not checked, as it is code: `--run-code` runs it"
    return Problem(said, factory.source)


def read_factory(reader: Reader, mapping: Table, folder: Path) -> Factory | None:
    """The factory of a table; None, with a complaint for each mistake, where it is none."""
    node = mapping.get("factory")
    if node is None:
        for key in KEYS[1:]:
            other = mapping.get(key)
            if other is not None:
                reader.complain(f"{key} is of a factory, and this table has none", other)
        return None
    models = mapping.get("models")
    if models is not None:
        reader.complain("a table has either models or a factory: begin another one", models)
    given = given_of(reader, mapping)
    path = _folders(reader, mapping.get("pythonpath"))
    seconds = _seconds(reader, mapping.get("timeout"))
    memory = _memory(reader, mapping.get("memory"))
    python = _python(reader, mapping.get("python"))
    if not (isinstance(node, Scalar) and not node.plain and is_name(node.text)):
        wanted = 'a module and a function of it, as in "detector.models:build"'
        reader.complain(f"factory is {wanted}, and here is {described(node)}", node)
        return None
    return Factory(node.text, node.source, folder, given, path, seconds, memory, python)


def _python(reader: Reader, node: Node | None) -> str:
    if node is None:
        return ""
    if isinstance(node, Scalar) and not node.plain and node.text:
        return node.text
    wanted = 'the path or the name of an interpreter, as in ".venv/bin/python"'
    reader.complain(f"python is {wanted}, and here is {described(node)}", node)
    return ""


def _folders(reader: Reader, node: Node | None) -> tuple[str, ...]:
    items = node.items if isinstance(node, List) else [node] if node else []
    found = [item.text for item in items if isinstance(item, Scalar) and not item.plain]
    if node is not None and (len(found) < len(items) or not found):
        wanted = 'a folder or a list of them, as in ["src"]'
        reader.complain(f"pythonpath is {wanted}, and here is {described(node)}", node)
    return tuple(found) or (".",)


def _seconds(reader: Reader, node: Node | None) -> int:
    if node is None:
        return SECONDS
    text = node.text if isinstance(node, Scalar) and node.plain else ""
    if text.isdecimal() and len(text) < 6 and 0 < int(text) <= LONGEST:
        return int(text)
    wanted = f"a whole number of seconds from 1 to {LONGEST}"
    reader.complain(f"timeout is {wanted}, and here is {described(node)}", node)
    return SECONDS


def _memory(reader: Reader, node: Node | None) -> int:
    try:
        text = MEMORY if node is None else node.text if isinstance(node, Scalar) else ""
        return quantity.size(text)
    except ValueError as error:
        assert node is not None
        shown = quoted(node.text) if isinstance(node, Scalar) else described(node)
        reader.complain(f"memory: {shown} {error}", node)
        return quantity.size(MEMORY)
