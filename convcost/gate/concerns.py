"""Findings about the gate itself: what it did not look at, and what it let pass knowingly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.budget.verdict import Status
from convcost.errors import plural, printable, quoted
from convcost.finding import Level
from convcost.gate.checks import State
from convcost.gate.concern import Concern
from convcost.gate.policy import EXPIRED, MISSING, MOVED, UNCHECKED, UNREADABLE, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from convcost.budget.verdict import Verdict
    from convcost.errors import Source
    from convcost.gate.checks import Checked
    from convcost.gate.exemptions import Exemption
    from convcost.gate.policy import Policy


def concern(
    policy: Policy, rule: Rule, message: str, model: str = "", source: Source | None = None
) -> Iterator[Concern]:
    """The concern of a model at the level of the policy; none where the rule is off."""
    level = policy.level(rule)
    if level is not None:
        yield Concern(rule, level, message, (model,) if model else (), source)


def together(concerns: Iterable[Concern]) -> list[Concern]:
    """Alike ones once, with all their models; the worst first."""
    found: dict[Concern, list[str]] = {}
    for one in concerns:
        models = found.setdefault(one._replace(models=()), [])
        models += (model for model in one.models if model not in models)
    order = list(Level)
    merged = [one._replace(models=(*models,)) for one, models in found.items()]
    return sorted(merged, key=lambda one: order.index(one.level))


def of_limits(
    policy: Policy, path: str, state: State, judged: Sequence[Verdict], *, expects: bool
) -> Iterator[Concern]:
    """Limits of a model that are not held.

    Args:
        policy: that holds for it.
        path: of the model.
        state: since the base.
        judged: all its limits.
        expects: whether it has an ``expect:``, which holds it as well.
    """
    compared = [v for v in judged if not v.limit.relative or v.status is not Status.NEW]
    if state is State.NEW and not compared and not expects:
        growth = ": `max_increase` does not hold what is new" if judged else ""
        yield from concern(policy, MISSING, f"is new, and has no limit{growth}", path)
    elif not judged and not expects:
        yield from concern(
            policy, MISSING, "has no limit: `convcost init` writes a first one", path
        )


def of_growth(policies: Sequence[tuple[Checked, Policy]]) -> Iterator[Concern]:
    """Limits of growth that nothing was compared with, counted together."""
    levels: dict[Level, list[tuple[Checked, int]]] = {}
    for model, policy in policies:
        level = policy.level(UNCHECKED)
        unchecked = sum(
            h.verdict.limit.relative and h.verdict.status is Status.NEW for h in model.held
        )
        if model.state is State.ALONE and unchecked and level is not None:
            levels.setdefault(level, []).append((model, unchecked))
    for level, models in levels.items():
        number = plural(sum(count for _, count in models), "limit")
        said = (
            f"{number} of growth not checked: there is no baseline "
            "(`--base main...` compares with where this branch began)"
        )
        yield Concern(UNCHECKED, level, said, tuple(model.path for model, _ in models))


def of_base(policy: Policy, path: str, label: str, reason: str) -> Iterator[Concern]:
    """A model that cannot be read at the base."""
    said = (
        f"cannot be read at the base {label}, and is checked as one without a base, so that its "
        f"growth is not: {reason}"
    )
    yield from concern(policy, UNREADABLE, said, path)


def of_exemption(policy: Policy, path: str, exemption: Exemption, today: date) -> Iterator[Concern]:
    """An exemption that is over."""
    if exemption.is_over(today):
        said = (
            f"exemption expired on {exemption.expires.isoformat()} and holds no more: "
            f"{printable(exemption.reason)} ({printable(exemption.owner)})"
        )
        yield from concern(policy, EXPIRED, said, path, exemption.source)


def of_moved(model: Checked) -> Iterator[Concern]:
    """A model that was deleted or renamed."""
    if model.state is State.DELETED:
        yield Concern(MOVED, Level.NOTE, "was deleted", (model.path,))
    elif model.state is State.RENAMED:
        said = f"was renamed: at the base it is {quoted(model.path_before)}"
        yield Concern(MOVED, Level.NOTE, said, (model.path,))
