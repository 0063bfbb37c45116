"""Rules for operators, of the configuration that is closest to a model.

All that reads configurations is imported when a rule is looked for: few models have use for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.given import Rule


class ConfiguredOperators(Mapping[str, "Rule"]):
    """The rules for operators that the closest configuration of a model has, which is read when one
    is looked for: most models have no use for any."""

    def __init__(self, path: str) -> None:
        self.path = path

    @cached_property
    def _rules(self) -> Mapping[str, Rule]:
        from convcost.gate.reading import given_for

        return given_for(self.path).operators

    def __getitem__(self, operator: str) -> Rule:
        """The rule of an operator; KeyError where it has none."""
        return self._rules[operator]

    def __iter__(self) -> Iterator[str]:
        """The names of the operators."""
        return iter(self._rules)

    def __len__(self) -> int:
        """How many operators have a rule."""
        return len(self._rules)
