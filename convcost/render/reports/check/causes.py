"""Sentences about what changed and what that did, alike in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.budget.limit import Bound, Part
from convcost.budget.verdict import subject
from convcost.errors import plural, printable
from convcost.gate.edits import Kind
from convcost.metrics import METRICS
from convcost.render.reports.check import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.budget.limit import Limit
    from convcost.errors import Source
    from convcost.gate.causes import Cause
    from convcost.gate.checks import Checked, Checks, Held

MOST = 3  # causes of a model in a report for people, and the rest of them in one line
MOST_CHANGED = 20  # lines about models that keep their budgets
USUAL = ("params", "macs")  # the figures that are told of a model without limits


class Told(NamedTuple):
    """A cause in a sentence, with its figures, and its place."""

    said: str
    source: Source | None


class Shared:
    """The models that a change in a file which several include has touched."""

    def __init__(self, report: Checks) -> None:
        self._models: dict[tuple[object, ...], list[str]] = {}
        for model in report.models:
            for cause in model.causes:
                if cause.source is not None and cause.kind is not Kind.REST:
                    self._models.setdefault(_identity(cause), []).append(model.path)

    def models(self, cause: Cause) -> Sequence[str]:
        """The models that have the cause in common."""
        return self._models.get(_identity(cause), ())


def _identity(cause: Cause) -> tuple[object, ...]:
    return cause.source, cause.what, cause.before, cause.after


def what(cause: Cause, others: int = 0) -> str:
    """A change: ``width 8 -> 12``; ``others`` is how many causes are told beside a rest."""
    name, before, after = map(printable, (cause.what, cause.before, cause.after))
    match cause.kind:
        case Kind.VALUE | Kind.LIMIT:
            return f"{name} {before} -> {after}" if before else f"{name} {after}, new"
        case Kind.ADDED:
            return f"{name} added: {after}"
        case Kind.REMOVED:
            return f"{name} removed: {before}"
        case Kind.MOVED:
            return f"{name} moved: {before}"
        case Kind.LAYER:
            return f"layer {name}{_of_layer(before, after)}"
        case Kind.REST:
            if not cause.changes:
                return "what these do only together"
            return f"{cause.changes:,} {'more ' if others else ''}{_changes(cause)}"


def _changes(cause: Cause) -> str:
    return "change" if cause.changes == 1 else "changes together"


def _of_layer(before: str, after: str) -> str:
    if not before:
        return f" ({after}), new"
    if not after:
        return f" ({before}), gone"
    return f" ({after})" if before == after else f" ({before} -> {after})"


def placed(cause: Cause, shared: Shared, others: int = 0) -> str:
    """A change and its place: ``width 8 -> 12 (net.yaml:3)``."""
    said = what(cause, others)
    if cause.source is None:
        return said
    place = printable(str(cause.source))
    models = shared.models(cause)
    used = f", used by {len(models)} models" if len(models) > 1 else ""
    return f"{said} ({place}{used})"


def told(cause: Cause, limits: Sequence[Limit], shared: Shared, others: int = 0) -> Told:
    """A cause with what it did to the values that limits are about."""
    effects = dict.fromkeys(f"{cause.on(limit):+,} {subject(limit)}" for limit in limits)
    return Told(f"{placed(cause, shared, others)}: {', '.join(effects)}", cause.source)


def broken(model: Checked) -> list[Held]:
    """The limits of a model that there is something to say about, each with a value then."""
    return [h for h in model.held if words.is_broken(h) and h.verdict.change is not None]


def of_broken(model: Checked, held: Sequence[Held], shared: Shared) -> list[Told]:
    """The causes that changed the broken limits most, the largest first, and the rest as one sum,
    so that nothing is left out."""
    limits = [one.verdict.limit for one in held]
    moved = [c for c in model.causes if any(c.on(limit) for limit in limits)]
    apart = [cause for cause in moved if cause.kind is not Kind.REST]
    rest = [cause for cause in moved if cause.kind is Kind.REST]
    apart.sort(key=lambda cause: -_weight(cause, held))
    if len(apart) > MOST + 1:
        rest = [_sum([*apart[MOST:], *rest])]
        apart = apart[:MOST]
    found = [_of_limit(one, shared) for one in held if one.tightened]
    return [*found, *(told(cause, limits, shared, len(apart)) for cause in (*apart, *rest))]


def why(model: Checked, held: Held, shared: Shared) -> list[str]:
    """The changes that led to a limit's value, or else the layers that did."""
    told = of_broken(model, [held], shared) if held.verdict.change is not None else []
    return [one.said for one in told] or words.layers(held.changes)


