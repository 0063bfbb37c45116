"""Names of layers as a spec can have them: words joined by dots, in groups without gaps."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from convcost.ops import op_name
from convcost.spec.layer_names import owns_name
from convcost.spec.read_layers import numbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.network import Layer, Network

LONGEST = 100
DEEPEST = 24  # groups in each other: each is two of the 64 levels that a spec may have
_WRONG = re.compile(r"[^\w-]")

Path = tuple[str, ...]


def inputs_of(network: Network) -> dict[str, str]:
    """The names that a spec has for inputs."""
    taken: set[str] = set()
    return {name: _free(_word(name), taken) for name in network.inputs}


def paths_of(network: Network, inputs: Iterable[str]) -> list[Path]:
    """The path of each layer, in order; its own name wherever that can be.

    A layer that is called as others are that it stands before goes among them: without a name,
    where it then has that of the group, or under the name of its op. A group that comes again gets
    a number.
    """
    reserved = {"input", *inputs}
    words = [_words(layer.name, reserved) for layer in network.layers]
    groups: dict[Path, list[tuple[Path, Layer]]] = {}
    for path, layer in zip(words, network.layers, strict=True):
        for depth in range(1, len(path)):
            groups.setdefault(path[:depth], []).append((path[depth:], layer))
    own = (
        (*path, _among(layer, groups[path])) if path in groups else path
        for path, layer in zip(words, network.layers, strict=True)
    )
    return _without_gaps(list(own))


def is_renamed(layer: Layer, path: Sequence[str]) -> bool:
    """Whether a layer has another name in the spec."""
    return layer.name != ".".join(path[:-1] if is_unnamed(layer, path) else path)


def is_unnamed(layer: Layer, path: Sequence[str]) -> bool:
    """Whether a layer is written without a name, so that it has that of its group."""
    word = path[-1]
    number = word.removeprefix(numbered(op_name(type(layer.op)), ""))
    return number != word and number.isdecimal() and ".".join(path[:-1]) == layer.name


def _among(layer: Layer, others: Sequence[tuple[Path, Layer]]) -> str:
    """The word of a layer in the list of others that are called after it."""
    word = op_name(type(layer.op))
    alone = all(len(path) == 1 for path, _ in others)
    if not (alone and owns_name(layer.op, (other.op for _, other in others))):
        return word
    taken = {path[0] for path, _ in others}
    return next(free for n in count(1) if (free := numbered(word, n)) not in taken)


def _words(name: str, reserved: set[str]) -> Path:
    words = (_word(word) for word in name.split(".", DEEPEST))
    return tuple(f"{word}_" if word in reserved else word for word in words)


def _word(text: str) -> str:
    return _WRONG.sub("_", text)[:LONGEST] or "_"


def _without_gaps(paths: Sequence[Path]) -> list[Path]:
    """The paths with numbers put to words that a list has had before."""
    taken: dict[Path, set[str]] = {}  # words by the list that they are in
    result: list[Path] = []
    before: Path = ()  # the last path, as it is, and as it is written
    written: Path = ()
    for path in paths:
        same = 0
        while same < min(len(path), len(before)) - 1 and path[same] == before[same]:
            same += 1
        now = written[:same]
        for word in path[same:]:
            words = taken.setdefault(now, set())
            now = (*now, _free(word, words))
        result.append(now)
        before, written = path, now
    return result


def _free(word: str, taken: set[str]) -> str:
    free, number = word, 2
    while free in taken:
        suffix = f"_{number}"
        free, number = word[: LONGEST - len(suffix)] + suffix, number + 1
    taken.add(free)
    return free
