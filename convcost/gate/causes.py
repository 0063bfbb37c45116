"""Effects of a change on the costs of a model, cause by cause.

Each changed value is put into the model as it was, alone, and what that costs is counted: so a
cause has its own figure, whatever else changed. What the causes do only together, and those that
were not tried alone, are a rest, so that the parts come to the whole exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import Allowance, allowing
from convcost.analysis.counted import counting
from convcost.budget.limit import Bound, Limit, Part
from convcost.budget.verdict import Status, verdicts
from convcost.errors import ConvcostError, Problem, SpecError, printable
from convcost.further_metrics import further
from convcost.gate.difference import meant
from convcost.gate.edits import Edits, Kind
from convcost.gate.node_text import yaml_of
from convcost.gate.purse import Purse
from convcost.gate.written import still_at
from convcost.metrics import FIELD, SUMS
from convcost.spec.compose import compose
from convcost.spec.nodes import File, decode
from convcost.spec.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.budget.verdict import Figures, Row, Verdict
    from convcost.errors import Source
    from convcost.gate.base import Before, Now
    from convcost.gate.difference import Pair
    from convcost.gate.edits import Edit
    from convcost.spec.nodes import Node

MOST = 16  # changes of one model that are tried alone
MOST_LAYERS = 8  # that are told one by one of a model without a text
FLOOR = 5_000  # layers counted in tries, however small the check is
SHARE = 4  # of the layers that a check counts anyway, one in so many more is counted in tries

Effects = dict[object, int]
"""What a change did, by metric and by the subject of a limit of some layers; no zeros."""


class Cause(NamedTuple):
    """A change and what it did.

    ``what`` is its name, ``before`` and ``after`` its texts ("" for what is not there), ``source``
    its line now, or where it would stand. ``effects`` are what it did by itself to figures of the
    network (by metric), and to limits of a part (by their subjects); what it did not change is left
    out. A rest stands for ``changes`` that were not worked out one by one; for none where it is
    what the causes before it do only together.
    """

    kind: Kind
    what: str
    before: str
    after: str
    source: Source | None
    effects: Mapping[object, int]
    changes: int = 1

    def on(self, limit: Limit) -> int:
        """Its effect on the value that a limit is about."""
        return self.effects.get(key_of(limit), 0)


def key_of(limit: Limit) -> object:
    """The key of a limit's value among effects."""
    whole = limit.part is Part.NETWORK and limit.metric != FIELD
    return limit.metric if whole else limit.subject


class Subject(NamedTuple):
    """A model whose change is explained: as it was and as it is, and the limits that hold for it.
    ``aligned`` are its layers of both times, and ``tries`` how many changes may be tried alone."""

    before: Before
    now: Now
    figures: Figures
    limits: Sequence[Limit]
    aligned: Sequence[Pair]
    tries: int = MOST

    @property
    def total(self) -> Effects:
        """The effect of all changes together."""
        return self.effects_of(self.figures)

    @property
    def asks_fields(self) -> bool:
        """Whether receptive fields are told of: they changed, or are limited."""
        return FIELD in self.total or any(limit.metric == FIELD for limit in self.limits)

    def effects_of(self, figures: Figures) -> Effects:
        """The differences between some figures and those of the model as it was."""
        then, now = _values(self.before.figures, self.limits), _values(figures, self.limits)
        both = ((key, now[key] - value) for key, value in then.items() if key in now)
        return {key: difference for key, difference in both if difference}


def _values(figures: Figures, limits: Sequence[Limit]) -> Effects:
    """The values that causes are told by; those that are not known are left out."""
    found: Effects = {**figures.totals}
    sizes = [size for size in figures.sizes if size is not None]
    if sizes and len(sizes) == len(figures.sizes):
        found[FIELD] = max(sizes)
    for verdict in verdicts(figures, limits):
        if verdict.value is not None:
            found.setdefault(key_of(verdict.limit), verdict.value)
    return found


