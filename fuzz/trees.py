"""JSON documents changed at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

VALUES: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 2, 7, 2**40, -(2**63), 2**63, 0.5, 1e308, "", "x", "s0", "2*s0 + 1"),
    *([], {}, [1, 2], [[]], {"as_int": 2}, {"as_none": True}, {"as_tensor": {"name": "x"}}),
    *({"as_ints": [1, 1]}, {"as_expr": {"expr_str": "s0//2"}}, {"as_expr": {"expr_str": "1/0"}}),
)


def change(rng: Random, document: Any) -> None:
    """One to three entries replaced, left out, doubled or exchanged."""
    for _ in range(rng.randint(1, 3)):
        places = [place for place in _places(document) if _parts(place)]
        if places:
            _one(rng, rng.choice(places))


def _one(rng: Random, place: Any) -> None:
    keys = _parts(place)
    key, other = rng.choice(keys), rng.choice(keys)
    match rng.randrange(6):
        case 0:
            del place[key]
        case 1:
            place[key], place[other] = place[other], place[key]
        case 2 if isinstance(place, list):
            cast("list[Any]", place).insert(key, place[other])
        case 3 if isinstance(place, dict):
            place[rng.choice(("name", "as_ints", "x", "self"))] = place[key]
        case _:
            place[key] = rng.choice(VALUES)


def _parts(place: Any) -> list[Any]:
    """The keys of a mapping, or the places of a list."""
    if isinstance(place, list):
        return [*range(len(cast("list[Any]", place)))]
    return [*cast("dict[str, Any]", place)] if isinstance(place, dict) else []


def _places(document: Any) -> Iterator[Any]:
    """A document and the lists and mappings in it."""
    yield document
    for key in _parts(document):
        yield from _places(document[key])
