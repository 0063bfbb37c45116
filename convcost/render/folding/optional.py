"""Residuals whose bodies differ by entries that are there or not, made alike."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from convcost.render.folding.items import OPTIONAL, RESIDUAL, Item, Tokens, lists_in
from convcost.render.folding.repeats import lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


Form: TypeAlias = "tuple[int, ...]"
Key: TypeAlias = "tuple[object, Form]"  # the join of a residual, and the entries of its body

LEAST_BODY = 2  # entries that two bodies must have in common
MOST_OPTIONAL = 2  # entries that one of them may lack


class _Longest(NamedTuple):
    """The body of which others lack entries, and the places of all those entries."""

    key: Key
    optional: Collection[int]


def say_optional(items: list[Item]) -> bool:
    """Write entries that only some bodies of residuals have as optional ones, so that all of these
    bodies have the same entries.

    Args:
        items: the entries of a network.

    Returns:
        Whether there are any.
    """
    tokens = Tokens()
    found: dict[Key, list[Item]] = {}
    for part in lists_in(items):
        for item in part:
            if item.word == RESIDUAL and _is_chain(item.parts["body"]):
                form = tuple(map(tokens.of_item, item.parts["body"]))
                found.setdefault((item.values["join"], form), []).append(item)
    bodies = {key: own[0].parts["body"] for key, own in found.items()}
    longest = _longest(found)
    for key, known in longest.items():
        whole, kept = known.key[1], _places(key[1], known.key[1])
        for item in found[key]:
            there = dict(zip(kept, item.parts["body"], strict=True))
            item.parts["body"] = [
                _optional(there.get(place), like, token)
                if place in known.optional
                else there[place]
                for place, (like, token) in enumerate(zip(bodies[known.key], whole, strict=True))
            ]
            _pass_on(item)
    return bool(longest)


def _is_chain(body: Sequence[Item]) -> bool:
    """Whether each entry reads the one before it, and that alone."""
    return (
        len(body[0].reads) == 1
        and all(len(item.outputs) == 1 for item in body)
        and all(item.reads == before.outputs for before, item in pairwise(body))
    )


def _longest(found: Iterable[Key]) -> Mapping[Key, _Longest]:
    """The longest body for each that is it or lacks some of its entries."""
    known: dict[Key, _Longest] = {}
    longest_first = sorted(found, key=lambda key: len(key[1]), reverse=True)
    for key in longest_first:
        join, whole = key
        others = [one for one in longest_first if one[0] == join and one not in known]
        lacking = [one for one in others if _lacks(one[1], whole)] if key not in known else []
        if lacking:
            kept = [_places(form, whole) for _, form in lacking]
            places = range(len(whole))
            own = _Longest(key, {n for n in places if any(n not in one for one in kept)})
            known |= dict.fromkeys((key, *lacking), own)
    return known


def _lacks(form: Form, whole: Form) -> bool:
    """Whether a body has the entries of a longer one, but for a few."""
    few = LEAST_BODY <= len(form) < len(whole) <= len(form) + MOST_OPTIONAL
    return few and len(_places(form, whole)) == len(form)


def _places(form: Form, whole: Form) -> list[int]:
    """The places at which a longer body has the entries of another one, as far as it has them."""
    found: list[int] = []
    for place, token in enumerate(whole):
        if len(found) < len(form) and form[len(found)] == token:
            found.append(place)
    return found


def _optional(inside: Item | None, like: Item, token: int) -> Item:
    """An entry that is there or not. ``like`` is one that is there."""
    parts = {"layers": [inside] if inside else []}
    own = inside or Item(OPTIONAL, {}, (), (), (0, 0))
    item = Item(OPTIONAL, {}, own.reads, own.outputs, (own.start, own.stop), parts)
    item.kind, item.lines = str(token), lines_of(like)
    return item


def _pass_on(residual: Item) -> None:
    """Have optional entries that are not there pass on what they read."""
    flow, at = residual.reads, residual.start
    for item in residual.parts["body"]:
        if item.word == OPTIONAL and not item.parts["layers"]:
            item.reads = item.outputs = flow
            item.start = item.stop = at
        flow, at = item.outputs, item.stop
