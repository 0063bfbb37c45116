"""A finding of `lint` or `check` about a network, and the rule that made it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convcost.errors import Source


class Level(StrEnum):
    """The weight of a finding; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(NamedTuple):
    """The meaning of a code: a title of a few words, and the page that explains it."""

    code: str
    title: str
    page: str


class Remedy(NamedTuple):
    """One value of a file with which a finding is gone: ``text`` in place of ``old``, which begins
    at the finding's source, or as the ``field`` of the layer that stands there."""

    text: str
    old: str = ""
    field: str = ""


class Finding(NamedTuple):
    """Something about a network that its author should know.

    ``message`` is a sentence with the reason, ``fix`` one with what would help (or ""). ``model``
    is the file that was asked about; ``source`` the line, where there is one, perhaps in another
    file; ``layer`` the name of the layer or "". ``remedy`` is what can be done about it without
    asking, if anything; ``related`` are other places that have to do with it, each with a few
    words.
    """

    code: str
    level: Level
    message: str
    fix: str
    model: str
    source: Source | None = None
    layer: str = ""
    remedy: Remedy | None = None
    related: tuple[tuple[Source, str], ...] = ()


def worst_first(findings: list[Finding]) -> list[Finding]:
    """Findings by level; those of a level stay in their order."""
    order = list(Level)
    return sorted(findings, key=lambda finding: order.index(finding.level))
