"""The names of layers, decided from where they stand.

Every layer has a *path*, all words of the lists that it is in, and a *name*, the path without what
says nothing:

* Words that nobody wrote (``residual1``, ``conv_bn1``), the ``body`` of a residual, and in a block
  of the library the name of what is alone in its list are left out, unless layers beside them would
  then be mixed up.
* A number that counts a single one is left out: ``max_pool`` for ``max_pool1``.
* Where a named list holds one convolution, and norms, activations and dropout at most besides, the
  convolution has the name of the list, and they are ``norm`` and ``act`` of it.

It is decided list by list, so that blocks that are alike have names that are. A name that is the
path of another layer would take it away from those who know it: where there is one, all layers of
that part of the network are called by their paths.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from convcost.spec.model import Apply, Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.ops.op import Op
    from convcost.spec.model import Item

ROUNDS = 8  # of finding which words are wanted after all


class Unsaid(NamedTuple):
    """A word of a path that may be left out: how it is called where one is enough to tell it from
    its like, and whether numbers need it, as in ``double_conv.0``."""

    bare: str
    numbered: bool


class LayerNames:
    """The words of paths that may be left out, gathered while a document is expanded."""

    def __init__(self) -> None:
        self._unsaid: dict[str, Unsaid] = {}

    def note(self, path: str, item: Item) -> None:
        """Note whether the last word of an item's path says anything."""
        if item.segment and not item.told:
            bare = item.name.text if item.name else item.segment.rstrip("0123456789").rstrip("_")
            self._unsaid[path] = Unsaid(bare, isinstance(item, Apply | Call))

    def note_body(self, path: str) -> None:
        """Note the path of the body of a residual."""
        self._unsaid[path] = Unsaid("body", False)

    def give(self, network: Network) -> None:
        """Name the layers of a network, which are called by their paths, with all that they make
        and store."""
        names = names_of([(layer.path, layer.op) for layer in network.layers], self._unsaid)
        weights: set[str] = set()
        for layer in network.layers:
            _rename(layer, names[layer.path], weights)


def names_of(layers: Iterable[tuple[str, Op]], unsaid: Mapping[str, Unsaid]) -> dict[str, str]:
    """The names of layers by their paths.

    Args:
        layers: paths and ops, in order.
        unsaid: the words that may be left out, by the paths that end in them.
    """
    root = _Place("", None)
    for path, op in layers:
        _place(root, path, unsaid).op = op
    found = {name.layer.path: ".".join(name.words) for name in _inside(root, outermost=True)}
    while heads := _clashing(found):
        for path, name in found.items():
            if not heads.isdisjoint((_head(path), _head(name))):
                found[path] = path
    return found


def _clashing(names: Mapping[str, str]) -> set[str]:
    """The first words of names that several layers have or that are another one's path, and of the
    paths of those layers."""
    counts = Counter(names.values())
    return {
        _head(text)
        for path, name in names.items()
        if name != path and (counts[name] > 1 or name in names)
        for text in (path, name)
    }


def _head(name: str) -> str:
    return name.partition(".")[0]


def owns_name(op: Op, others: Iterable[Op]) -> bool:
    """Whether a layer without a name of its own has that of the list in which it is with others."""
    return op.weighs_taps and all(map(_accompanies, others))


def _accompanies(op: Op) -> bool:
    """Whether a layer is a norm, an activation or a dropout."""
    return bool(op.beside) or (op.view and op.rescales)


def _rename(layer: Layer, name: str, weights: set[str]) -> None:
    """Give a layer its name; ``weights`` are the names that arrays have by now."""
    layer.name = name
    several = len(layer.outputs) > 1
    for part, tensor in enumerate(layer.outputs):
        tensor.name = f"{name}.{part}" if several else name
    for role, weight in layer.weights.items():
        if weight.name not in weights:
            weight.name = f"{name}.{role}"
            weights.add(weight.name)


class _Place:
    """A word of paths: a layer, a list of places, or both."""

    __slots__ = ("bare", "op", "path", "places", "unsaid", "word")

    def __init__(self, word: str, unsaid: Unsaid | None) -> None:
        self.word = word
        self.bare = unsaid.bare if unsaid else word  # without its number, if nobody wrote it
        self.unsaid = unsaid
        self.path = ""  # of a layer
        self.op: Op | None = None
        self.places: dict[str, _Place] = {}

    def stays(self, outermost: bool) -> bool:
        """Whether its word is wanted, whatever stands beside it."""
        if self.unsaid is None:
            return True
        numbers = any(word.isdecimal() for word in self.places)
        return numbers and (outermost or self.unsaid.numbered)


