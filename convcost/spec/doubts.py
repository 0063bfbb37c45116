"""Doubts about a spec: shapes of inputs as other tools write them, and the network's input where a
group's own may be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.spec.model import Call
from convcost.spec.outputs import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.spec.model import Document, Item, Reference

COLOURS = (1, 3, 4)
"""Channels of pictures."""

PICTURE = 16
"""A side that is not a number of channels, and hardly one of slices."""


def has_batch(shape: Sequence[int]) -> bool:
    """Whether an input's shape looks like pictures with a batch: ``[1, 3, 224, 224]``."""
    if len(shape) != 4:
        return False
    first, channels, *sides = shape
    one = first == 1 and channels in COLOURS and min(sides) > channels
    return one or (channels == 3 != first and min(sides) >= PICTURE)


def has_channels_last(shape: Sequence[int]) -> bool:
    """Whether an input's shape looks like a map with its channels last: ``[224, 224, 3]``."""
    if len(shape) not in (3, 4):
        return False
    *sides, channels = shape
    square = sides[-2] == sides[-1]
    return channels in COLOURS and min(sides) >= PICTURE and (channels > 1 or square)


def network_inputs(document: Document) -> Iterator[Reference]:
    """Where `input` is read in a repeated group of the file's own layers, but for those that read
    all passes before as well."""
    yield from _in_repeats(document.layers, repeated=False)


def _in_repeats(items: Iterable[Item], *, repeated: bool) -> Iterator[Reference]:
    for item in items:
        names = item.from_.names if item.from_ else ()
        if repeated and not any(ANY in one.text for one in names):
            yield from (one for one in names if one.text == "input")
        if not isinstance(item, Call):  # there, `input` is the block's
            for inner in item.lists:
                yield from _in_repeats(inner, repeated=repeated or item.repeat is not None)