def _of_limit(held: Held, shared: Shared) -> Told:
    """That the change made a limit tighter, which is a cause as well."""
    assert held.tightened is not None
    cause = held.tightened
    return Told(f"{placed(cause, shared)}: this change tightens it", cause.source)


def _sum(causes: Sequence[Cause]) -> Cause:
    """Causes as one rest."""
    keys = dict.fromkeys(key for cause in causes for key in cause.effects)
    effects = {key: sum(cause.effects.get(key, 0) for cause in causes) for key in keys}
    number = sum(cause.changes for cause in causes)
    return causes[-1]._replace(
        kind=Kind.REST, what="", before="", after="", source=None, effects=effects, changes=number
    )


def _weight(cause: Cause, held: Sequence[Held]) -> float:
    """How much a cause did towards breaking limits, relative to what changed."""
    return sum(
        (-1 if one.verdict.limit.bound is Bound.MIN else 1)
        * cause.on(one.verdict.limit)
        / abs(one.verdict.change or 1)
        for one in held
    )


def blamed(model: Checked, held: Held) -> Source | None:
    """The changed line that did most towards breaking a limit; None where none is known."""
    if held.tightened is not None:
        return held.tightened.source
    apart = [c for c in model.causes if c.source is not None]
    if not apart:
        return None
    worst = max(apart, key=lambda cause: _weight(cause, [held]))
    return worst.source if _weight(worst, [held]) > 0 else None


def changed(report: Checks, shared: Shared) -> Iterator[str]:
    """The changes in models that keep their budgets or have none; changes that several models share
    are told once."""
    lines = list(_changed(report, shared))
    yield from lines[:MOST_CHANGED]
    if len(lines) > MOST_CHANGED:
        yield f"and {plural(len(lines) - MOST_CHANGED, 'change')} more"


def _changed(report: Checks, shared: Shared) -> Iterator[str]:
    seen: set[tuple[object, ...]] = set()
    for model in report.models:
        if broken(model):
            continue
        for cause in model.causes:
            models = shared.models(cause)
            if len(models) > 1 and _identity(cause) in seen:
                continue
            seen.add(_identity(cause))
            effects = _usual(cause, model)
            if effects:
                name = printable(model.path)
                here = f"{effects} in {name}" if len(models) > 1 else effects
                start = "" if len(models) > 1 or _is_in(cause, model) else f"{name}: "
                yield f"{start}{placed(cause, shared, len(model.causes) - 1)}: {here}"


def _is_in(cause: Cause, model: Checked) -> bool:
    return cause.source is not None and cause.source.path == model.file


def _usual(cause: Cause, model: Checked) -> str:
    """The effects of a cause on the figures that the model has limits for, or else on the usual
    ones."""
    limited = [h.verdict.limit.metric for h in model.held if h.verdict.limit.part is Part.NETWORK]
    names = dict.fromkeys((*limited, *USUAL))
    values = {name: cause.effects.get(name, 0) for name in names}
    if not any(values.values()):
        values = {name: cause.effects.get(name, 0) for name in METRICS}
    said = [f"{value:+,} {name}" for name, value in values.items() if value]
    return ", ".join(said[:MOST])


def kept_before(model: Checked) -> Cause | None:
    """The one change without which a model keeps all its limits, as it did before; None where it
    is not one, or there is more to it."""
    held = [one for one in model.held if words.is_broken(one)]
    one = model.causes[0] if len(model.causes) == 1 else None
    if one is None or one.kind is not Kind.VALUE or one.source is None:
        return None
    fit = all(h.verdict.change and not h.verdict.over_before and not h.tightened for h in held)
    return one if fit and held else None


def fix(model: Checked) -> str:
    """A change that would help: a number with which the model fits, or the value before the change;
    "" if neither is known."""
    if model.repair:
        return words.repaired(model.repair)
    cause = kept_before(model)
    if cause is None:
        return ""
    name, before, after = map(printable, (cause.what, cause.before, cause.after))
    place = printable(str(cause.source))
    return f"it keeps its limits with `{name}: {before}`, as before, in place of {after} ({place})"


def entry(cause: Cause) -> dict[str, Any]:
    """A cause in a document."""
    return {
        "kind": cause.kind.value,
        "what": cause.what or what(cause),
        "before": cause.before or None,
        "after": cause.after or None,
        "source": cause.source and cause.source._asdict(),
        "changes": cause.changes,
        "effects": {key: value for key, value in cause.effects.items() if isinstance(key, str)},
    }
