"""Names of entries, from those that the layers have in the program."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from convcost.ops import OPS
from convcost.render.folding.items import BRANCHES, CALL, OPTIONAL, Item
from convcost.render.folding.stems import Path, stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.render.folding.repeats import Folder

MOST_NUMBERED = 8  # layers that only numbers tell apart: it is an exporter that counts

VAGUE = frozenset(("features", "model", "net", "module", "backbone", "encoder", "layers", "block"))
"""Words that say nothing of the part of a network that they name."""

RESERVED = frozenset(("input", "prev", "group", "add", "multiply", "concat", "split", "body"))
"""Names that mean something else where a layer or a path is wanted."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}\Z")


def common(paths: Sequence[Path], start: int, stop: int) -> Path:
    """The words with which the paths of some layers begin."""
    first, last = min(paths[start:stop]), max(paths[start:stop])
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[:same]


def plain_words(path: Path) -> Path:
    """The words of a path that are names, and say something."""
    return tuple(word for word in path if _NAME.match(word) and word not in RESERVED)


def give_names(items: Sequence[Item], folder: Folder, depth: int) -> None:
    """Name the entries of a list, and of all in it, where the program has a name for them.

    Args:
        items: the list.
        folder: the network that they are of.
        depth: how many words of all paths name what is around the list.
    """
    wanted = [_own_name(item, folder, depth) for item in items]
    counts = Counter(wanted)
    for item, name in zip(items, wanted, strict=True):
        unlike = name.replace("_", "").lower() != item.word.replace("_", "")
        if name and counts[name] == 1 and unlike:
            item.name = name
        if item.word == CALL:
            continue
        inside = depth
        if item.word != OPTIONAL:
            inside = max(depth, len(common(folder.paths, item.start, item.stop)))
        if item.word == BRANCHES:
            _name_paths(item, folder, inside)
            continue
        for part in item.parts.values():
            give_names(part, folder, inside)


def keep_names(items: Sequence[Item], others: Sequence[Item]) -> None:
    """Take away the names of entries that are called otherwise in another instance of a list."""
    for item, other in zip(items, others, strict=True):
        if item.name != other.name:
            item.name = ""
        if item.word == CALL:
            continue
        for part, beside in zip(item.parts.values(), other.parts.values(), strict=True):
            if part and beside:
                keep_names(part, beside)


def _name_paths(item: Item, folder: Folder, depth: int) -> None:
    parts = list(item.parts.values())
    paths = [common(folder.paths, p[0].start, p[-1].stop) if p else () for p in parts]
    words = [plain_words(path[depth:]) for path in paths]
    names = [word[-1] if word else "" for word in words]
    if len(set(filter(None, names))) == sum(map(bool, parts)):
        item.parts = {
            name or f"path{number}": part
            for number, (name, part) in enumerate(zip(names, parts, strict=True), start=1)
        }
    for path, (name, part) in zip(paths, item.parts.items(), strict=True):
        for one in part:
            one.path = name
        give_names(part, folder, max(len(path), depth))


def _own_name(item: Item, folder: Folder, depth: int) -> str:
    """The last word of an entry's path inside of a list; none for what has only a word anyway."""
    if item.word == OPTIONAL:
        return ""
    layer = folder.network.layers[item.start]
    plain = layer.op.beside or layer.op.view or not layer.inputs
    if not item.parts and plain and not layer.op.weighs_taps:
        return ""
    path = common(folder.paths, item.start, item.stop if item.parts else item.start + 1)
    words = plain_words(path[depth:])
    name = words[-1] if words else ""
    numbered = folder.stems[stem(folder.paths[item.start])] > MOST_NUMBERED
    return "" if numbered or name in VAGUE or name in OPS else name


def references(items: Sequence[Item], flow: Sequence[object]) -> Iterator[Item]:
    """The entries that others read by name: not the one just before.

    Args:
        items: the list.
        flow: the tensors that come to it.
    """
    makers = {tensor: item for item in items for tensor in item.outputs}
    for item in items:
        if item.reads and item.reads != flow:
            yield from (makers[tensor] for tensor in item.reads if tensor in makers)
        flow = item.outputs
