"""The limits of a check as rows of a document: what is broken first, what did not change folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import plural
from convcost.finding import Level
from convcost.gate.checks import State
from convcost.render.parts.table import Column
from convcost.render.report import Fold, Table
from convcost.render.reports.check import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.gate.checks import Checked, Checks, Held
    from convcost.render.report import Part

NAMES = ("model", "result", "limit", "value", "at most or least", "", "before", "change")
NUMBERS = ("value", "at most or least", "", "before", "change")
STYLES = {0: "red", 1: "yellow"}  # of rows by their rank
FEW = 20  # rows that are not worth a fold where nothing is known of what changed


class Row(NamedTuple):
    """A limit of a model, or a model without one."""

    model: Checked
    held: Held | None

    @property
    def rank(self) -> int:
        """Its place: what fails, what warns, what else there is of such models, and the rest."""
        if self.held is not None and words.is_broken(self.held):
            return 0 if self.held.level is Level.ERROR else 1
        broken = bool(words.unexpected(self.model)) or any(map(words.is_broken, self.model.held))
        return 2 if broken or self.model.state not in (State.SAME, State.ALONE) else 3


def limits(report: Checks) -> Iterator[Part]:
    """The rows of all that is broken or changed, and then all others."""
    found = [Row(model, held) for model in report.models for held in model.held or (None,)]
    first = sorted((row for row in found if row.rank < 3), key=lambda row: row.rank)
    rest = [row for row in found if row.rank == 3]
    if not report.base and len(rest) <= FEW:
        first, rest = [*first, *rest], []
    if first:
        yield _table(report, first)
    if rest:
        yield Fold(_folded(report, rest), [_table(report, rest)])


def _folded(report: Checks, rows: Sequence[Row]) -> str:
    many = len({row.model.path for row in rows})
    verb = "has" if many == 1 else "have"
    if report.base:
        return f"{plural(many, 'model')} that {verb} not changed"
    return f"{plural(many, 'model')} that {verb} no broken limit"


def _table(report: Checks, rows: Sequence[Row]) -> Table:
    cells = zip(*(_cells(report, *row) for row in rows), strict=True)
    columns = zip(NAMES, cells, strict=True)
    made = [Column(name, list(of), number=name in NUMBERS) for name, of in columns]
    return Table(made, [STYLES.get(row.rank, "") for row in rows])


def _cells(report: Checks, model: Checked, held: Held | None) -> Sequence[str]:
    state = " (new)" if model.state is State.NEW else ""
    if model.state is State.RENAMED:
        state = f" (was {model.path_before})"
    head = (model.path, f"{words.status(report, model)}{state}")
    if held is None:
        return (*head, "", "", "", "", "", "")
    verdict = held.verdict

    def cell(number: int | None, sign: str = ",") -> str:
        return "" if number is None else f"{number:{sign}}"

    change = cell(verdict.change, "+,") + words.percent(verdict.change, verdict.before)
    numbers = (cell(verdict.value), cell(verdict.allowed))
    return (*head, words.label(held), *numbers, words.outcome(held), cell(verdict.before), change)
