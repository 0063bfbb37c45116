"""The smallest change of one number of a spec with which it keeps its limits again.

Numbers of the spec itself are tried one by one: vars, fields of layers, arguments of blocks, cells
of tables. Each is moved by half of itself at first, down and up, then by as little as still fits,
by halving what is between. So a number is taken to act in one direction; but what is found does
fit, for it was analysed, and its outputs have the shapes that they had.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.cost import analyze, analyze_counts
from convcost.analysis.counted import counting
from convcost.budget.verdict import Status, verdicts
from convcost.errors import ConvcostError
from convcost.finding import Level
from convcost.gate.checks import Repair
from convcost.gate.purse import Purse
from convcost.metrics import FIELD
from convcost.spec.model import Apply, Call, Document, Item, Table, Template
from convcost.spec.nodes import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.budget.verdict import Figures, Verdict
    from convcost.gate.base import Now
    from convcost.network import Network

MOST_LAYERS = 15_000  # counted in all tries for one model, and for all of a small check
SHARE = 8  # of the layers that a check counts anyway, one in so many more
DECIMALS = 2  # that a number with a point may get
_WRITTEN = re.compile(r"([0-9]{1,18})(?:[.]([0-9]{1,9}))?")


class _Number(NamedTuple):
    """A number of the spec: ``value`` is ``text`` times 10 to the power of ``decimals``."""

    what: str
    node: Scalar
    value: int
    decimals: int

    def text(self, value: int) -> str:
        """Another value, as it would be written."""
        whole, below = divmod(value, 10**self.decimals)
        return f"{whole}.{below:0{self.decimals}}".rstrip("0").removesuffix(".")


def repair(
    now: Now, held: Sequence[Verdict], before: Figures | None, purse: Purse | None = None
) -> Repair | None:
    """The change of one number that moves it least, relative to what it is; None where no number
    alone repairs it.

    Args:
        now: the model.
        held: what became of all its limits.
        before: what it is compared with.
        purse: what may be counted for this and all other models; as much as one may take unless
            given.
    """
    document = now.analysis.network.document
    if not isinstance(document, Document) or document.file.path != now.path:
        return None
    search = _Search(now, document, held, before, purse or Purse(MOST_LAYERS, SHARE))
    best: tuple[Fraction, _Number, int] | None = None
    for number in _numbers(document):
        furthest = max(1, number.value // 2)
        if best is not None:  # it must move less, relative to what it is
            furthest = min(
                furthest, -(-best[0].numerator * number.value // best[0].denominator) - 1
            )
        for direction in (-1, 1):
            step = search.least(number, direction, furthest)
            if step is not None:
                best = (Fraction(step, number.value), number, number.value + direction * step)
                furthest = step - 1
    if best is None:
        return None
    _, number, value = best
    return Repair(number.what, number.node.text, number.text(value), number.node.source)


class _Outcome(Enum):
    """The verdicts on a spec in which one number is another."""

    FITS = auto()
    TOO_LITTLE = auto()  # what was broken still is
    TOO_FAR = auto()  # that is not, but something else is
    NOTHING = auto()  # it is no such network any more


class _Search:
    def __init__(
        self,
        now: Now,
        document: Document,
        held: Sequence[Verdict],
        before: Figures | None,
        purse: Purse,
    ) -> None:
        self.now = now
        self.file = document.file
        held = [v for v in held if v.limit.level is Level.ERROR]
        self.limits = [v.limit for v in held]
        self.broken = {v.limit for v in held if v.status is Status.BROKEN}
        self.before = before
        self.count = (
            analyze if any(limit.metric == FIELD for limit in self.limits) else analyze_counts
        )
        self.outputs = _outputs(now.analysis.network)
        self.left = MOST_LAYERS
        self.purse = purse

    def least(self, number: _Number, direction: int, furthest: int) -> int | None:
        """The least step that fits, of those up to the furthest that halving meets."""
        fitting: int | None = None
        low, high = 0, furthest + 1  # a step that is too small, and one that is large enough
        step = furthest
        while high - low > 1:
            match self.outcome(number, number.value + direction * step):
                case _Outcome.FITS:
                    fitting = high = step
                case _Outcome.TOO_FAR:
                    high = step
                case _Outcome.TOO_LITTLE if high > furthest:
                    return None  # so is every smaller one
                case _Outcome.NOTHING if high > furthest and not low:
                    furthest = step // 2
                    high = furthest + 1
                    step = furthest
                    continue
                case _:
                    low = step
            step = (low + high) // 2
        return fitting

    def outcome(self, number: _Number, value: int) -> _Outcome:
        """The verdicts on the spec with another value of a number."""
        layers = len(self.now.analysis.layers)
        self.left -= layers
        if self.left < 0 or not self.purse.spend(layers):
            return _Outcome.TOO_LITTLE
        node, text = number.node, self.file.text
        start = self.file.offset(node.line, node.column)
        changed = text[:start] + number.text(value) + text[start + node.width :]

        def read(path: str) -> bytes:
            return changed.encode() if path == self.now.path else self.now.read[path]

        try:
            analysis = self.count(self.now.again(self.now.path, read))
        except ConvcostError:
            return _Outcome.NOTHING
        if _outputs(analysis.network) != self.outputs:
            return _Outcome.NOTHING
        figures = counting(analysis, self.limits).figures
        found = verdicts(figures, self.limits, self.before)
        broken = {v.limit for v in found if v.status is Status.BROKEN}
        if broken & self.broken:
            return _Outcome.TOO_LITTLE
        return _Outcome.TOO_FAR if broken else _Outcome.FITS


def _outputs(network: Network) -> list[tuple[int, ...]]:
    return [tensor.shape for tensor in network.outputs.values()]


def _numbers(document: Document) -> Iterator[_Number]:
    """The numbers that a spec itself holds: vars first."""
    seen: set[tuple[int, int]] = set()
    templates: list[tuple[str, Template | None]] = list(document.vars.items())
    blocks = [*document.blocks.values()]
    for block in blocks:
        templates += block.args.items()
    for items in (document.layers, *(block.layers for block in blocks)):
        templates += _of_items(items, document)
    for what, template in templates:
        for scalar in _scalars(template):
            if scalar.file is not document.file or (scalar.line, scalar.column) in seen:
                continue
            seen.add((scalar.line, scalar.column))
            number = _number(what, scalar)
            if number is not None:
                yield number


def _of_items(items: Sequence[Item], document: Document) -> Iterator[tuple[str, Template | None]]:
    for item in items:
        yield from item.fields.items()
        yield "repeat", item.repeat
        if isinstance(item, Table):
            for _, cells in item.rows:
                yield from cells.items()
        if isinstance(item, Apply | Call):
            continue
        for inner in item.lists:
            yield from _of_items(inner, document)


def _scalars(template: Template | None) -> Iterator[Scalar]:
    if template is None:
        return
    for inner in template.items:
        yield from _scalars(inner)
    if isinstance(template.node, Scalar):
        yield template.node


def _number(what: str, node: Scalar) -> _Number | None:
    written = _WRITTEN.fullmatch(node.text)
    if written is None or node.width != len(node.text):  # it has quotes, or an anchor
        return None
    whole, below = written.groups("")
    decimals = max(DECIMALS, len(below)) if below else 0
    value = int(whole + below.ljust(decimals, "0"))
    return _Number(what, node, value, decimals) if value else None
