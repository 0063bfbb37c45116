"""The costs of a network held against limits."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcost.budget.limit import Bound, Limit, Part, ceil_of, floor_of
from convcost.errors import printable
from convcost.further_metrics import is_bytes, is_time, together
from convcost.metrics import FIELD
from convcost.named import within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.errors import Source


class Row(NamedTuple):
    """The costs of one layer; ``path`` is its name with all words of the structures around it, and
    ``sizes`` its receptive field along each axis."""

    name: str
    path: str
    op: str
    counts: Mapping[str, int]
    sizes: Sequence[int | None]
    source: Source | None = None


class Figures(NamedTuple):
    """The costs of a network: of this revision or another one, measured now or read from a file.

    ``sizes`` is the receptive field of its first output; ``unknown`` says which layers could not be
    counted, ``assumes`` what is taken for granted that only a run decides; ``lacking`` are metrics
    of other tools that lack layers.
    """

    name: str
    totals: Mapping[str, int]
    rows: Sequence[Row]
    sizes: Sequence[int | None]
    unknown: Sequence[str] = ()
    assumes: Sequence[str] = ()
    lacking: frozenset[str] = frozenset()

    def knows(self, metric: str) -> bool:
        """Whether it has a metric: a file saved before that was counted has not."""
        return metric == FIELD or metric in self.totals


class Status(StrEnum):
    """The outcome of a limit."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    """Kept as far as could be counted."""
    NEW = "new"
    """Nothing from before to compare with."""
    UNMATCHED = "unmatched"
    """No layer has such a name or op."""


class Verdict(NamedTuple):
    """A limit held against a network.

    ``value`` is what the network has, ``allowed`` what the limit comes to, ``before`` and
    ``allowed_before`` the same in the network that it is compared with. ``layer`` is the one that a
    limit of each layer found first.
    """

    limit: Limit
    status: Status
    value: int | None = None
    allowed: int | None = None
    before: int | None = None
    allowed_before: int | None = None
    layer: str = ""

    @property
    def over(self) -> int:
        """By how much the limit is broken; negative: what is left."""
        return _over(self.limit.bound, self.value or 0, self.allowed or 0)

    @property
    def over_before(self) -> int:
        """By how much it was broken before; 0 where it was kept, or nothing was before."""
        if self.before is None or self.allowed_before is None:
            return 0
        return max(0, _over(self.limit.bound, self.before, self.allowed_before))

    @property
    def change(self) -> int | None:
        """The value less that from before."""
        return None if self.before is None or self.value is None else self.value - self.before


def _over(bound: Bound, value: int, allowed: int) -> int:
    return allowed - value if bound is Bound.MIN else value - allowed


def verdicts(
    figures: Figures, limits: Sequence[Limit], before: Figures | None = None
) -> list[Verdict]:
    """The verdict on each limit.

    Args:
        figures: of the network.
        limits: that hold for it.
        before: of the network that it is compared with.
    """
    return [_verdict(limit, figures, before) for limit in limits]


def _verdict(limit: Limit, figures: Figures, before: Figures | None) -> Verdict:
    rows = matching(limit, figures.rows)
    if not figures.knows(limit.metric):
        return Verdict(limit, Status.UNKNOWN)
    if not rows and limit.part is not Part.NETWORK:
        return Verdict(limit, Status.UNMATCHED)
    value, layer = _value(limit, figures, rows)
    rows_before = matching(limit, before.rows) if before else []
    old = allowed_before = None
    known = before is not None and before.knows(limit.metric)
    if before and known and (rows_before or limit.part is Part.NETWORK):
        old, _ = _value(limit, before, rows_before)
        allowed_before = None if limit.relative else _allowed(limit, before, None)
    if limit.relative and old is None:
        return Verdict(limit, Status.NEW, value, layer=layer)
    allowed = _allowed(limit, figures, old)
    verdict = Verdict(limit, Status.KEPT, value, allowed, old, allowed_before, layer)
    return verdict._replace(status=_status(verdict, figures))


def _status(verdict: Verdict, figures: Figures) -> Status:
    """Totals that lack layers are at least what they say, so only a broken maximum is certain."""
    lacking = bool(figures.unknown) or verdict.limit.metric in figures.lacking
    if verdict.value is None:
        return Status.UNKNOWN
    if verdict.limit.bound is Bound.MIN:
        status = Status.BROKEN if verdict.over > 0 else Status.KEPT
        return Status.UNKNOWN if lacking and status is Status.BROKEN else status
    if verdict.over > 0:
        share = isinstance(verdict.limit.amount, Fraction)
        return Status.UNKNOWN if lacking and share else Status.BROKEN
    return Status.UNKNOWN if lacking else Status.KEPT


def _value(limit: Limit, figures: Figures, rows: Sequence[Row]) -> tuple[int | None, str]:
    """The value that a limit is about, and the layer that has it where it is about each."""
    of = _of_field if limit.metric == FIELD else _of_count(limit.metric)
    pick = min if limit.bound is Bound.MIN else max
    if limit.each:
        known = [(value, row.name) for row in rows if (value := of(row, pick)) is not None]
        if len(known) < len(rows) or not known:
            return None, ""
        value = pick(value for value, _ in known)
        return value, next(name for had, name in known if had == value)
    if limit.metric == FIELD:
        return _size(rows[-1].sizes if rows else figures.sizes, pick), ""
    if limit.part is Part.NETWORK:
        return figures.totals[limit.metric], ""
    counts = [row.counts[limit.metric] for row in rows]
    return together(limit.metric, counts), ""


def _of_count(metric: str) -> Callable[[Row, Callable[..., int]], int | None]:
    return lambda row, _: row.counts[metric]


def _of_field(row: Row, pick: Callable[..., int]) -> int | None:
    return _size(row.sizes, pick)


def _size(sizes: Sequence[int | None], pick: Callable[..., int]) -> int | None:
    """A field as one number; None where it is not known along some axis, or there is none."""
    known = [size for size in sizes if size is not None]
    return pick(known) if known and len(known) == len(sizes) else None


def _allowed(limit: Limit, figures: Figures, before: int | None) -> int:
    """A limit in whole numbers: the value that just keeps it."""
    amount = limit.amount
    if limit.relative:
        old = before or 0
        return old + (floor_of(amount, old) if isinstance(amount, Fraction) else amount)
    if isinstance(amount, int):
        return amount
    of = ceil_of if limit.bound is Bound.MIN else floor_of
    return of(amount, figures.totals[limit.metric])


def matching(limit: Limit, rows: Sequence[Row]) -> list[Row]:
    """The layers that a limit is about: by op, or by name. In a pattern ``*`` stands for any text;
    the name of a block stands for all layers inside it."""
    match limit.part:
        case Part.NETWORK:
            return []
        case Part.OPS:
            return [row for row in rows if row.op == limit.pattern]
        case Part.LAYERS:
            return within(limit.pattern, rows)


def sentence(verdict: Verdict) -> str:
    """The mistake, as a sentence without its full stop."""
    limit = verdict.limit
    what = f"{subject(limit)} is {shown(verdict.value or 0, limit.metric)}"
    over, allowed = (shown(n, limit.metric) for n in (verdict.over, verdict.allowed or 0))
    if limit.bound is Bound.MIN:
        said = f"{what}, {over} below the least of {allowed}"
    elif limit.bound is Bound.INCREASE:
        was = shown(verdict.before or 0, limit.metric)
        said = f"{what}, {over} over the {allowed} that `{printable(limit.text)}` on {was} allows"
    else:
        said = f"{what}, {over} over the limit of {allowed}"
    if isinstance(limit.amount, Fraction) and not limit.relative:
        said += f" ({printable(limit.text)} of the total)"
    return f"{said}, in layer '{printable(verdict.layer)}'" if verdict.layer else said


def subject(limit: Limit) -> str:
    """The subject of a limit: ``macs``, ``macs of stage.*``, ``params of each conv``."""
    if limit.part is Part.NETWORK:
        return limit.metric
    return f"{limit.metric} of {'each ' if limit.each else ''}{printable(limit.pattern)}"


def shown(value: int, metric: str) -> str:
    """A value with its digits, and its unit where that is bytes or nanoseconds."""
    if is_time(metric):
        return f"{value:,} ns"
    return f"{value:,} bytes" if is_bytes(metric) else f"{value:,}"
