"""Entries of two lists that stand for each other."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from convcost.gate.node_text import word
from convcost.spec.nodes import List, Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convcost.spec.nodes import Node

MOST_COMPARED = 250_000  # pairs of entries that are looked for equals
MOST_WEIGHED = 10_000  # and of those for likeness


class Step(NamedTuple):
    """An entry of either list, or of both, in an order that is that of both.

    ``at`` is its number in the old list, or else in the new one. ``move`` is the same of an entry
    that is gone and of an equal one that came, which ``moved_to`` is.
    """

    old: Node | None
    new: Node | None
    at: int
    move: int | None = None
    moved_to: Node | None = None


def aligned(
    old: Sequence[Node], new: Sequence[Node], identity: Callable[[Node], int]
) -> list[Step]:
    """The entries of two lists, in order.

    Args:
        old: the one list.
        new: the other.
        identity: is the same of entries that say the same.
    """
    pairs = list(_pairs(old, new, [*map(identity, old)], [*map(identity, new)]))
    steps: list[Step] = []
    i = j = 0
    for a, b in (*pairs, (len(old), len(new))):
        steps += (Step(old[k], None, k) for k in range(i, a))
        steps += (Step(None, new[k], k) for k in range(j, b))
        if a < len(old):
            steps.append(Step(old[a], new[b], a))
        i, j = a + 1, b + 1
    return _with_moves(steps, identity)


def _with_moves(steps: list[Step], identity: Callable[[Node], int]) -> list[Step]:
    """With entries that are gone here and came there known as moved ones."""
    came: dict[int, list[int]] = {}
    for number, step in enumerate(steps):
        if step.old is None and step.new is not None:
            came.setdefault(identity(step.new), []).append(number)
    for number, step in enumerate(steps):
        if step.new is None and step.old is not None and came.get(identity(step.old)):
            there = came[identity(step.old)].pop(0)
            to = steps[there].new
            steps[number] = step._replace(move=number, moved_to=to)
            steps[there] = steps[there]._replace(move=number, moved_to=to)
    return steps


def _pairs(
    old: Sequence[Node], new: Sequence[Node], a: list[int], b: list[int]
) -> Iterator[tuple[int, int]]:
    """Numbers of entries that stand for each other, in order: equal ones, and between them those
    that are most alike."""
    same = _alike(a, b)
    end = _alike(a[same:][::-1], b[same:][::-1])
    yield from ((k, k) for k in range(same))
    i1, j1 = len(a) - end, len(b) - end
    blocks = [("replace", 0, i1 - same, 0, j1 - same)]
    if (i1 - same) * (j1 - same) <= MOST_COMPARED:
        blocks = SequenceMatcher(None, a[same:i1], b[same:j1], autojunk=False).get_opcodes()
    for tag, i, until_i, j, until_j in blocks:
        if tag == "equal":
            yield from ((same + i + k, same + j + k) for k in range(until_i - i))
        elif tag == "replace":
            rows, columns = range(same + i, same + until_i), range(same + j, same + until_j)
            yield from _most_alike(old, new, rows, columns)
    yield from zip(range(i1, len(a)), range(j1, len(b)), strict=True)


def _alike(a: Sequence[int], b: Sequence[int]) -> int:
    number = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        number += 1
    return number


def _most_alike(
    old: Sequence[Node], new: Sequence[Node], rows: range, columns: range
) -> Iterator[tuple[int, int]]:
    """The pairs, in order, whose likeness is largest in sum."""
    if len(rows) * len(columns) > MOST_WEIGHED:
        yield from zip(rows, columns, strict=False)
        return
    best = [[0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    likeness = [[_likeness(old[i], new[j]) for j in columns] for i in rows]
    for i in range(len(rows) - 1, -1, -1):
        for j in range(len(columns) - 1, -1, -1):
            together = likeness[i][j] and likeness[i][j] + best[i + 1][j + 1]
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(rows) and j < len(columns):
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            yield rows[i], columns[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _likeness(old: Node, new: Node) -> int:
    """How much two entries that differ are alike; 0: one does not stand for the other."""
    names = [_name(node) for node in (old, new)]
    if names[0] and names[0] == names[1]:
        return 8
    if all(names):
        return 2 if word(old) == word(new) else 0  # renamed, perhaps
    if isinstance(old, List) and isinstance(new, List):
        equal = sum(
            isinstance(a, Scalar) and isinstance(b, Scalar) and a.text == b.text
            for a, b in zip(old.items, new.items, strict=False)
        )
        return min(7, 2 + equal)
    if isinstance(old, List) or isinstance(new, List):
        return 0
    return 4 if word(old) == word(new) else 1


def _name(node: Node) -> str:
    name = node.get("name") if isinstance(node, Mapping) else None
    return name.text if isinstance(name, Scalar) else ""
