"""A finding about the gate itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convcost.errors import Source
    from convcost.finding import Level
    from convcost.gate.policy import Rule


class Concern(NamedTuple):
    """Something that a rule of the policy has to say, in a sentence without its models: their paths
    are ``models``, none where it is about the whole check. ``source`` is the line, where there is
    one."""

    rule: Rule
    level: Level
    message: str
    models: tuple[str, ...] = ()
    source: Source | None = None
