"""The longest common subsequence of two sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

LONGEST = 20_000  # compared at once: 50 MB of bits


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The longest common subsequence, as pairs of positions in rising order; of several the one
    that lies furthest back.

    Sequences of more than ``LONGEST`` items are compared in pieces of that length.
    """
    if max(len(a), len(b)) <= LONGEST:
        return _common(a, b)
    pairs: list[tuple[int, int]] = []
    for start in range(0, min(len(a), len(b)), LONGEST):
        end = start + LONGEST
        pairs += ((i + start, j + start) for i, j in _common(a[start:end], b[start:end]))
    return pairs


def _common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """All positions of ``a`` at once, as bits of an int: Hyyrö, "Bit-parallel LCS-length
    computation revisited", AWOCA 2004.

    Both are taken from their ends. Bit ``i`` of ``rows[j]`` is 0 where item ``i`` of ``a`` makes
    the common subsequence with ``b[:j]`` longer.
    """
    places: dict[Hashable, int] = {}
    for i, item in enumerate(reversed(a)):
        places[item] = places.get(item, 0) | 1 << i
    every = (1 << len(a)) - 1
    rows = [every]
    for item in reversed(b):
        row = rows[-1]
        hit = row & places.get(item, 0)
        rows.append((row + hit | row - hit) & every)
    pairs: list[tuple[int, int]] = []
    i, j = len(a) - 1, len(b)
    while i >= 0 and j:
        if rows[j] >> i & 1:
            i -= 1
            continue
        j -= 1
        if rows[j] >> i & 1:  # the item of ``b`` that made it longer
            pairs.append((len(a) - 1 - i, len(b) - 1 - j))
            i -= 1
    return pairs
