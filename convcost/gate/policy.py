"""The policy of a gate: how much weighs what is about the gate itself, not about one limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import listed, quoted
from convcost.finding import Level
from convcost.spec.nodes import Scalar, described
from convcost.spec.read_budget import LEVELS

if TYPE_CHECKING:
    from convcost.errors import Source
    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

KEY = "policy"


class Rule(NamedTuple):
    """A key of ``[policy]``: its level unless one is written, that level where continuous
    integration runs, the code of its findings, and when it applies."""

    key: str
    code: str
    level: Level
    in_ci: Level
    says: str


WEAKENED = Rule(
    "weakened_limits",
    "CB401",
    Level.WARNING,
    Level.WARNING,
    "the change itself loosens, removes or switches off a limit, exempts a model from one, leaves "
    "a model out, or lowers a level of this table",
)
MISSING = Rule(
    "missing_limits",
    "CB402",
    Level.WARNING,
    Level.WARNING,
    "a model has no limit that holds it, or is added where `models` does not look",
)
UNCHECKED = Rule(
    "unchecked_growth",
    "CB403",
    Level.WARNING,
    Level.ERROR,
    "growth is limited and there is no base to compare with",
)
EXISTING = Rule(
    "already_broken",
    "CB404",
    Level.WARNING,
    Level.WARNING,
    "the base breaks the limit already, and the change makes it no worse; or the base has the same "
    "mistake in a model",
)
UNREADABLE = Rule(
    "unreadable_base",
    "CB405",
    Level.WARNING,
    Level.WARNING,
    "a model or configuration cannot be read at the base, so it is checked without one",
)
EXPIRED = Rule(
    "expired_exemptions",
    "CB406",
    Level.ERROR,
    Level.ERROR,
    "the last day of an exemption is over, so that it holds no more",
)
MOVED = Rule("", "CB407", Level.NOTE, Level.NOTE, "a model was deleted or renamed")
"""Told always, and never more than told."""

RULES = (WEAKENED, MISSING, UNCHECKED, EXISTING, UNREADABLE, EXPIRED)
"""The keys of ``[policy]``, in the order of their codes."""


class Written(NamedTuple):
    """A level as a configuration has it, None for ``off``, and where."""

    level: Level | None
    source: Source | None


class Policy(NamedTuple):
    """The levels that hold for a model: those that are written, by their keys, over the usual ones.
    ``ci``: continuous integration runs the check; ``strict``: nothing may go unchecked."""

    written: dict[str, Written]
    ci: bool = False
    strict: bool = False

    def level(self, rule: Rule) -> Level | None:
        """The level of a rule; None where it is off."""
        written = self.written.get(rule.key)
        usual = rule.in_ci if self.ci else rule.level
        level = written.level if written else usual
        return Level.ERROR if level and self.strict and rule is UNCHECKED else level


def read_policy(reader: Reader, node: Node | None) -> dict[str, Written]:
    """The levels of a ``[policy]`` table; mistakes go to the reader's problems."""
    mapping = reader.mapping(node, KEY)
    if mapping is None:
        return {}
    reader.known_keys(mapping, [rule.key for rule in RULES], "a policy", "key")
    found: dict[str, Written] = {}
    for rule in RULES:
        value = mapping.get(rule.key)
        if value is None:
            continue
        if isinstance(value, Scalar) and value.text in LEVELS:
            found[rule.key] = Written(LEVELS[value.text], value.source)
        else:
            wanted = listed([quoted(word) for word in LEVELS], "or")
            reader.complain(f"{rule.key} is {wanted}, and here is {described(value)}", value)
    return found


WEIGHTS = (None, Level.WARNING, Level.ERROR)


def strictest(one: Policy, other: Policy) -> Policy:
    """The policy of which each level is the higher one of two."""
    written = {
        rule.key: max(
            (Written(policy.level(rule), None) for policy in (one, other)),
            key=lambda level: WEIGHTS.index(level.level),
        )
        for rule in RULES
    }
    return Policy(written, one.ci, one.strict)


def lowered(
    before: dict[str, Written], after: dict[str, Written]
) -> list[tuple[Rule, Level | None]]:
    """The rules that weigh less than they did, each with its level then. What neither writes is as
    continuous integration has it, where levels are highest."""
    then, now = Policy(before, ci=True), Policy(after, ci=True)
    return [
        (rule, then.level(rule))
        for rule in RULES
        if WEIGHTS.index(now.level(rule)) < WEIGHTS.index(then.level(rule))
    ]
