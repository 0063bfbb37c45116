"""Sentences about limits that the change itself weakens, alike in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.budget.limit import Bound
from convcost.budget.verdict import subject
from convcost.errors import listed, plural, printable
from convcost.gate.weakened import How

if TYPE_CHECKING:
    from convcost.budget.limit import Limit
    from convcost.errors import Source
    from convcost.gate.weakened import Weakened

MOST_NAMES = 3  # of models, in a sentence
NOUNS = {Bound.MAX: "limit", Bound.MIN: "minimum", Bound.INCREASE: "growth limit"}


def what(one: Weakened) -> str:
    """The change of a limit, without its place: ``params limit 700 -> 70k``."""
    was = [f"{_noun(limit)} {printable(limit.text)}" for limit in one.before]
    match one.how:
        case How.LOOSENED:
            assert one.after is not None
            return f"{was[0]} -> {printable(one.after.text)}"
        case How.WARNS:
            return f"{was[0]} only warns"
        case How.OFF:
            return f"{was[0]} switched off"
        case How.DELETED:
            return f"{listed(was)} deleted"
        case How.BUDGET:
            return f"budget deleted: {listed(was)}"
        case How.UNCHECKED:
            return "left out of what is checked"


def _noun(limit: Limit) -> str:
    return f"{subject(limit)} {NOUNS[limit.bound]}"


def message(one: Weakened) -> str:
    """The change of a limit, and the models for which it held."""
    names = [printable(name) for name in one.models[:MOST_NAMES]]
    if more := len(one.models) - len(names):
        names.append(f"{more:,} more")
    held = listed(names) if len(one.models) == 1 else f"{plural(len(one.models), 'model')}"
    if len(one.models) > 1:
        held += f" ({listed(names)})"
    return f"{held}: {what(one)}{_at(one.source)}: this change weakens its own gate"


def _at(source: Source | None) -> str:
    return f" ({printable(str(source))})" if source else ""


def entry(one: Weakened) -> dict[str, Any]:
    """It in a document."""
    return {
        "how": one.how.value,
        "level": one.level.value,
        "before": [
            {"metric": b.metric, "bound": b.bound.value, "part": b.part.value}
            | {"pattern": b.pattern or None, "written": b.text, "level": b.level.value}
            for b in one.before
        ],
        "after": one.after and one.after.text,
        "source": one.source and one.source._asdict(),
        "models": list(one.models),
    }
