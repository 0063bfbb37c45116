"""Checks: figures that were compared, and those that could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import plural, represented

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Network

WHOLE = "network"
"""The layer's name in checks of figures that are those of no one layer."""


class Check(NamedTuple):
    """One figure of one layer, as the formula and as the execution have it."""

    layer: str
    metric: str
    formula: object
    executed: object

    @property
    def agrees(self) -> bool:
        """Whether they are the same."""
        return self.formula == self.executed


class Verification(NamedTuple):
    """All checks of a network, layer by layer; ``unconfirmed`` says which figures were not checked,
    and why."""

    network: Network
    checks: Sequence[Check]
    unconfirmed: Sequence[str] = ()

    def __repr__(self) -> str:
        broken = f"{len(self.broken):,}" if self.broken else "none"
        said = f"{plural(len(self.checks), 'check')}, {broken} broken"
        return represented(self, f"of {self.network.name}", said)

    @property
    def broken(self) -> list[Check]:
        """The checks that do not agree."""
        return [check for check in self.checks if not check.agrees]

    @property
    def agrees(self) -> bool:
        """Whether something was checked, and all of it agrees."""
        return bool(self.checks) and not self.broken
