"""Changes of texts, which keep all else of a file as it is: comments, order and line ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.spec.model import Apply, Call, Document
from convcost.spec.nodes import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from convcost.errors import Source
    from convcost.finding import Remedy
    from convcost.spec.model import Block, Item
    from convcost.spec.nodes import File, Node

MARK = b"\xef\xbb\xbf"  # of UTF-8, which some editors write
_KEY_BEFORE = re.compile(r"(?P<indent>\s*(?:- +)*)op[ \t]*:[ \t]*")


class Edit(NamedTuple):
    """A text in place of characters of a file, by its path as messages have it."""

    path: str
    start: int
    end: int
    text: str


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes of a file with some changes, of which none reaches into another."""
    mark = MARK if data.startswith(MARK) else b""
    text = data.decode("utf-8-sig")
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return mark + text.encode()


def apart(edits: Iterable[Edit]) -> list[Edit]:
    """Those of the changes that reach into none before them."""
    kept: list[Edit] = []
    for edit in sorted(set(edits)):
        if not kept or kept[-1].path != edit.path or kept[-1].end < edit.start:
            kept.append(edit)
    return kept


def edit_of(remedy: Remedy, place: Source, document: Document) -> Edit | None:
    """The change that a remedy stands for; None where the text is not written in a way that a
    change of one value can follow."""
    file = next((f for f in _files(document) if f.path == place.path), None)
    if file is None:
        return None
    if remedy.field:
        item = next((i for i in _items(document) if i.source == place), None)
        return _field(remedy, item, file) if isinstance(item, Apply) else None
    start = file.offset(place.line, place.column)
    if not file.text.startswith(remedy.old, start):
        return None
    if not remedy.text:
        return _without(file, place, start, start + len(remedy.old))
    return Edit(file.path, start, start + len(remedy.old), remedy.text)


def _without(file: File, place: Source, start: int, end: int) -> Edit:
    """No comment where one was: with the space before it, or with its line where it was all."""
    line = file.offset(place.line, 1)
    before = file.text[line:start]
    if before.strip():
        return Edit(file.path, line + len(before.rstrip()), end, "")
    after = re.compile(r"[ \t]*(?:\r\n|[\r\n]|\Z)").match(file.text, end)
    return Edit(file.path, line, after.end(), "") if after else Edit(file.path, start, end, "")


def _field(remedy: Remedy, item: Apply, file: File) -> Edit | None:
    """A field of a layer with another value, or one more field behind the others."""
    written = item.fields.get(remedy.field)
    if written is not None:
        node = written.node
        if not isinstance(node, Scalar) or node.text.lower() != "true":
            return None  # a value of something else, which may be used elsewhere
        start = file.offset(node.line, node.column)
        return Edit(file.path, start, start + node.width, remedy.text)
    nodes = [template.node for template in item.fields.values()]
    ends = [_end(node, file) for node in (item.node, *nodes) if isinstance(node, Scalar)]
    end, new = max(ends), f"{remedy.field}: {remedy.text}"
    before = file.lines[item.source.line - 1][: item.source.column - 1]
    key = _KEY_BEFORE.fullmatch(before)
    if key is None:
        return Edit(file.path, end, end, f", {new}") if "{" in before else None
    line_end = re.compile(r"[^\r\n]*").match(file.text, end)
    assert line_end is not None
    indent = " " * len(key["indent"])
    start = line_end.end()
    return Edit(file.path, start, start, f"{line_break(file.text)}{indent}{new}")


def _end(node: Node, file: File) -> int:
    return file.offset(node.line, node.column) + node.width


def line_break(text: str) -> str:
    """The line ending of a text."""
    found = re.search(r"\r\n|[\n\r]", text)
    return found[0] if found else "\n"


def _files(document: Document) -> Iterator[File]:
    yield document.file
    yield from (block.node.file for block in document.blocks.values())


def _items(document: Document) -> Iterator[Item]:
    """All entries of layers in a document and in the blocks that it knows."""
    seen: set[Block] = set()
    waiting = [document.layers]
    waiting += (block.layers for block in document.blocks.values())
    while waiting:
        for item in waiting.pop():
            yield item
            if not isinstance(item, Call):
                waiting += item.lists
            elif item.block not in seen:
                seen.add(item.block)
                waiting.append(item.block.layers)
