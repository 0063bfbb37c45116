"""Changes between two YAML texts, value by value, and the text with only some of the changes.

Texts are compared as nodes, so that comments, order of keys and layout are no changes. A value, a
key and an entry of a list are each one change; of a list of plain values (a shape, say) the whole.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import Source
from convcost.gate.lists import Step, aligned
from convcost.gate.node_text import Identities, flow, is_list_of_values, label, word, yaml_of
from convcost.spec.nodes import List, Mapping, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

Path = tuple["str | int", ...]
"""Keys and numbers of entries of the old text that lead to a node."""

SILENT = ("budget", "expect", "name", "weights")
"""Keys at the top of a spec that no figure depends on."""

NOTES = ("doc", "paper")
"""Those of a block."""


UNSAID = ("layers", "body", "shortcut", "paths", "args", "rows")
"""Keys that names of changes leave out."""


class Kind(StrEnum):
    """The kind of a change."""

    VALUE = "value"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    LAYER = "layer"
    """Of a model without a text: a layer that costs something else than it did."""
    LIMIT = "limit"
    REST = "rest"
    """What the others do only together, or what was not worked out change by change."""


class Edit(NamedTuple):
    """One change: what it is of, its texts (what is not there is ""), and where it stands now; of
    what is gone where it would stand."""

    kind: Kind
    what: str
    before: str
    after: str
    source: Source


class Added(NamedTuple):
    """A key with its value that a mapping got, and the number of the change."""

    number: int
    key: Scalar
    node: Node


class Edits:
    """The changes from one text to another, by number.

    Args:
        old: the top of the one, and
        new: of the other.
        still_at: the line of the new text that stands where a line of the old one was.
    """

    def __init__(self, old: Node, new: Node, still_at: Callable[[int], int]) -> None:
        self.old, self.new = old, new
        self._still_at = still_at
        self.edits: list[Edit] = []
        self.replaced: dict[Path, tuple[int, Node]] = {}
        self.added: dict[Path, list[Added]] = {}
        self.removed: dict[Path, int] = {}
        self.scripts: dict[Path, list[tuple[Step, int | None]]] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._columns: dict[Path, list[str]] = {}  # of tables, by their paths
        self._identity = Identities()
        self._compare(old, new, (), "")

    def _number(self, edit: Edit, old: Source | None = None) -> int:
        """The number of a change: what stands behind an alias changes once."""
        key = (*edit._replace(what=""), old)
        if key not in self._numbers:
            self._numbers[key] = len(self.edits)
            self.edits.append(edit)
        return self._numbers[key]

    def _compare(self, old: Node, new: Node, path: Path, what: str) -> None:
        if self._identity(old) == self._identity(new):
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping) and word(old) == word(new):
            self._mappings(old, new, path, what)
        elif isinstance(old, List) and isinstance(new, List) and not _whole(old, new, path):
            self._lists(old, new, path, what)
        else:
            edit = Edit(Kind.VALUE, what, flow(old), flow(new), new.source)
            self.replaced[path] = self._number(edit, old.source), new

    def _mappings(self, old: Mapping, new: Mapping, path: Path, what: str) -> None:
        columns = new.get("columns")
        if isinstance(columns, List):
            self._columns[path] = [word(item) for item in columns.items]
        fields = self._fields(old, new) if word(old) else []
        together = self._together(old, new, fields, what) if len(fields) > 1 else None
        for key, (at, node) in old.entries.items():
            if _is_silent(path, key):
                continue
            inner = _inside(path, key, what)
            entry = new.entries.get(key)
            if entry is None:
                edit = together or Edit(Kind.REMOVED, inner, flow(node), "", self._gone(at))
                self.removed[*path, key] = self._number(edit, (old if together else at).source)
            elif together and key in fields:
                self.replaced[*path, key] = self._number(together, old.source), entry[1]
            else:
                self._compare(node, entry[1], (*path, key), inner)
        for key, (at, node) in new.entries.items():
            if key not in old.entries and not _is_silent(path, key):
                edit = Edit(Kind.ADDED, _inside(path, key, what), "", flow(node), at.source)
                number = self._number(together or edit, together and old.source)
                self.added.setdefault(path, []).append(Added(number, at, node))

    def _fields(self, old: Mapping, new: Mapping) -> list[str]:
        """The fields of a layer that differ: not the layers in it."""
        keys = [key for key in {**old.entries, **new.entries} if key not in UNSAID]
        ones = ((key, old.get(key), new.get(key)) for key in keys)
        return [
            key
            for key, one, other in ones
            if one is None or other is None or self._identity(one) != self._identity(other)
        ]

    def _together(self, old: Mapping, new: Mapping, fields: list[str], what: str) -> Edit:
        """The fields of one layer as one change: a kernel and its padding are meant together."""
        before, after = (
            f"{{{', '.join(f'{key}: {flow(node)}' for key in fields if (node := of.get(key)))}}}"
            for of in (old, new)
        )
        there = next((new.entries[key][0] for key in fields if key in new.entries), None)
        return Edit(Kind.VALUE, what, before, after, there.source if there else new.source)

    def _lists(self, old: List, new: List, path: Path, what: str) -> None:
        if path[-2:-1] == ("rows",) and len(old.items) == len(new.items):
            for number, (one, other) in enumerate(zip(old.items, new.items, strict=True)):
                self._compare(one, other, (*path, number), self._cell(path, what, number))
            return
        script: list[tuple[Step, int | None]] = []
        moved: dict[int, int] = {}
        for step in aligned(old.items, new.items, self._identity):
            number: int | None = None
            if step.old is not None and step.new is not None:
                apart = word(step.old) != word(step.new)
                inner = _entry(step.new, path, what, step.at, whole=apart)
                self._compare(step.old, step.new, (*path, step.at), inner)
            else:
                number = self._came_or_went(step, path, what, moved)
            script.append((step, number))
        if any(number is not None for _, number in script):
            self.scripts[path] = script

    def _came_or_went(self, step: Step, path: Path, what: str, moved: dict[int, int]) -> int:
        node = step.old or step.new
        assert node is not None
        if step.move is not None and step.move in moved:
            return moved[step.move]
        inner, text = _entry(node, path, what, step.at, whole=True), flow(node)
        if step.move is not None and step.moved_to is not None:
            edit = Edit(Kind.MOVED, inner, text, text, step.moved_to.source)
            moved[step.move] = self._number(edit)
            return moved[step.move]
        if step.new is None:
            edit = Edit(Kind.REMOVED, inner, text, "", self._gone(node))
            return self._number(edit, node.source)
        return self._number(Edit(Kind.ADDED, inner, "", text, node.source))

    def _gone(self, node: Node) -> Source:
        """The place now of what stood at a node of the old text."""
        return Source(self.new.file.path, self._still_at(node.line))

    def _cell(self, path: Path, what: str, number: int) -> str:
        """The name of a cell of a row, by its column."""
        columns = self._columns.get(path[:-2], [])
        return f"{what} {columns[number]}" if number < len(columns) else f"{what}[{number}]"

    @property
    def complete(self) -> bool:
        """Whether all changes together make the new text: they do not where the order of keys
        changed."""
        return yaml_of(_loud(self.applied(lambda _: True))) == yaml_of(_loud(self.new))

    def applied(self, chosen: Callable[[int], bool]) -> Node:
        """The old text's nodes, with the changes that are chosen."""
        return self._applied(self.old, (), chosen)

    def _applied(self, node: Node, path: Path, chosen: Callable[[int], bool]) -> Node:
        number, new = self.replaced.get(path, (None, node))
        if number is not None and chosen(number):
            return new
        if isinstance(node, List):
            items = List(node.file, node.line, node.column, node.flow)
            items.items = self._items(node, path, chosen)
            return items
        if not isinstance(node, Mapping):
            return node
        mapping = Mapping(node.file, node.line, node.column, node.flow)
        for key, (at, value) in node.entries.items():
            gone = self.removed.get((*path, key))
            if gone is None or not chosen(gone):
                mapping.entries[key] = (at, self._applied(value, (*path, key), chosen))
        for added in self.added.get(path, ()):
            if chosen(added.number):
                mapping.entries[added.key.text] = (added.key, added.node)
        return mapping

    def _items(self, node: List, path: Path, chosen: Callable[[int], bool]) -> list[Node]:
        script = self.scripts.get(path)
        if script is None:
            return [
                self._applied(item, (*path, number), chosen)
                for number, item in enumerate(node.items)
            ]
        found: list[Node] = []
        for step, number in script:
            if step.old is not None and (number is None or not chosen(number)):
                found.append(self._applied(step.old, (*path, step.at), chosen))
            elif step.old is None and step.new and number is not None and chosen(number):
                found.append(step.new)
        return found


