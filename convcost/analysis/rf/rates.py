"""Taps and rates along an axis: the positions that they read, and rates that leave no holes.

Units of a stack of dilated layers read a lattice: sums of a tap of each layer. Wang et al.,
"Understanding Convolution for Semantic Segmentation", 2017, arXiv 1702.08502, section 3.2, give two
rules for kernels of K taps at rates ``r_1 .. r_n``: the largest distance between positions read
from layer i on is ``M_i = max(M_{i+1} - 2 r_i, 2 r_i - M_{i+1}, r_i)`` with ``M_n = r_n``, and M_2
shall be at most K; and the rates shall have no common divisor. Neither rule, nor both, is the same
as having no holes: rates 2, 3 pass both and have some; 1, 2, 5, 1, 2, 5 fail one and have none.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import affords, memory, work
from convcost.errors import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_TRIED = 20_000
"""Sets of rates looked at in search of one without holes."""
BITS_A_STEP = 2**16  # of a whole number that is shifted and added to another


DOING = "following a stack of dilated layers"


class Rates(NamedTuple):
    """The layers of a stack along some axes of what it reads, in order; those of one tap left out.

    ``distances`` are M_2 to M_n; None where the kernels differ, for which the rule is not meant, or
    where there is but one layer. ``repair`` is the smallest change of the rates (by the sum of
    differences) that leaves no holes and a field at least as large. It is None where there are no
    holes, where ``most`` positions, the product of the taps, are fewer than the field, or where the
    search ended before it found any.
    """

    axes: tuple[int, ...]
    taps: tuple[int, ...]
    rates: tuple[int, ...]
    distances: tuple[int, ...] | None
    divisor: int
    field: int
    holes: int
    most: int
    repair: tuple[int, ...] | None

    @property
    def remedy(self) -> str:
        """The remedy for holes, as a sentence."""
        if self.repair is not None:
            field = field_of(self.taps, self.repair)
            same = "the same field" if field == self.field else f"a field of {field}"
            return f"rates {shortened(self.repair)} leave no holes in {same}, and none nearer do"
        if self.most < self.field:
            same = len(set(self.taps)) == 1
            taps = f"{self.taps[0]} taps" if same else "these taps"
            layers = plural(len(self.taps), "layer")
            read = "reads" if len(self.taps) == 1 else "read"
            return (
                f"no rates would fill it: {layers} of {taps} {read} at most {self.most} positions, "
                f"and the field has {self.field}"
            )
        return "no rates that fill it were found"


def shortened(rates: Sequence[int]) -> str:
    """Rates as a sentence lists them, runs of the same one counted: ``1, 2 x23``."""
    parts: list[str] = []
    for rate, run in groupby(rates):
        times = len(list(run))
        parts += [f"{rate} x{times}"] if times > 3 else [str(rate)] * times
    return ", ".join(parts)


def distances(rates: Sequence[int]) -> tuple[int, ...]:
    """M_2 to M_n of at least two rates (Wang et al. 2017, equation 2)."""
    found = [rates[-1]]
    for rate in rates[-2:0:-1]:
        found.append(max(found[-1] - 2 * rate, 2 * rate - found[-1], rate))
    return tuple(found[::-1])


def field_of(taps: Sequence[int], rates: Sequence[int]) -> int:
    """Positions from the first to the last that a stack reads along an axis."""
    return 1 + sum(rate * (n - 1) for n, rate in zip(taps, rates, strict=True))


def holes_of(taps: Sequence[int], rates: Sequence[int]) -> int:
    """Positions in between that a stack does not read along an axis, whatever its order."""
    steps = Counter[int]()
    for number, rate in zip(taps, rates, strict=True):
        steps[rate] += number - 1
    return field_of(taps, rates) - _read(steps)


def _read(steps: Mapping[int, int]) -> int:
    """The number of positions that layers read together which have so many taps besides their
    first at each rate. Layers of one rate are as one, whatever their number."""
    rates = sorted(rate for rate, more in steps.items() if more)
    divisor = gcd(*rates) or 1
    dense = 1  # positions read one beside the other
    while rates and rates[0] // divisor <= dense:
        rate = rates.pop(0)
        dense += rate // divisor * steps[rate]
    if not rates:
        return dense
    field = dense + sum(rate // divisor * steps[rate] for rate in rates)
    memory(field // 4, DOING)
    work(_work({rate: steps[rate] for rate in rates}), DOING)
    read = (1 << dense) - 1  # bit p: whether position p is read
    for rate in rates:
        left, apart = steps[rate], rate // divisor
        while left:  # as many taps more as there are, or as all that are left
            more = min(left, steps[rate] - left + 1)
            read |= read << more * apart
            left -= more
    return read.bit_count()


def _work(steps: Mapping[int, int]) -> int:
    """Steps of work to find out what is read, at most."""
    field = 1 + sum(rate * more for rate, more in steps.items())
    return len(steps) + field // BITS_A_STEP * sum(map(int.bit_length, steps.values()))


def repaired(
    taps: Sequence[int], rates: Sequence[int], free: Sequence[bool]
) -> tuple[int, ...] | None:
    """The rates nearest to given ones whose field is at least as large and has no holes.

    Near is the sum of differences; then come fewer changed layers, then a smaller field. Only rates
    that are ``free`` change. All nearer ones were tried; None after too many.
    """
    wanted = field_of(taps, rates)
    steps = Counter[int]()
    for number, rate in zip(taps, rates, strict=True):
        steps[rate] += number - 1
    known: dict[frozenset[tuple[int, int]], bool] = {}  # the order of layers does not matter
    tried = 0
    for distance in range(1, wanted + 1):
        best: tuple[int, int, tuple[int, ...]] | None = None
        for changes in _at(distance, rates, free):
            tried += 1
            if tried > MOST_TRIED or not affords(len(steps)):
                return None
            longer = sum((rate - rates[n]) * (taps[n] - 1) for n, rate in changes)
            rank = len(changes), wanted + longer
            if longer < 0 or (best is not None and rank > best[:2]):
                continue
            fills = _fills(steps, taps, rates, changes, known)
            if fills is None:
                return None
            if fills:
                other = list(rates)
                for n, rate in changes:
                    other[n] = rate
                one = (*rank, tuple(other))
                best = one if best is None else min(best, one)
        if best is not None:
            return best[2]
    return None


Changes = tuple[tuple[int, int], ...]
"""Numbers of layers, in order, and other rates for them."""


def _fills(
    steps: Mapping[int, int],
    taps: Sequence[int],
    rates: Sequence[int],
    changes: Changes,
    known: dict[frozenset[tuple[int, int]], bool],
) -> bool | None:
    """Whether there are no holes any more with some rates changed; None: that is too much work."""
    other = Counter(steps)
    for number, rate in changes:
        other[rates[number]] -= taps[number] - 1
        other[rate] += taps[number] - 1
    key = frozenset((rate, more) for rate, more in other.items() if more)
    if key not in known:
        if not affords(_work(dict(key))):
            return None
        field = 1 + sum(rate * more for rate, more in key)
        known[key] = field == _read(dict(key))
    return known[key]


def _at(
    distance: int, rates: Sequence[int], free: Sequence[bool], first: int = 0
) -> Iterator[Changes]:
    """All changes to rates of at least 1 whose differences have a sum, from a layer on."""
    for number in range(first, len(rates)):
        if not free[number]:
            continue
        for by in range(1, distance + 1):
            for rate in (rates[number] - by, rates[number] + by):
                if rate < 1:
                    continue
                if by == distance:
                    yield ((number, rate),)
                else:
                    for rest in _at(distance - by, rates, free, number + 1):
                        yield ((number, rate), *rest)
