"""Mistakes that keep models from being checked, each told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, NothingMatched, Problem, SpecError, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_NAMED = 3  # models that a sentence names


class Mistake(NamedTuple):
    """A mistake, and the models that cannot be checked for it, by their paths in messages: none
    where it is in no model. ``exit_code`` is what the check ends with."""

    problem: Problem
    models: tuple[str, ...] = ()
    exit_code: int = ConvcostError.exit_code

    @property
    def extent(self) -> str:
        """How many models it is in, where they are several: ``in 3 models: a.yaml, b.yaml and
        c.yaml``."""
        if len(self.models) < 2:
            return ""
        return f"in {plural(len(self.models), 'model')}: {some(self.models)}"

    def __str__(self) -> str:
        said = str(self.problem)
        return f"{said}\n  {self.extent}" if self.extent else said


def some(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    shown = [printable(name) for name in names[:MOST_NAMED]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more:,} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]


def problems_of(error: ConvcostError) -> Sequence[Problem]:
    """The problems of an error; of one without places its text."""
    return error.problems if isinstance(error, SpecError) else [Problem(str(error))]


def together(errors: Iterable[tuple[str, ConvcostError]]) -> list[Mistake]:
    """The mistakes of models, alike ones as one: a file that 300 models include is wrong once.

    Args:
        errors: each with the model that it is about, or "" for none.
    """
    found: dict[Problem, dict[str, None]] = {}
    codes: dict[Problem, int] = {}
    for model, error in errors:
        for problem in problems_of(error):
            models = found.setdefault(problem, {})
            codes[problem] = error.exit_code
            if model:
                models[model] = None
    return [Mistake(problem, (*models,), codes[problem]) for problem, models in found.items()]


def refuse(mistakes: Sequence[Mistake]) -> None:
    """Raise a ConvcostError with all mistakes, where there is one."""
    if not mistakes:
        return
    text = "\n".join(map(str, mistakes))
    if all(mistake.exit_code == NothingMatched.exit_code for mistake in mistakes):
        raise NothingMatched(text)
    raise ConvcostError(text)
