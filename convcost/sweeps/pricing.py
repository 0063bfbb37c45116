"""Figures of many candidates: each is worked out by the program of the network that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.metrics import FIELD, RATIOS
from convcost.sweeps.fields import Fields
from convcost.sweeps.program import Program
from convcost.sweeps.rows import Rows
from convcost.sweeps.subject import Refused
from convcost.traced import node_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from convcost.sweeps.subject import Subject, Topology

    Array = npt.NDArray[Any]


class Reason(NamedTuple):
    """A reason for which candidates are not networks, and their rows in a block. The sentence is
    about the first such candidate that was met."""

    sentence: str
    rows: Array


class Priced(NamedTuple):
    """Figures of a block of candidates, a row each: ``valid`` says which are networks at all, and
    figures of others are 0 and mean nothing."""

    figures: Mapping[str, Array]
    valid: npt.NDArray[np.bool_]
    reasons: Sequence[Reason]

    @property
    def refused(self) -> Mapping[str, int]:
        """Reasons why candidates are not networks, and how many each has."""
        found: dict[str, int] = {}
        for sentence, rows in self.reasons:
            found[sentence] = found.get(sentence, 0) + len(rows)
        return found


class _Known(NamedTuple):
    """A network, or a reason why there is none, and the programs that work it out. ``nodes`` are
    those of its figures, None where one is not known."""

    found: Topology | Refused
    guards: Program
    figures: Program | None = None
    nodes: Mapping[str, int | None] = {}
    fields: Fields | None = None


class Pricer:
    """Works out some metrics of candidates. What it learns of networks is kept."""

    def __init__(self, subject: Subject, metrics: Sequence[str]) -> None:
        self.subject = subject
        self.metrics = metrics
        self.values = {axis.name: axis.values for axis in subject.axes}
        self.sizes = {axis.name: len(axis.values) for axis in subject.axes}
        self.known: list[_Known] = []
        self.counted = _needed(metrics)
        subject.ask(self.counted)

    def priced(self, codes: Mapping[str, Array]) -> Priced:
        """The figures of a block of candidates, by the numbers of their values on each axis."""
        number = len(next(iter(codes.values())))
        figures: dict[str, Array] = {}
        valid = np.zeros(number, bool)
        reasons: list[Reason] = []
        left = np.arange(number)
        asked = 0
        while len(left):
            learned = asked == len(self.known)
            if learned:
                self.known.append(self._learned({n: int(c[left[0]]) for n, c in codes.items()}))
            known = self.known[asked]
            asked += 1
            rows = Rows({name: column[left] for name, column in codes.items()}, self.sizes)
            mask = _holds(known.guards, rows)
            assert mask[0] or not learned, "a candidate decides otherwise than its own trace"
            if not mask.any():
                continue
            these, left = left[mask], left[~mask]
            if isinstance(known.found, Refused):
                reasons.append(Reason(known.found.sentence, these))
                continue
            valid[these] = True
            self._write(known, rows.kept(mask), these, figures, number)
        return Priced({m: figures.get(m, _empty(number)) for m in self.metrics}, valid, reasons)

    def _learned(self, code: Mapping[str, int]) -> _Known:
        """The network of a candidate that is none of those known."""
        axes = self.subject.axes
        values = {axis.name: axis.values[code[axis.name]] for axis in axes}
        texts = {axis.name: axis.texts[code[axis.name]] for axis in axes}
        found = self.subject.traced(values, texts)
        trace = found.trace
        if isinstance(found, Refused):
            return _Known(found, Program(trace, trace.guards, self.values))
        figures = {metric: found.figures[metric] for metric in self.counted}
        nodes = {m: None if one is None else node_of(trace, one) for m, one in figures.items()}
        wanted = [node for node in nodes.values() if node is not None]
        fields = Fields(found, self.values) if FIELD in self.metrics else None
        guards = Program(trace, trace.guards, self.values)
        return _Known(found, guards, Program(trace, wanted, self.values), nodes, fields)

    def _write(
        self, known: _Known, rows: Rows, these: Array, figures: dict[str, Array], number: int
    ) -> None:
        """Put the figures of some candidates in their places."""
        assert known.figures is not None
        found = known.figures.run(rows)
        counts: dict[str, Array] = {}
        for metric in self.counted:
            node = known.nodes[metric]
            if node is None:
                counts[metric] = np.full(rows.number, None, object)
                continue
            counts[metric] = rows.every(found[node].array, found[node].axes)
        for metric in self.metrics:
            if metric == FIELD:
                assert known.fields is not None
                made = known.fields.sizes(rows)
            else:
                made = counts[metric] if metric in counts else _ratio(metric, counts)
            _put(figures, metric, made, these, number)


def _needed(metrics: Sequence[str]) -> list[str]:
    """The counts that metrics are made of."""
    needed: dict[str, None] = {}
    for metric in metrics:
        for one in RATIOS[metric].metrics if metric in RATIOS else [metric]:
            if one != FIELD:
                needed[one] = None
    return [*needed]


def _ratio(metric: str, counts: Mapping[str, Array]) -> Array:
    """A ratio of counts; NaN where there is none."""
    above, below = (counts[one].astype(float) for one in RATIOS[metric].metrics)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _put(figures: dict[str, Array], metric: str, made: Array, these: Array, number: int) -> None:
    column = figures.get(metric)
    if column is None:
        column = figures[metric] = np.zeros(number, made.dtype)
    elif made.dtype == object and column.dtype != object:
        column = figures[metric] = column.astype(object)
    column[these] = made


def _empty(number: int) -> Array:
    return np.zeros(number, np.int64)


def _holds(guards: Program, rows: Rows) -> npt.NDArray[np.bool_]:
    """The rows whose decisions are those of a trace."""
    mask = np.ones(rows.number, bool)
    together: dict[Any, Array] = {}
    for node, values in guards.run(rows).items():
        holds = values.array == guards.trace.guards[node]
        before = together.get(values.axes)
        together[values.axes] = holds if before is None else before & holds
    for axes, holds in together.items():
        if not holds.all():
            mask &= rows.every(holds, axes)
    return mask