class Explainer:
    """Finds causes, model after model."""

    def __init__(self) -> None:
        self.purse = Purse(FLOOR, SHARE)
        self._known: dict[tuple[str, bytes, bytes], Edits | None] = {}

    def explain(
        self, before: Before | None, now: Now, judged: Sequence[Verdict], aligned: Sequence[Pair]
    ) -> list[Cause]:
        """The causes of what changed in a model: tried change by change where a limit is broken, or
        else where it has any and enough is left for those that are."""
        figures = now.analysis.figures
        self.purse.earn(len(figures.rows))
        if before is None or before.same:
            return []
        broken = any(verdict.status is Status.BROKEN for verdict in judged)
        tries = MOST if broken or (judged and self.purse.left > FLOOR // 2) else 0
        limits = [verdict.limit for verdict in judged]
        return self.causes(Subject(before, now, figures, limits, aligned, tries))

    def causes(self, subject: Subject) -> list[Cause]:
        """The causes of what changed in a model, and what is left of the whole as the last."""
        files = self._edits(subject)
        if files is None:
            return _with_rest(_layers(subject), subject)
        texts = Texts(subject, files)
        edits = texts.edits
        if len(edits) == 1 and texts.complete:
            only = _cause(edits[0], subject.total)
            return [only] if only.effects else []
        found: list[Cause] = []
        untold: list[Edit] = []
        with allowing(Allowance()):
            for number, edit in enumerate(edits):
                figures = texts.tried(number, self.purse) if number < subject.tries else None
                if figures is None:
                    untold.append(edit)
                else:
                    found.append(_cause(edit, subject.effects_of(figures)))
        return _with_rest([cause for cause in found if cause.effects], subject, untold)

    def _edits(self, subject: Subject) -> dict[str, Edits] | None:
        """The changes of each file by its path at the base; None where a model has no texts."""
        then, now = subject.before.read, subject.now.read
        if not then or not now:
            return None
        pairs = {subject.before.path: subject.now.path}
        pairs |= {path: path for path in then if path in now and path not in pairs}
        found: dict[str, Edits] = {}
        for path, new in pairs.items():
            if path in then and new in now and then[path] != now[new]:
                key = (new, then[path], now[new])
                if key not in self._known:
                    self._known[key] = edits_of(*key)
                edits = self._known[key]
                if edits is None:
                    return None
                found[path] = edits
        return found


def edits_of(path: str, old: bytes, new: bytes) -> Edits | None:
    """The changes of a file; None where it is not YAML of both times."""
    try:
        tops = [_top(path, old), _top(path, new)]
    except ConvcostError:
        return None
    if tops[0] is None or tops[1] is None:
        return None
    return Edits(tops[0], tops[1], lambda line: still_at(old, new, line))


def _top(path: str, data: bytes) -> Node | None:
    file = File(path, decode(data, path))
    return compose(file, Problems(file))


class Texts:
    """The texts of a model as it was, with any of the changes in them."""

    def __init__(self, subject: Subject, files: Mapping[str, Edits]) -> None:
        self.subject = subject
        self.files = files
        self._places = [
            (path, number) for path, edits in files.items() for number in range(len(edits.edits))
        ]

    @property
    def edits(self) -> list[Edit]:
        """All changes, file by file."""
        return [self.files[path].edits[number] for path, number in self._places]

    @property
    def complete(self) -> bool:
        """Whether nothing else changed than these say."""
        return all(edits.complete for edits in self.files.values())

    def tried(self, number: int, purse: Purse) -> Figures | None:
        """The figures of the model as it was with one change in it; None where that is not a model,
        or no more may be counted."""
        before = self.subject.before
        if before.again is None or not purse.spend(len(before.figures.rows)):
            return None
        try:
            tried = before.again(
                self._reader(*self._places[number]), fields=self.subject.asks_fields
            )
            return counting(tried, self.subject.limits).figures
        except ConvcostError:
            return None

    def _reader(self, changed: str, number: int) -> Callable[[str], bytes]:
        def read(path: str) -> bytes:
            if path == changed:
                top = self.files[path].applied(lambda edit: edit == number)
                return yaml_of(top).encode()
            for texts in (self.subject.before.read, self.subject.now.read):
                if path in texts:
                    return texts[path]
            raise SpecError([Problem(f"{printable(path)}: there is no such file")])

        return read


def _cause(edit: Edit, effects: Effects) -> Cause:
    return Cause(edit.kind, edit.what, edit.before, edit.after, edit.source, effects)


def _with_rest(found: list[Cause], subject: Subject, untold: Sequence[Edit] = ()) -> list[Cause]:
    """Causes, and what they leave of the whole."""
    total = subject.total
    keys = dict.fromkeys((*total, *(key for cause in found for key in cause.effects)))
    left = {key: total.get(key, 0) - sum(c.effects.get(key, 0) for c in found) for key in keys}
    effects = {key: value for key, value in left.items() if value}
    if not effects:
        return found
    source = untold[0].source if untold else None
    return [*found, Cause(Kind.REST, "", "", "", source, effects, len(untold))]


def _layers(subject: Subject) -> list[Cause]:
    """The layers that cost something else than they did, those that changed most first."""
    total = subject.total
    found: dict[int, Effects] = {}
    metrics = dict.fromkeys((*SUMS, *further(limit.metric for limit in subject.limits)))
    wholes = [Limit(metric, Bound.MAX, 0) for metric in metrics]
    parts = [limit for limit in subject.limits if limit.part is not Part.NETWORK and not limit.each]
    for limit in (*wholes, *parts):
        if limit.metric not in metrics:
            continue
        for number, (old, new) in enumerate(meant(limit, subject.aligned)):
            before, after = (row.counts.get(limit.metric) if row else 0 for row in (old, new))
            if before is None or after is None:
                continue  # saved before it was counted
            if after != before:
                found.setdefault(number, {})[key_of(limit)] = after - before
    causes = [_of_layer(*subject.aligned[number], effects) for number, effects in found.items()]

    def weight(cause: Cause) -> float:
        return -sum(abs(value / total[key]) for key, value in cause.effects.items() if key in total)

    return sorted(causes, key=weight)[:MOST_LAYERS]


def _of_layer(old: Row | None, new: Row | None, effects: Effects) -> Cause:
    row = new or old
    assert row is not None
    before, after = (one.op if one else "" for one in (old, new))
    return Cause(Kind.LAYER, row.name, before, after, row.source if new else None, effects)
