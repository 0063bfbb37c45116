"""What may be meant by a number that somebody has read somewhere."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import chain, combinations
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, listed, quoted
from convcost.metrics import METRICS
from convcost.spec import quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from convcost.analysis.reconcile.counted import Counted
    from convcost.analysis.reconcile.reconcile import Reconciled

    Vary = Callable[[Mapping[str, str], Sequence[int] | None], Reconciled | None]

OURS = ("macs", "flops", "macs_in_bounds", "multiplies", "params")
MOST_CHOICES = 6  # ops that modules or functions may compute
ROUND_SIDES = (32, 16, 8, 1)
WIDTHS = tuple(Fraction(percent, 100) for percent in (25, 35, 50, 75, 100, 125, 130, 140, 150, 200))


_COUNTED = re.compile(r"([a-z]?) ?(macs?|flops?|madds?|mult-adds)", re.IGNORECASE)
"""A unit as tools print it: GMac, MFLOPs."""


class Said(NamedTuple):
    """A number as somebody wrote it: ``580M`` is anything that rounds to it."""

    text: str
    value: Fraction
    off: Fraction

    def distance(self, count: int) -> Fraction:
        """How far a count is from it; 0 where it rounds to it."""
        apart = abs(count - self.value)
        return Fraction(0) if apart <= self.off else apart


class Reading(NamedTuple):
    """One meaning of a number: what has that value, of which design (``at``, "" for the one that
    was asked about). ``remark`` says what else must be so."""

    what: str
    value: int
    distance: Fraction
    at: str = ""
    remark: str = ""


def said(text: str) -> Said:
    """A number as a person writes it.

    Raises:
        ConvcostError: it is none.
    """
    try:
        number, unit = quantity.parts(text, "580M, 1.2G or 300774272")
    except ValueError as error:
        raise ConvcostError(f"--says: {quoted(text)} {error}") from None
    if counted := _COUNTED.fullmatch(unit):
        unit = counted[1]
        text = text.strip().removesuffix(counted[2]).rstrip()
    known = {name.lower(): factor for name, factor in quantity.COUNT_UNITS.items()} | {"b": 10**9}
    factor = known.get(unit.lower())
    if factor is None:
        units = listed([name for name in quantity.COUNT_UNITS if name], "or")
        raise ConvcostError(f"--says: the unit of {quoted(text)} is none of {units}")
    decimals = len(text.strip().partition(".")[2].removesuffix(unit).strip())
    off = Fraction(factor, 2 * 10**decimals) if factor > 1 else Fraction(0)
    return Said(text, number * factor, off)


def readings(asked: Said, found: Reconciled, vary: Vary | None, most: int = 10) -> list[Reading]:
    """What may be meant, nearest first.

    Args:
        asked: the number.
        found: the network as tools count it.
        vary: makes the network with other vars and another shape of its only input; None for what
            cannot be.
        most: how many to list.
    """
    here = list(_of(asked, found))
    exact = [reading for reading in here if not reading.distance]
    elsewhere = list(_variants(asked, found, vary)) if vary and not exact else []
    ranked = sorted([*here, *elsewhere], key=lambda one: (one.distance, bool(one.remark)))
    return ranked[:most]


def _of(asked: Said, found: Reconciled, at: str = "") -> Iterator[Reading]:
    totals = found.analysis.totals
    for metric in OURS:
        yield _reading(asked, METRICS[metric].title, totals[metric], at)
    for tool in found.tools:
        name = tool.convention.metric
        for value, remark in ways(tool):
            reading = _reading(asked, name, value, at, remark)
            if not remark or not reading.distance:
                yield reading
        for value, remark in ((2 * tool.total, "times 2"), (tool.total // 2, "divided by 2")):
            if value not in (totals["macs"], totals["flops"]):
                yield _reading(asked, name, value, at, remark)


def ways(tool: Counted) -> Iterator[tuple[int, str]]:
    """A tool's total, and what it is if functions compute what modules are assumed to, op by op."""
    assumed: dict[str, int] = {}
    for layer, count in tool.assumed:
        assumed[layer.cost.op] = assumed.get(layer.cost.op, 0) + count.value
    choices = [*assumed][:MOST_CHOICES]
    for functions in chain.from_iterable(combinations(choices, n) for n in range(len(choices) + 1)):
        remark = f"if functions compute each {listed([*functions])}" if functions else ""
        yield tool.total - sum(assumed[op] for op in functions), remark


def _reading(asked: Said, what: str, value: int, at: str = "", remark: str = "") -> Reading:
    return Reading(what, value, asked.distance(value), at, remark)


def _variants(asked: Said, found: Reconciled, vary: Vary) -> Iterator[Reading]:
    """Other input sizes and vars with which a total is the number; the roundest of those alike."""
    seen: set[tuple[str, int]] = set()
    for settings, shape, at in chain(_sides(asked, found), _vars(found)):
        other = vary(settings, shape)
        for one in _of(asked, other, at) if other is not None else ():
            if not one.distance and not one.remark and (one.what, one.value) not in seen:
                seen.add((one.what, one.value))
                yield one


def _sides(
    asked: Said, found: Reconciled
) -> Iterator[tuple[Mapping[str, str], Sequence[int] | None, str]]:
    """Sizes of a square input at which some total may be the number."""
    inputs = [*found.analysis.network.inputs.values()]
    shape = inputs[0].sample_shape if len(inputs) == 1 else ()
    if len(shape) != 3 or shape[1] != shape[2]:
        return
    totals = {found.analysis.totals["macs"], *(tool.total for tool in found.tools)} - {0}
    sides: dict[int, None] = {}
    for total in totals:
        side = shape[1] * float(asked.value / total) ** 0.5
        for step in ROUND_SIDES:
            sides.update(dict.fromkeys((int(side / step) * step, int(side / step + 1) * step)))

    def roundness(side: int) -> tuple[int, int]:
        return next(n for n, step in enumerate(ROUND_SIDES) if side % step == 0), side

    for side in sorted((side for side in sides if 0 < side != shape[1]), key=roundness):
        yield {}, (shape[0], side, side), f"input {shape[0]}x{side}x{side}"


def _vars(found: Reconciled) -> Iterator[tuple[Mapping[str, str], Sequence[int] | None, str]]:
    """Other values of the spec's vars, one at a time."""
    written = getattr(found.analysis.network.document, "vars", {})
    for name, template in written.items():
        value = template and template.expression and template.expression.constant
        if isinstance(value, bool) or not isinstance(value, (int, Fraction)) or value <= 0:
            continue
        whole = isinstance(value, int) and value > 2
        others = (value // 2, value - 1, value + 1, 2 * value) if whole else WIDTHS
        for other in others:
            if other != value and other > 0:
                text = str(other) if isinstance(other, int) else f"{float(other):g}"
                yield {name: text}, None, f"{name}={text}"
