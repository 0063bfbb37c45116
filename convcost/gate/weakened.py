"""Limits that let more through than they did at the base, or are gone: a change that weakens its
own gate is told of it, whatever its models cost."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from convcost.budget.limit import Bound
from convcost.budget.verdict import verdicts
from convcost.finding import Level
from convcost.gate.written import budgets_in, off_at, still_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from fractions import Fraction

    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Figures
    from convcost.errors import Source

Subject = tuple[object, ...]


class How(StrEnum):
    """The way in which a gate was weakened."""

    LOOSENED = "loosened"
    WARNS = "only warns"
    OFF = "off"
    DELETED = "deleted"
    BUDGET = "budget deleted"
    """With all others that stood beside it."""
    UNCHECKED = "unchecked"
    """The configuration leaves out a model that it checked before."""


class Weakened(NamedTuple):
    """Limits that were weakened in one way, at one place.

    ``before`` is what they were, ``after`` what took the place of one. ``source`` is where that
    stands now; of what is gone, the line where it would stand. ``models`` are those it held for.
    """

    how: How
    before: tuple[Limit, ...]
    after: Limit | None
    source: Source | None
    models: tuple[str, ...]
    level: Level = Level.WARNING


class Texts(NamedTuple):
    """The bytes of files by their paths as messages have them, at the base and now; None where
    there is no such file."""

    then: Callable[[str], bytes | None]
    now: Callable[[str], bytes | None]


class Judged(NamedTuple):
    """The figures of one model, now and before, by which its limits are compared."""

    figures: Figures
    then: Figures | None

    def allowed(self, limit: Limit) -> int | None:
        """The value of a limit in this model; None where that is not known."""
        (verdict,) = verdicts(self.figures, [limit], self.then)
        return verdict.allowed

    def tightest(self, limits: Sequence[Limit]) -> Limit:
        """The limit of one subject that lets least through. Either all of them have a value or
        none has; without values they are compared as they are written."""
        sign = -1 if limits[0].bound is Bound.MIN else 1

        def lets(limit: Limit) -> int | Fraction:
            allowed = self.allowed(limit)
            return sign * (limit.amount if allowed is None else allowed)

        return min(limits, key=lets)

    def lets_more_through(self, old: Limit, new: Limit) -> bool:
        """Whether the new limit does, of two with one subject."""
        before, after = self.allowed(old), self.allowed(new)
        if before is None or after is None:
            if type(old.amount) is not type(new.amount):
                return False
            return new.amount < old.amount if new.bound is Bound.MIN else new.amount > old.amount
        return after < before if new.bound is Bound.MIN else after > before


def weakened(
    model: str, old: Sequence[Limit], new: Sequence[Limit], judged: Judged, texts: Texts
) -> Iterator[Weakened]:
    """The limits of one model that were weakened.

    Args:
        model: its path.
        old: the limits that held for it at the base.
        new: those that hold now.
        judged: what it costs.
        texts: the files that have the limits.
    """
    now = _by_subject(new)
    for subject, before in _by_subject(old).items():
        was = judged.tightest(_that_fail(before) or before)
        after = now.get(subject, [])
        if not after:
            yield _gone(model, was, texts)
        elif was.level is Level.ERROR and not _that_fail(after):
            only = judged.tightest(after)
            yield Weakened(How.WARNS, (was,), only, only.source, (model,))
        else:
            least = judged.tightest(_that_fail(after) or after)
            if judged.lets_more_through(was, least):
                yield Weakened(How.LOOSENED, (was,), least, least.source, (model,))


def tightened(
    old: Sequence[Limit], new: Sequence[Limit], judged: Judged
) -> Iterator[tuple[Limit, Limit | None]]:
    """The limits that let less through than they did, each with what it was; None for new ones."""
    was = _by_subject(old)
    for limit in new:
        same = was.get(limit.subject, [])
        least = judged.tightest(same) if same else None
        if least is None or judged.lets_more_through(limit, least):
            yield limit, least


def _by_subject(limits: Iterable[Limit]) -> dict[Subject, list[Limit]]:
    found: dict[Subject, list[Limit]] = {}
    for limit in limits:
        found.setdefault(limit.subject, []).append(limit)
    return found


def _that_fail(limits: Sequence[Limit]) -> list[Limit]:
    return [limit for limit in limits if limit.level is Level.ERROR]


def _gone(model: str, was: Limit, texts: Texts) -> Weakened:
    source = was.source
    if source is None:
        return Weakened(How.DELETED, (was,), None, None, (model,))
    text = texts.now(source.path)
    budgets = [] if text is None else budgets_in(source.path, text)
    off = off_at(budgets, was)
    if off is not None:
        return Weakened(How.OFF, (was,), None, off, (model,))
    line = still_at(texts.then(source.path), text, source.line)
    place = None if text is None else source._replace(line=line, column=1)
    return Weakened(How.DELETED if budgets else How.BUDGET, (was,), None, place, (model,))


def grouped(found: Iterable[Weakened]) -> list[Weakened]:
    """Each weakened limit once, with the models that it held for; limits that are gone from one
    place together, as a deleted budget is."""
    by_limit: dict[object, Weakened] = {}
    for one in found:
        key = (one.how, one.before, one.after, one.source)
        known = by_limit.get(key)
        by_limit[key] = one._replace(models=(*known.models, *one.models)) if known else one
    result: dict[object, Weakened] = {}
    for one in by_limit.values():
        gone = one.how in (How.DELETED, How.BUDGET) and one.source is not None
        key = (one.how, one.source, one.models) if gone else (one.how, one.before, one.source)
        known = result.get(key)
        result[key] = one._replace(before=(*known.before, *one.before)) if known else one
    return list(result.values())
