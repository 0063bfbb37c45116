"""Where limits stand in a text, or stood."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.budget.limit import Part
from convcost.errors import ConvcostError
from convcost.gate.toml import read_toml
from convcost.spec.compose import compose
from convcost.spec.nodes import File, List, Mapping, Scalar, decode
from convcost.spec.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.budget.limit import Limit
    from convcost.errors import Source
    from convcost.spec.nodes import Node

TOML = ".toml"
MOST_COMPARED = 10**6  # pairs of lines


def budgets_in(path: str, data: bytes) -> list[Node]:
    """The budgets of a spec or a configuration; none where it cannot be read, which is told
    elsewhere."""
    try:
        return list(_budgets(File(path, decode(data, path))))
    except ConvcostError:
        return []


def _budgets(file: File) -> Iterator[Node]:
    if PurePath(file.path).suffix != TOML:
        root = compose(file, Problems(file))
        budget = root.get("budget") if isinstance(root, Mapping) else None
    else:
        table = read_toml(file)
        tool = table.get("tool")
        own = tool.get("convcost") if isinstance(tool, Mapping) else None
        budget = (own if isinstance(own, Mapping) else table).get("budget")
    if isinstance(budget, List):
        yield from budget.items
    elif budget is not None:
        yield budget


def off_at(budgets: Iterable[Node], limit: Limit) -> Source | None:
    """Where a limit is switched off, which is left out as it is read; None where it is not."""
    keys = [] if limit.part is Part.NETWORK else [limit.part.value, limit.pattern]
    for budget in budgets:
        node: Node | None = budget
        for key in (*keys, limit.metric):
            node = node.get(key) if isinstance(node, Mapping) else None
        level = node.get("level") if isinstance(node, Mapping) else None
        if isinstance(level, Scalar) and level.text == "off":
            return level.source
    return None


def still_at(before: bytes | None, after: bytes | None, line: int) -> int:
    """The line of a text now that stands where another stood, which may be gone: where a reader of
    the change finds it.

    Args:
        before: the text as it was.
        after: the text as it is.
        line: the line of the text as it was.
    """
    if before is None or after is None:
        return line
    old, new = before.splitlines(), after.splitlines()
    return max(1, min(_now(old, new, line), len(new)))


def _now(old: Sequence[bytes], new: Sequence[bytes], line: int) -> int:
    same = _alike(old, new)
    end = _alike(old[same:][::-1], new[same:][::-1])
    if line <= same:
        return line
    if line > len(old) - end:
        return line + len(new) - len(old)
    old, new = old[same : len(old) - end], new[same : len(new) - end]
    within = line - same - 1
    if len(old) * len(new) > MOST_COMPARED:
        return same + min(within + 1, len(new))
    return same + _beside(old, new, within)


def _beside(old: Sequence[bytes], new: Sequence[bytes], line: int) -> int:
    """The number, from 1, of the line that a line (from 0) has become, or else of the one before
    which it was."""
    parts = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for _, start, end, there, until in parts:
        if start <= line < end:
            return min(there + line - start, max(there, until - 1)) + 1
    return len(new)


def _alike(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    """How many lines two texts begin with together."""
    number = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        number += 1
    return number
