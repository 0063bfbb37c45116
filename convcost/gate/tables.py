"""Tables of a configuration that are for the models which their patterns match."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.gate.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.budget.limit import Limit
    from convcost.errors import Source
    from convcost.gate.variants import Variant
    from convcost.given import Given

Subject = tuple[object, ...]
"""The subject of a limit: of equal ones that of the nearest file holds."""


class Budget(NamedTuple):
    """Limits of the models that some pattern matches; of all where there is no pattern. ``source``
    is where the patterns are, ``off`` are the subjects of limits that are switched off."""

    patterns: tuple[str, ...] | None
    limits: list[Limit]
    source: Source | None = None
    off: Sequence[Subject] = ()

    def holds_for(self, seen: str) -> bool:
        """Whether it does for a model, by its path as seen from the configuration's folder."""
        return _one_of(self.patterns, seen)

    def names(self, seen: str, variant: str) -> bool:
        """Whether it does for a variant of a model, and not for the model."""
        return _one_of(self.patterns, f"{seen}{variant}") and not self.holds_for(seen)


def nearest(files: Iterable[Sequence[Budget]]) -> Budget:
    """The limits of several files, the nearest first: those of each subject of the nearest."""
    limits: list[Limit] = []
    known: set[Subject] = set()
    for held in files:
        own = [limit for budget in held for limit in budget.limits]
        limits += (limit for limit in own if limit.subject not in known)
        known |= {limit.subject for limit in own}
        known |= {subject for budget in held for subject in budget.off}
    return Budget(None, limits, off=[*known])


class Told(NamedTuple):
    """Sizes and values of the inputs of models, which are named as those of a :class:`Budget`."""

    patterns: tuple[str, ...] | None
    given: Given
    source: Source | None = None
    variants: Sequence[Variant] = ()

    def holds_for(self, seen: str) -> bool:
        """As of a budget."""
        return _one_of(self.patterns, seen)


def _one_of(patterns: tuple[str, ...] | None, seen: str) -> bool:
    return patterns is None or any(matches(pattern, seen) for pattern in patterns)
