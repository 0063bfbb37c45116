"""Residuals without a skip: bodies that stand alone where the shape changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.folding.items import RESIDUAL, Item, Tokens, closed, last_uses, lists_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from convcost.tensor import Tensor

LEAST_BODY = 2  # entries of a body that is recognised where nothing is added


def say_skips(items: list[Item], outputs: Sequence[Tensor]) -> None:
    """Write what is the body of a residual elsewhere as a residual without a skip.

    Args:
        items: the entries of a network.
        outputs: the tensors that are its outputs.
    """
    tokens = Tokens()
    bodies: set[tuple[int, ...]] = set()
    for part in lists_in(items):
        for item in part:
            if item.word == RESIDUAL and len(item.parts["body"]) >= LEAST_BODY:
                bodies.add(tokens.of_list(item.parts["body"]))
    lengths = sorted({len(body) for body in bodies}, reverse=True)
    for part in list(lists_in(items)):
        own = tokens.of_list(part)
        if part and (part is items or own not in bodies):
            wanted = outputs if part is items else part[-1].outputs
            uses = last_uses(part, wanted)
            part[:] = _with_skips(part, own, bodies, lengths, uses)


def _with_skips(
    items: list[Item],
    own: tuple[int, ...],
    bodies: Collection[tuple[int, ...]],
    lengths: Sequence[int],
    uses: dict[Tensor, int],
) -> list[Item]:
    found: list[Item] = []
    place = 0
    while place < len(items):
        for length in lengths:
            stop = place + length
            if own[place:stop] in bodies and closed(items, place, stop, uses):
                found.append(_without_skip(items[place:stop]))
                place = stop
                break
        else:
            found.append(items[place])
            place += 1
    return found


def _without_skip(body: list[Item]) -> Item:
    parts: dict[str, list[Item]] = {"body": body, "shortcut": []}
    item = Item(
        RESIDUAL,
        {"join": "add", "skip": False},
        body[0].reads,
        body[-1].outputs,
        (body[0].start, body[-1].stop),
        parts,
    )
    item.defaults = {"join": "add", "skip": True}
    return item
