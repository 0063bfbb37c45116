"""Parts of the gate that a change relaxes besides limits: levels of the policy, exemptions."""

from __future__ import annotations

from os.path import relpath
from typing import TYPE_CHECKING

from convcost.errors import quoted
from convcost.finding import Level
from convcost.gate.concern import Concern
from convcost.gate.policy import WEAKENED, Policy, lowered, strictest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from convcost.gate.config import Config
    from convcost.gate.exemptions import Exemption
    from convcost.gate.found import Found
    from convcost.gate.guard import Guard

WORDS = {Level.ERROR: "error", Level.WARNING: "warn", None: "off"}


def relaxed(guard: Guard, found: Found, ci: bool, today: date) -> Iterator[Concern]:
    """The levels that are lower, and the exemptions that are new or longer."""
    if not guard.knows_limits:
        return
    pairs = [(guard.config(now.folder), now) for now in found.configs.files()]
    if not pairs and (gone := guard.config(found.here)):
        pairs.append((gone, gone._replace(policy={}, exemptions=[], outer=None)))
    for then, config in pairs:
        before, after = then.levels() if then else {}, config.levels()
        level = strictest(Policy(before, ci), Policy(after, ci)).level(WEAKENED)
        if level is None:
            continue
        for rule, old in lowered(before, after):
            now = after.get(rule.key)
            new = now.level if now else rule.level
            said = f"`{rule.key}` of the policy {WORDS[old]} -> {WORDS[new]}: {ITS_OWN}"
            yield Concern(WEAKENED, level, said, (), now.source if now else None)
        for exemption in config.exemptions:
            known = then.exemptions if then else []
            if not exemption.is_over(today) and not any(_covers(old, exemption) for old in known):
                yield Concern(
                    WEAKENED,
                    level,
                    _said(exemption),
                    _models(found, config, exemption),
                    exemption.source,
                )


ITS_OWN = "this change weakens its own gate"


def _covers(old: Exemption, new: Exemption) -> bool:
    """Whether an exemption was there already, as wide and as long."""
    wide = not old.metrics or (new.metrics and set(new.metrics) <= set(old.metrics))
    return bool(wide) and set(new.patterns) <= set(old.patterns) and new.expires <= old.expires


def _said(exemption: Exemption) -> str:
    limits = ", ".join(map(quoted, exemption.metrics)) or "all limits"
    return f"{exemption.says}, from {limits}: {ITS_OWN}"


def _models(found: Found, config: Config, exemption: Exemption) -> tuple[str, ...]:
    return tuple(
        relpath(path, found.here) for path in found.paths if exemption in config.exempted(path)
    )