def _is_silent(path: Path, key: str) -> bool:
    if not path:
        return key in SILENT
    return len(path) == 2 and path[0] == "blocks" and key in NOTES


def _loud(top: Node) -> Node:
    """The part of a spec that figures depend on."""
    if not isinstance(top, Mapping):
        return top
    found = Mapping(top.file, top.line, top.column, top.flow)
    found.entries = {key: entry for key, entry in top.entries.items() if key not in SILENT}
    return found


def _whole(old: List, new: List, path: Path) -> bool:
    """Whether two lists are one value each: no lists of layers, rows or cells of a row."""
    if path[-1:] and path[-1] in ("layers", "body", "shortcut", "paths", "rows"):
        return False
    if path[-2:-1] == ("paths",):
        return False
    values = is_list_of_values(old) and is_list_of_values(new)
    in_row = path[-2:-1] == ("rows",) and len(old.items) == len(new.items)
    return values and not in_row


def _inside(path: Path, key: str, what: str) -> str:
    """The name of a value under a key."""
    if not path:
        return key
    if path == ("vars",):
        return key
    if path == ("inputs",):
        return f"input {key}"
    if path == ("blocks",):
        return f"block {key}"
    if len(path) == 2 and path[0] == "blocks" and key == "layers":
        return str(path[1])
    if path[0] == "blocks" and path[2:] == ("args",):
        return f"{path[1]}.{key}"
    if key in UNSAID:
        return what
    return f"{what}.{key}" if what else key


def _entry(node: Node, path: Path, what: str, number: int, *, whole: bool) -> str:
    """The name of an entry of a list: a layer by its name or op, else by its number. ``whole``: its
    text, which has the op, stands beside it."""
    if path[-1:] == ("rows",):
        return f"{what} row {number + 1}"
    own = label(node)
    if own:
        return "layer" if whole and own == word(node) else own
    return f"{what}[{number}]" if what else f"[{number}]"