class _Name(NamedTuple):
    """The words of a layer's name inside of a list, the first one without its number, and whether
    the layer's own word is all there is."""

    words: tuple[str, ...]
    bare: str
    layer: _Place
    alone: bool


_Inner: TypeAlias = "Sequence[tuple[_Place, Sequence[_Name]]]"
"""The places of a list, each with the names of the layers in it."""


def _place(root: _Place, path: str, unsaid: Mapping[str, Unsaid]) -> _Place:
    """The place at the end of a path, made with those on the way."""
    place, end = root, -1
    for word in path.split("."):
        end += 1 + len(word)
        inner = place.places.get(word)
        if inner is None:
            inner = place.places[word] = _Place(word, unsaid.get(path[:end]))
        place = inner
    place.path = path
    return place


def _inside(place: _Place, outermost: bool = False) -> list[_Name]:
    """The names of all layers in a list, as seen from it."""
    inner = [(one, _inside(one)) for one in place.places.values()]
    kept, claims = _kept(inner, outermost)
    found: list[_Name] = []
    for one, names in inner:
        found += _under(one, _word(one, claims), names) if one in kept else names
    return found


def _kept(inner: _Inner, outermost: bool) -> tuple[set[_Place], Mapping[str, int]]:
    """The places whose words are wanted: layers, words that somebody wrote, and those whose layers
    would be mixed up with others; and how many places have names that begin with a word."""
    kept = {one for one, _ in inner if one.op is not None or one.stays(outermost)}
    claims = _claims(inner, kept)
    for _ in range(ROUNDS):
        mixed = {
            one
            for one, names in inner
            if one not in kept
            and any(max(claims[name.bare], claims[name.words[0]]) > 1 for name in names)
        }
        if not mixed:
            return kept, claims
        kept |= mixed
        claims = _claims(inner, kept)
    kept = {one for one, _ in inner}
    return kept, _claims(inner, kept)


def _claims(inner: _Inner, kept: set[_Place]) -> dict[str, int]:
    """The number of places that have names that begin with a word, by that word."""
    claims: dict[str, int] = {}
    for one, names in inner:
        words = {one.bare, one.word}
        if one not in kept:
            words = {word for name in names for word in (name.bare, name.words[0])}
        for word in words:
            claims[word] = claims.get(word, 0) + 1
    return claims


def _word(place: _Place, claims: Mapping[str, int]) -> str:
    """The word of a place, without its number where that counts a single one."""
    single = claims[place.bare] == 1 and place.word in (f"{place.bare}1", f"{place.bare}_1")
    return place.bare if single else place.word


def _under(place: _Place, word: str, names: Sequence[_Name]) -> list[_Name]:
    """The names of all layers in a list, or of a layer and of what is made for it, such as its
    border, with the word of it."""
    own = [] if place.op is None else [_Name((word,), place.bare, place, True)]
    if _has_owner(names):
        names = _besides(names)
    return own + [_Name((word, *name.words), place.bare, name.layer, False) for name in names]


def _has_owner(names: Sequence[_Name]) -> bool:
    """Whether a layer of a list has the list's name."""
    if not all(name.alone for name in names):
        return False
    owner = next((name for name in names if _op(name).weighs_taps), None)
    return (
        owner is not None
        and owner.layer.unsaid is not None
        and owns_name(_op(owner), (_op(name) for name in names if name is not owner))
    )


def _besides(names: Sequence[_Name]) -> list[_Name]:
    """The names of a list with those of the convolution, its norms and activations in short."""
    roles = Counter(_op(name).beside for name in names if name.layer.unsaid)
    written = {name.words[0] for name in names if not name.layer.unsaid}
    numbers: Counter[str] = Counter()
    found: list[_Name] = []
    for name in names:
        role = _op(name).beside
        if _op(name).weighs_taps:
            words: tuple[str, ...] = ()
        elif name.layer.unsaid and role and not _takes(role, written):
            numbers[role] += 1
            words = (f"{role}{numbers[role]}" if roles[role] > 1 else role,)
        else:
            words = name.words
        found.append(name._replace(words=words))
    return found


def _takes(role: str, written: Iterable[str]) -> bool:
    """Whether somebody wrote a name that might be one of a role."""
    return any(word.rstrip("0123456789") == role for word in written)


def _op(name: _Name) -> Op:
    op = name.layer.op
    assert op is not None
    return op
