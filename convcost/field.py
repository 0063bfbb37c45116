"""The receptive field along one axis, as a periodic integer map.

Unit ``i + period`` reads what unit ``i`` reads, moved by ``shift`` input positions; each unit of a
period has a span ``(low, high)``, or None where it reads nothing. Windows, transposed windows,
upsampling, crops and joins act on such maps exactly. Period 1 is the special case of one stride and
one size for all units, as in Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional
Neural Networks" (Distill 2019).

Positions are unclipped: padding is where it would be, before 0 and after the input's end.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import NamedTuple

from convcost.window import MOST_PHASES, Step

Span = tuple[int, int]

GLOBAL = "global"  # reads the whole input axis
FLATTENED = "flattened"  # the field of the whole tensor: its units lie on no axis any more
MISALIGNED = "misaligned"  # joins branches whose units move at different strides
DATA_DEPENDENT = "data_dependent"  # the undeformed grid of a layer that samples where it likes
UNKNOWN = "unknown"  # more phases than are followed

# Work beyond these bounds is not done: the answer is unknown, never a guess.
MOST_READS = 2**18  # spans looked at for one map
MOST_UNITS = 2**16  # units looked at one by one for their sizes


class Map(NamedTuple):
    """A periodic map from the units of an axis to spans of input positions."""

    period: int
    shift: int
    spans: tuple[Span | None, ...]

    def span(self, unit: int) -> Span | None:
        """What ``unit`` reads, from its first position to its last."""
        periods, phase = divmod(unit, self.period)
        span = self.spans[phase]
        moved = periods * self.shift
        return span and (span[0] + moved, span[1] + moved)

    def after(self, step: Step) -> Map | None:
        """The map of a layer that reads this one through ``step``; None where it has too many
        phases."""
        repeats = self.period // gcd(self.period, step.shift)
        period = step.period * repeats
        taps = min(self.period, max(map(len, step.reads)))
        if period > MOST_PHASES or period * taps > MOST_READS:
            return None
        shift = step.shift * repeats * self.shift // self.period
        return Map(period, shift, tuple(self._hull(step, unit) for unit in range(period)))

    def _hull(self, step: Step, unit: int) -> Span | None:
        periods, phase = divmod(unit, step.period)
        units, moved = step.reads[phase], periods * step.shift
        # Taps that meet the same phase of this map move on with it: the first of each phase reads
        # lowest, the last highest.
        phases = self.period // gcd(self.period, units.step)
        lows = [span for u in units[:phases] if (span := self.span(u + moved))]
        if not lows:
            return None
        highs = [span for u in units[-phases:] if (span := self.span(u + moved))]
        return (min(low for low, _ in lows), max(high for _, high in highs))

    def joined(self, other: Map) -> Map | None:
        """The map of units that read both, which must move at the same stride; None where it has
        too many phases."""
        period = lcm(self.period, other.period)
        if period > MOST_PHASES:
            return None
        pairs = ((self.span(unit), other.span(unit)) for unit in range(period))
        spans = tuple(_hull_of(a, b) for a, b in pairs)
        return Map(period, self.shift * period // self.period, spans)

    def moves_with(self, other: Map) -> bool:
        """Whether both have the same stride."""
        return self.shift * other.period == other.shift * self.period


def _hull_of(a: Span | None, b: Span | None) -> Span | None:
    if a is None or b is None:
        return a or b
    return (min(a[0], b[0]), max(a[1], b[1]))


IDENTITY = Map(1, 1, ((0, 0),))


class Field(NamedTuple):
    """What the units of one tensor axis read of one input axis.

    Usually one map. Branches that move at different strides keep a map each, so that nothing is
    averaged: a unit reads the hull of what its maps say. No map at all means unknown.
    """

    maps: tuple[Map, ...] = (IDENTITY,)
    flags: frozenset[str] = frozenset()

    @staticmethod
    def whole(size: int) -> Field:
        """The field of units that read the whole of an input axis of ``size`` positions."""
        return Field((Map(1, 0, ((0, size - 1),)),), frozenset((GLOBAL,)))

    def after(self, step: Step | None) -> Field:
        """The field of a layer that reads this one through ``step``; None: not followed."""
        if step is None:
            return self._unknown()
        maps = [part.after(step) for part in self.maps]
        followed = tuple(part for part in maps if part)
        return Field(followed, self.flags) if len(followed) == len(maps) else self._unknown()

    def deformed(self) -> Field:
        """The field of a layer that reads this one where its data say: that of its undeformed grid,
        flagged."""
        return Field(self.maps, self.flags | {DATA_DEPENDENT})

    def flattened(self, units: int) -> Field:
        """The field of a tensor whose axis of ``units`` units was merged with others: what all of
        them read together."""
        maps = (Map(1, 0, (self._hull(units),)),) if self.maps else ()
        return Field(maps, self.flags | {FLATTENED})

    def joined(self, other: Field) -> Field:
        """The field of units that read both."""
        flags = self.flags | other.flags
        for whole in (self, other):
            if GLOBAL in whole.flags:
                return Field(whole.maps, flags - {UNKNOWN, MISALIGNED, FLATTENED})
        if not self.maps or not other.maps:
            return Field((), flags | {UNKNOWN})
        maps = list(self.maps)
        for extra in other.maps:
            for index, present in enumerate(maps):
                if present.moves_with(extra):
                    both = present.joined(extra)
                    if both is None:
                        return Field((), flags | {UNKNOWN})
                    maps[index] = both
                    break
            else:
                maps.append(extra)
        return Field(tuple(maps), flags | {MISALIGNED} if len(maps) > 1 else flags)

    def span(self, unit: int) -> Span | None:
        """What ``unit`` reads, from its first position to its last; None if nothing (or unknown:
        see ``flags``)."""
        hull: Span | None = None
        for part in self.maps:
            hull = _hull_of(hull, part.span(unit))
        return hull

    def sizes(self, units: int) -> list[int]:
        """The distinct sizes of all fields of an axis of ``units`` units, ascending; empty where
        unknown, or misaligned on too many units to look at. A unit that reads nothing has size 0.
        """
        # One period shows all there is, unless the maps move at different strides.
        seen = min(units, self.maps[0].period) if len(self.maps) == 1 else units
        if not self.maps or seen > MOST_UNITS:
            return []
        spans = (self.span(unit) for unit in range(seen))
        return sorted({span[1] - span[0] + 1 if span else 0 for span in spans})

    def stride(self) -> int | str | None:
        """Input positions from one unit to the next: an int, a text such as ``"1/2"``, or None
        where it is not one number."""
        strides = self.strides()
        return strides[0] if len(strides) == 1 else None

    def strides(self) -> list[int | str]:
        """The stride of each map: one, unless branches are misaligned; none where unknown."""
        found: list[int | str] = []
        for part in self.maps:
            common = gcd(part.shift, part.period)
            above, below = part.shift // common, part.period // common
            found.append(above if below == 1 else f"{above}/{below}")
        return found

    def _hull(self, units: int) -> Span | None:
        hull: Span | None = None
        for part in self.maps:
            # Later periods only move on: the first and the last of them have both ends.
            ends = (range(min(units, part.period)), range(max(0, units - part.period), units))
            for unit in (unit for end in ends for unit in end):
                hull = _hull_of(hull, part.span(unit))
        return hull

    def _unknown(self) -> Field:
        if GLOBAL in self.flags:  # whichever units are read
            return self
        return Field((), self.flags | {UNKNOWN})
