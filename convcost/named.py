"""Layers by their names, by their paths, or by a part of either that is enough to know them by.

Readings of a text are tried in order, and the first one that any layer has decides: what somebody
wrote out in full never means another layer that it is a part of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from convcost.errors import ConvcostError, plural, printable, quoted, similar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

ELLIPSIS = "…"
MOST_LISTED = 10
_LEFT_OUT = re.compile(r"…|\.\.\.+")
_DOTS = re.compile(r"\.\.+")
_CHANGE = " => "


class Named(Protocol):
    """Anything with a name and a path."""

    @property
    def name(self) -> str:
        """The name that is printed."""
        ...

    @property
    def path(self) -> str:
        """The name with all words of the structures around it."""
        ...


_Named = TypeVar("_Named", bound=Named)
_Part: TypeAlias = "Callable[[Named], str]"
_Holds: TypeAlias = "Callable[[str], bool]"


def meant(text: str, layers: Sequence[_Named]) -> list[_Named]:
    """The layers that a text may mean: none, the one, or several where it is ambiguous."""
    for part, holds in _readings(text):
        found = [layer for layer in layers if holds(part(layer))]
        if found:
            return found
    return []


def the_one(text: str, layers: Sequence[_Named]) -> _Named:
    """The layer that a text means.

    Raises:
        ConvcostError: there is none, or there are several.
    """
    found = meant(text, layers)
    if len(found) == 1:
        return found[0]
    if found:
        raise ambiguous(text, [layer.name for layer in found])
    names = [layer.name for layer in layers]
    notes = clues(text, names)
    raise ConvcostError("\n  ".join((f"no layer is named {quoted(text)}", *notes)))


def ambiguous(text: str, names: Sequence[str]) -> ConvcostError:
    """The error that a text may mean several layers, which it lists."""
    shown = [f"`{printable(name)}`" for name in names[:MOST_LISTED]]
    more = len(names) - len(shown)
    shown += [f"and {more:,} more"] if more else []
    said = f"{quoted(text)} may be any of {plural(len(names), 'layer')}: give more of the name"
    return ConvcostError("\n  ".join((said, *shown)))


def within(pattern: str, layers: Sequence[_Named]) -> list[_Named]:
    """The layers that a pattern is about: ``*`` stands for any text, as does the ellipsis of a name
    that was cut, and the name of a block for all layers inside it."""
    from fnmatch import translate

    pattern = _LEFT_OUT.sub("*", pattern)
    names = re.compile(rf"(?:{translate(pattern)[:-2]})(?:[./].*)?\Z", re.DOTALL)
    return [layer for layer in layers if names.match(layer.name) or names.match(layer.path)]


def clues(name: str, known: Sequence[str], what: str = "layer") -> tuple[str, ...]:
    """Hints for a name that no layer has: similar names, else how layers are named."""
    such = [f"names of layers are such as `{printable(other)}`" for other in known[:1]]
    return similar(name, known, what) or tuple(such)


def _readings(text: str) -> Iterator[tuple[_Part, _Holds]]:
    """The ways to read a text: whether it is of names or of paths, and the condition on those."""
    yield _of_name, text.__eq__
    yield _of_path, text.__eq__
    if _CHANGE in text:
        yield _of_name, _sides(text).__contains__
    if _LEFT_OUT.search(text):
        around = re.compile(".*".join(map(re.escape, _LEFT_OUT.split(text))), re.DOTALL)
        yield _of_name, lambda name: around.fullmatch(name) is not None
        yield _of_path, lambda path: around.fullmatch(path) is not None
    words = text.split(".")
    if not all(words):
        return
    for part in (_of_name, _of_path):
        yield part, lambda name: name.endswith(f".{text}")
    for part in (_of_name, _of_path):
        yield part, lambda name: _in_order(words, name)
    yield _of_name, lambda name: text in name
    yield _of_name, lambda name: _without_middle(text, name)


def _of_name(layer: Named) -> str:
    return layer.name


def _of_path(layer: Named) -> str:
    return layer.path


def _sides(text: str) -> Collection[str]:
    """The names that stand in one where designs differ: ``a.{b => c}.d``."""
    whole = text if "{" in text else f"{{{text}}}"
    start, _, rest = whole.partition("{")
    middle, _, end = rest.rpartition("}")
    return {_DOTS.sub(".", f"{start}{side}{end}") for side in middle.split(_CHANGE)}


def _in_order(words: Sequence[str], name: str) -> bool:
    """Whether a name has some words, in their order, and maybe others between."""
    rest = iter(name.split("."))
    return all(word in rest for word in words)


def _without_middle(text: str, name: str) -> bool:
    """Whether a text is a name whose middle is left out."""
    start, end = _alike(text, name), _alike(text[::-1], name[::-1])
    return min(start, end) > 0 and len(text) < len(name) - 1 and start + end >= len(text)


def _alike(text: str, other: str) -> int:
    """The number of characters with which two texts begin alike."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(text), len(other)))
