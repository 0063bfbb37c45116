"""The costs of models, for baselines and first configurations."""

from __future__ import annotations

from os.path import relpath, sep
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import Allowance, allowing
from convcost.errors import ConvcostError, quoted
from convcost.gate.found import Found, refuse_nothing
from convcost.gate.judge import limited, model_of
from convcost.given import NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection

    from convcost.budget.verdict import Figures
    from convcost.given import Given


class Measured(NamedTuple):
    """The costs of models, and what was given for them, by their paths as seen from some folder.
    ``errors`` are those of models that cannot be read; ``notes`` are sentences about others."""

    models: dict[str, Figures]
    given: dict[str, Given]
    errors: dict[str, ConvcostError]
    notes: list[str]

    def refuse_errors(self) -> None:
        """Raise a ConvcostError with all errors, where there is one."""
        if self.errors:
            raise ConvcostError("\n".join(dict.fromkeys(map(str, self.errors.values()))))


def measure(found: Found, file: str | None, asked: Given = NOTHING) -> Measured:
    """The costs of models, by their paths as seen from the folder of a file that will hold them.

    Args:
        found: the models.
        file: that file.
        asked: sizes and values for those models that have them.

    Raises:
        NothingMatched: there is no model.
        ConvcostError: no model has what is asked for.
    """
    if not found.paths:
        refuse_nothing(found)
    folder = (found.here / (file or "-")).parent
    result = Measured({}, {}, {}, [*map(str, found.not_run)])
    for target in found.targets:
        path, variant = target
        seen = relpath(path, folder).replace(sep, "/") + variant.name
        try:
            with allowing(Allowance()):
                now, _ = limited(found, target, model_of(found, target, asked))
        except ConvcostError as error:
            result.errors[seen] = error
        else:
            result.models[seen] = now.analysis.figures
            result.given[seen] = now.given
            result.notes.extend(f"{now.path}: {doubt}" for doubt in now.analysis.network.doubts)
    if not result.errors:
        _refuse_unused(asked, result.given.values())
    return result


def _refuse_unused(asked: Given, given: Collection[Given]) -> None:
    """Raise where something is asked for that no model has."""
    for option, names, used in (
        ("--input", asked.inputs, {name for one in given for name in one.inputs}),
        ("--dim", asked.dims, {name for one in given for name in one.dims}),
        ("--value", asked.values, {name for one in given for name in one.values}),
    ):
        for name in names:
            if name not in used and not (used and name == ""):
                what = "open size of the name" if option == "--dim" else "input that takes it:"
                raise ConvcostError(f"{option}: no model has an {what} {quoted(name)}")
