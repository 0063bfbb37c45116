"""Broken limits that need not fail: of exempt models, and those that the base breaks as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.budget.verdict import Status, verdicts
from convcost.finding import Level
from convcost.gate.policy import EXISTING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Figures, Verdict
    from convcost.gate.exemptions import Exemption
    from convcost.gate.policy import Policy


class Excused(NamedTuple):
    """The level that a broken limit has in place of its own, None for nothing at all, and why."""

    level: Level | None
    why: str


class Excuses(NamedTuple):
    """The policy and exemptions that may excuse broken limits of one model.

    ``limits`` are those that held for it at the base, None where that is not known; ``before`` is
    what it cost there.
    """

    policy: Policy
    exemptions: Sequence[Exemption]
    today: date
    limits: Sequence[Limit] | None = None
    before: Figures | None = None

    def of(self, verdict: Verdict) -> Excused | None:
        """The excuse of a limit; None where it has none, or needs none."""
        if verdict.status not in (Status.BROKEN, Status.UNKNOWN):
            return None
        for exemption in self.exemptions:
            if exemption.exempts(verdict.limit) and not exemption.is_over(self.today):
                return Excused(Level.NOTE, exemption.says)
        level = self.policy.level(EXISTING)
        if level is Level.ERROR or verdict.limit.level is not Level.ERROR:
            return None
        return Excused(level, "the base breaks it as well") if self._is_old(verdict) else None

    def _is_old(self, verdict: Verdict) -> bool:
        """Whether the base broke the limit, and not by less."""
        if not verdict.over_before or verdict.over > verdict.over_before or self.before is None:
            return False
        if self.limits is None:
            return True
        same = [limit for limit in self.limits if limit.subject == verdict.limit.subject]
        return any(v.status is Status.BROKEN for v in verdicts(self.before, same))
