"""The results of a check."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from convcost.budget.verdict import Status
from convcost.errors import plural, represented
from convcost.finding import Level
from convcost.gate.mistakes import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Figures, Verdict
    from convcost.errors import Source
    from convcost.gate.causes import Cause
    from convcost.gate.concern import Concern
    from convcost.gate.difference import Change
    from convcost.gate.excused import Excused
    from convcost.gate.mistakes import Mistake
    from convcost.gate.weakened import Weakened


class State(StrEnum):
    """The state of a model since its baseline; ``ALONE`` where it is compared with none,
    ``UNCOMPARED`` where the baseline's cannot be read."""

    ALONE = "alone"
    UNCOMPARED = "uncompared"
    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    RENAMED = "renamed"
    DELETED = "deleted"


class Repair(NamedTuple):
    """One number of a spec, written otherwise, with which the model fits its budget again."""

    what: str
    before: str
    after: str
    source: Source


class Unexpected(NamedTuple):
    """A figure that its author expected to be another, and where that was written."""

    message: str
    source: Source | None
    level: Level | None = Level.ERROR


class Held(NamedTuple):
    """A limit with its verdict. ``changes`` are the layers that moved the value; ``loosened`` is
    the same limit as it was, where this change lets more through, ``tightened`` that it lets less
    through or is new; ``excused`` says why it need not be kept, where that is so."""

    verdict: Verdict
    changes: Sequence[Change] = ()
    loosened: Limit | None = None
    excused: Excused | None = None
    tightened: Cause | None = None

    @property
    def level(self) -> Level | None:
        """How much it weighs if it is broken; None for nothing."""
        return self.excused.level if self.excused else self.verdict.limit.level


class Checked(NamedTuple):
    """One model.

    ``path`` is its file, ``path_before`` what that was called, ``figures`` what it costs (of a
    deleted one: cost) and ``before`` what it did, ``unexpected`` what of its ``expect:`` is not so,
    ``doubts`` are reasons why its file may mean something else than was read, ``weakened`` are its
    limits that were weakened since, ``concerns`` what the policy has to say of it.
    ``source`` is where a configuration names it, where it is not a file but made by a factory;
    ``expects``: its author vouches for figures. ``causes`` are what changed and what that did.
    ``path`` ends in ``variant`` where it is one, as in ``net.yaml@width=32``.
    """

    path: str
    state: State
    figures: Figures
    held: Sequence[Held] = ()
    unexpected: Sequence[Unexpected] = ()
    path_before: str = ""
    repair: Repair | None = None
    before: Figures | None = None
    doubts: Sequence[str] = ()
    weakened: Sequence[Weakened] = ()
    concerns: Sequence[Concern] = ()
    source: Source | None = None
    expects: bool = False
    variant: str = ""
    causes: Sequence[Cause] = ()

    @property
    def file(self) -> str:
        """Its file."""
        return self.path.removesuffix(self.variant)


class Checks(NamedTuple):
    """All models, in order. ``base`` names what they are compared with, "" for nothing; ``notes``
    are sentences about the check itself; ``strict``: what could not be counted breaks its limit,
    and what is taken for granted fails its model. ``folder`` is where paths begin, as seen from the
    repository's root. ``errors`` are the mistakes for which models could not be checked, which are
    not among the models. ``weakened`` are all limits that were weakened, and
    ``concerns`` all that the policy has to say, each once."""

    models: Sequence[Checked]
    base: str = ""
    notes: Sequence[str] = ()
    strict: bool = False
    folder: str = "."
    errors: Sequence[Mistake] = ()
    weakened: Sequence[Weakened] = ()
    concerns: Sequence[Concern] = ()

    def refuse_errors(self) -> None:
        """Raise a ConvcostError with all errors, where there is one."""
        refuse(self.errors)

    def __repr__(self) -> str:
        said = f"{plural(len(self.models), 'model')}, {len(self.failures) or 'none'} failed"
        return represented(self, f"on {self.base}" if self.base else "on budgets", said)

    def counts_as_failure(self, held: Held) -> bool:
        """Whether a limit ends the check with exit code 1."""
        status = held.verdict.status
        broken = status is Status.BROKEN or (self.strict and status is Status.UNKNOWN)
        return broken and held.level is Level.ERROR

    def failed(self, model: Checked) -> bool:
        """Whether a model does."""
        doubted = self.strict and bool(model.figures.assumes)
        wrong = any(one.level is Level.ERROR for one in model.unexpected)
        return wrong or doubted or any(map(self.counts_as_failure, model.held))

    @property
    def failures(self) -> list[Checked]:
        """The models that do."""
        return [model for model in self.models if self.failed(model)]

    @property
    def breaches(self) -> int:
        """How many findings about the gate itself end the check with exit code 1."""
        return sum(one.level is Level.ERROR for one in (*self.weakened, *self.concerns))

    @property
    def is_failed(self) -> bool:
        """Whether the check ends with exit code 1."""
        return bool(self.failures or self.breaches)
