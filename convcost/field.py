"""The receptive field along one axis: which positions of a network's input units read.

Units that move along the input are a periodic integer map: unit ``i + period`` reads what unit
``i`` reads, moved by ``shift`` positions. Windows, transposed windows, upsampling, crops and joins
act on such maps exactly. Period 1 is the special case of one stride and one size for all units, as
in Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks" (Distill
2019). Positions of a map are unclipped: padding is where it would be, before 0 and after the end.

What all units read alike is a set of real positions. That such a field is *global* is never assumed
because an op reads a whole map: it is so where the set is the whole axis.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import affords, memory, work
from convcost.window import MOST_PHASES, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

Span = tuple[int, int]

GLOBAL = "global"  # reads the whole input axis
MISALIGNED = "misaligned"  # joins branches whose units move at different strides
DATA_DEPENDENT = "data_dependent"  # the undeformed grid of a layer that samples where it likes
UNKNOWN = "unknown"  # positions are not followed, or in more phases than are

# Work beyond these bounds is not done: the answer is unknown, never a guess.
MOST_READS = 2**18  # spans looked at for one map
MOST_UNITS = 2**16  # units looked at one by one for their sizes

BYTES_A_POSITION = 64  # of a set
POSITIONS_A_STEP = 8  # looked up one after the other


class Map(NamedTuple):
    """A periodic map from units to spans of input positions. A ``bounded`` one is a table of
    ``period`` units: there are no others, so whoever reads beyond them reads nothing. ``sets`` are
    the very positions of each unit, where the table is of units that read some fixed ones."""

    period: int
    shift: int
    spans: tuple[Span | None, ...]
    bounded: bool = False
    sets: tuple[Collection[int], ...] = ()

    @staticmethod
    def of_sets(sets: tuple[Collection[int], ...]) -> Map:
        """The table of units that read one set of positions each."""
        return Map(len(sets), 0, tuple(map(ends_of, sets)), True, sets)

    @property
    def alike(self) -> bool:
        """Whether all units are known to read the same positions."""
        return bool(self.sets) and all(same_positions(self.sets[0], other) for other in self.sets)

    def span(self, unit: int) -> Span | None:
        """The positions that ``unit`` reads, from the first to the last."""
        periods, phase = divmod(unit, self.period)
        if self.bounded and periods:
            return None
        span = self.spans[phase]
        moved = periods * self.shift
        return span and (span[0] + moved, span[1] + moved)

    def after(self, step: Step, units: int) -> Map | None:
        """The map of ``units`` that read this one through ``step``; None where it has too many
        phases."""
        if self.bounded or step.size is not None:
            return self._table(step, units)
        repeats = self.period // gcd(self.period, step.shift)
        period = step.period * repeats
        taps = min(self.period, max(map(len, step.reads)))
        if period > MOST_PHASES or not _looked_at(period * taps):
            return None
        shift = step.shift * repeats * self.shift // self.period
        return Map(period, shift, tuple(self._hull(step.of(unit)) for unit in range(period)))

    def _table(self, step: Step, units: int) -> Map | None:
        taps = max(map(len, step.reads))
        if units > MOST_PHASES or not _looked_at(units * min(self.period, taps)):
            return None
        if self.sets:
            return Map.of_sets(tuple(self._read(step.of(unit)) for unit in range(units)))
        return Map(units, 0, tuple(self._hull(step.of(unit)) for unit in range(units)), True)

    def _read(self, units: Sequence[int]) -> Collection[int]:
        """The positions that some units of a table of sets read together."""
        return union(self.sets[unit] for unit in units if 0 <= unit < self.period)

    def _hull(self, read: Sequence[int]) -> Span | None:
        """The span that some units read together, given in ascending order."""
        if self.bounded:
            return _hull(self.span(unit) for unit in read)
        if not isinstance(read, range):
            return _hull(map(self.span, read))
        # Units that meet the same phase of this map move on with it, so that the first and the last
        # of each phase have both ends.
        phases = self.period // gcd(self.period, read.step)
        ends = (*read[:phases], *read[-phases:]) if len(read) > 2 * phases else read
        return _hull(map(self.span, ends))

    def joined(self, other: Map) -> Map | None:
        """The map of units that read both, which must move alike; None where it has too many
        phases."""
        if self.sets and other.sets:
            pairs_of_sets = zip(self.sets, other.sets, strict=True)
            return Map.of_sets(tuple(map(union, pairs_of_sets)))
        period = lcm(self.period, other.period)
        if period > MOST_PHASES or not affords(period):
            return None
        pairs = ((self.span(unit), other.span(unit)) for unit in range(period))
        spans = tuple(_hull_of(a, b) for a, b in pairs)
        return Map(period, self.shift * period // self.period, spans, self.bounded)

    def moves_with(self, other: Map) -> bool:
        """Whether both have the same stride, or are tables of as many units."""
        if self.bounded or other.bounded:
            return self.bounded == other.bounded and self.period == other.period
        return self.shift * other.period == other.shift * self.period


def _looked_at(spans: int) -> bool:
    """Whether so many spans may be looked at for one map."""
    return spans <= MOST_READS and affords(spans)


def _hull(spans: Iterable[Span | None]) -> Span | None:
    some = [span for span in spans if span]
    return (min(low for low, _ in some), max(high for _, high in some)) if some else None


def _hull_of(a: Span | None, b: Span | None) -> Span | None:
    if a is None or b is None:
        return a or b
    return (min(a[0], b[0]), max(a[1], b[1]))


IDENTITY = Map(1, 1, ((0, 0),))


class Field(NamedTuple):
    """The positions that the units of a tensor read of one input axis of ``length`` positions.

    ``maps`` are those of the units that move along it: usually one. Branches that move at different
    strides keep a map each, so that nothing is averaged: a unit reads the hull of what they say.
    ``fixed`` are the positions that all units read, whatever their place. Where ``unknown``, they
    may read others besides.
    """

    length: int
    maps: tuple[Map, ...] = (IDENTITY,)
    fixed: Collection[int] = ()
    unknown: bool = False
    deformed: bool = False

    @staticmethod
    def of_set(length: int, positions: Collection[int] | None, deformed: bool = False) -> Field:
        """The field of units that all read the same positions; None: they are not known."""
        if positions is None:
            return Field(length, (), unknown=True, deformed=deformed)
        return Field(length, (), positions, deformed=deformed)

    @property
    def covers(self) -> bool:
        """Whether all units read the whole axis."""
        return len(self.fixed) == self.length

    @property
    def flags(self) -> frozenset[str]:
        """Remarks on it besides sizes."""
        told = {DATA_DEPENDENT} if self.deformed else set[str]()
        if self.covers:
            told.add(GLOBAL)
        elif self.unknown:
            told.add(UNKNOWN)
        elif len(self.maps) + bool(self.fixed) > 1:
            told.add(MISALIGNED)
        return frozenset(told)

    def after(self, step: Step | None, units: int) -> Field:
        """The field of ``units`` that read this one through ``step``; None: not followed."""
        maps = [None if step is None else part.after(step, units) for part in self.maps]
        followed = tuple(part for part in maps if part)
        if len(followed) == len(maps):
            return self._replace(maps=followed)._settled()
        return self._replace(maps=(), unknown=True)

    def _settled(self) -> Field:
        """A table whose units all read the same is not a table: those positions are fixed."""
        alike = [part for part in self.maps if part.alike]
        if not alike:
            return self
        fixed = union((self.fixed, *(part.sets[0] for part in alike)))
        maps = () if len(fixed) == self.length else self.maps
        return self._replace(fixed=fixed, maps=tuple(part for part in maps if not part.alike))

    def where(self, each: Sequence[Sequence[Field]]) -> Field:
        """The field of units that read some fields without maps each, other ones or none."""
        if len(each) > MOST_PHASES:
            return self._replace(maps=(), fixed=(), unknown=True)
        table = Map.of_sets(tuple(union(field.fixed for field in some) for some in each))
        return self._replace(maps=(table,), fixed=())._settled()

    def joined(self, other: Field) -> Field:
        """The field of units that read both."""
        both = self._replace(
            fixed=union((self.fixed, other.fixed)),
            unknown=self.unknown or other.unknown,
            deformed=self.deformed or other.deformed,
        )
        if both.unknown or both.covers:
            return both._replace(maps=())
        maps = list(self.maps)
        for extra in other.maps:
            for index, present in enumerate(maps):
                if present.moves_with(extra):
                    met = present.joined(extra)
                    if met is None:
                        return both._replace(maps=(), unknown=True)
                    maps[index] = met
                    break
            else:
                maps.append(extra)
        return both._replace(maps=tuple(maps))._settled()

    def span(self, unit: int) -> Span | None:
        """The positions that ``unit`` reads, from the first to the last; None if nothing (or
        unknown: see ``flags``)."""
        if self.unknown and not self.covers:
            return None
        return _hull((ends_of(self.fixed), *(part.span(unit) for part in self.maps)))

    def sizes(self, units: int) -> list[int]:
        """The distinct sizes of the fields of ``units``, ascending; empty where unknown, or
        misaligned on too many units to look at. A unit that reads nothing has size 0."""
        if self.unknown and not self.covers:
            return []
        # One period shows all there is, unless there are several parts that move apart.
        parts = len(self.maps) + bool(self.fixed)
        seen = min(units, self.maps[0].period if self.maps else 1) if parts < 2 else units
        if seen > MOST_UNITS or not affords(seen):
            return []
        spans = map(self.span, range(seen))
        return sorted({span[1] - span[0] + 1 if span else 0 for span in spans})

    def stride(self) -> int | str | None:
        """Input positions from one unit to the next: an int, a text such as ``"1/2"``, or None
        where it is not one number."""
        strides = self.strides()
        return strides[0] if len(strides) == 1 else None

    def strides(self) -> list[int | str | None]:
        """The stride of each part: one, unless branches are misaligned; 0 for what all units read
        alike, None for units in a table; no part where unknown."""
        still = self.covers or (bool(self.fixed) and not self.unknown)
        found: list[int | str | None] = [0] if still else []
        for part in self.maps:
            common = gcd(part.shift, part.period)
            above, below = part.shift // common, part.period // common
            text = above if below == 1 else f"{above}/{below}"
            found.append(None if part.bounded else text)
        return found


def ends_of(positions: Collection[int]) -> Span | None:
    """The first and the last of some positions."""
    if isinstance(positions, range):
        return (positions[0], positions[-1]) if positions else None
    return (min(positions), max(positions)) if positions else None


def same_positions(a: Collection[int], b: Collection[int]) -> bool:
    """Whether two collections hold the same positions."""
    if a is b or (isinstance(a, range) and isinstance(b, range)):
        return a == b
    return len(a) == len(b) and as_set(a) == as_set(b)


def as_set(positions: Collection[int]) -> frozenset[int]:
    """The positions as a set, where that is not too much."""
    if isinstance(positions, frozenset):
        return positions
    work(len(positions) // POSITIONS_A_STEP, "listing positions one by one")
    memory(BYTES_A_POSITION * len(positions), "a list of positions")
    return frozenset(positions)


def union(several: Iterable[Collection[int]]) -> Collection[int]:
    """All positions of several collections: one of them where it holds the others."""
    found: Collection[int] = ()
    for some in sorted(several, key=len, reverse=True):
        if not found:
            found = some
        elif some is not found and some:
            found = _both(found, some)
    return found


def _both(a: Collection[int], b: Collection[int]) -> Collection[int]:
    """The positions of two collections, the larger first."""
    if isinstance(a, range) and isinstance(b, range) and _meet(a, b):
        met = range(min(a.start, b.start), max(a.stop, b.stop))
        return a if met == a else met
    work(len(b) // POSITIONS_A_STEP, "comparing positions one by one")
    if all(position in a for position in b):
        return a
    return as_set(a) | as_set(b)


def _meet(a: range, b: range) -> bool:
    """Whether two ranges of neighbours overlap, or touch."""
    return a.step == b.step == 1 and max(a.start, b.start) <= min(a.stop, b.stop)
