"""Nodes as text again: to be read once more, and to be shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convcost.errors import cut
from convcost.spec.nodes import List, Mapping, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_SHOWN = 60  # characters of a value
MARKS = ("-", "?")  # plain values in brackets alone: elsewhere they begin an entry


class Identities:
    """Numbers of nodes: those that say the same have the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}
        self._found: dict[int, tuple[Node, int]] = {}  # the nodes too, so that ids stay theirs

    def __call__(self, node: Node) -> int:
        """The number of a node."""
        found = self._found.get(id(node))
        if found is None:
            key = self._key(node)
            found = self._found[id(node)] = node, self._known.setdefault(key, len(self._known))
        return found[1]

    def _key(self, node: Node) -> tuple[object, ...]:
        if isinstance(node, Mapping):
            return ("mapping", *((key, self(v)) for key, (_, v) in sorted(node.entries.items())))
        if isinstance(node, List):
            return ("list", *map(self, node.items))
        assert isinstance(node, Scalar)
        return ("value", node.plain, "" if node.empty else node.cut or node.text)


def is_list_of_values(node: Node) -> bool:
    """Whether it is a list of nothing but single values."""
    return isinstance(node, List) and all(isinstance(item, Scalar) for item in node.items)


def word(node: Node) -> str:
    """The op or block that an entry of a list of layers names; "" where it is no such entry."""
    found = node.get("op") if isinstance(node, Mapping) else node
    return found.text if isinstance(found, Scalar) else ""


def label(node: Node) -> str:
    """The label of an entry of a list of layers: its name, or else its word."""
    name = node.get("name") if isinstance(node, Mapping) else None
    return name.text if isinstance(name, Scalar) else word(node)


def flow(node: Node) -> str:
    """A value in one line, cut where it is long."""
    return cut("".join(_flow(node, _said)), MOST_SHOWN)


def _said(node: Scalar) -> str:
    return "~" if node.empty else node.cut or node.text


def _flow(node: Node, value: Callable[[Scalar], str]) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield value(node)
    elif isinstance(node, List):
        yield "["
        for number, item in enumerate(node.items):
            yield ", " if number else ""
            yield from _flow(item, value)
        yield "]"
    elif isinstance(node, Mapping):
        yield "{"
        for number, (key, inner) in enumerate(node.entries.values()):
            yield f"{', ' if number else ''}{value(key)}: "
            yield from _flow(inner, value)
        yield "}"


def yaml_of(node: Node) -> str:
    """Nodes as YAML, which reads as what they are: plain values stay plain."""
    return "".join(f"{line}\n" for line in _lines(node))


def _lines(node: Node) -> Iterator[str]:
    if any(isinstance(one, Scalar) and one.plain and one.text in MARKS for one in _inner(node)):
        yield "".join(_flow(node, _value))
    elif isinstance(node, List) and node.items:
        for item in node.items:
            yield from _below("-", item)
    elif isinstance(node, Mapping) and node.entries:
        for at, value in node.entries.values():
            yield from _below(f"{_value(at)}:", value)
    else:
        yield _value(node)


def _below(head: str, node: Node) -> Iterator[str]:
    """A node after what stands before it: in its line, or in lines of its own."""
    lines = _lines(node)
    if not _inner(node):
        yield f"{head} {next(lines)}"
        return
    yield head
    for line in lines:
        yield f" {line}"


def _inner(node: Node) -> Sequence[Node]:
    """The nodes right inside a list or a mapping."""
    if isinstance(node, Mapping):
        return [value for _, value in node.entries.values()]
    return node.items if isinstance(node, List) else ()


def _value(node: Node) -> str:
    if isinstance(node, Mapping):
        return "{}"
    if isinstance(node, List):
        return "[]"
    assert isinstance(node, Scalar)
    if node.empty:
        return "~"
    text = node.cut or node.text
    if node.plain and "\n" not in text:
        return text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")
