"""Other designs that a number may be of: other input sizes, other values of a spec's vars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.reconcile.reconcile import Reconciled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from convcost.analysis.reconcile.written import Said

Vary = Callable[[Mapping[str, str], Sequence[int] | None], Reconciled | None]

ANOTHER = 5
"""What it takes to think of another input, or of another value of a var."""

BOTH = 2
"""What it takes besides to think of both at once: papers print grids of multipliers and sizes."""

ROUND_SIDES = {32: 0, 16: 4, 8: 6, 1: 10}
"""Sides of an input, by what they are a multiple of: what it takes to think of those besides."""

WIDTHS = tuple(Fraction(percent, 100) for percent in (25, 35, 50, 75, 100, 125, 130, 140, 150, 200))


class Design(NamedTuple):
    """A network that may have been meant: how to describe it, and what it takes to think of it."""

    at: str
    cost: int
    found: Reconciled


class _Asked(NamedTuple):
    """The settings and the input shape under which a design is looked at."""

    settings: Mapping[str, str]
    shape: Sequence[int] | None
    at: str
    cost: int
    multiplier: bool = False


def designs(asked: Said, found: Reconciled, vary: Vary) -> Iterator[Design]:
    """Designs of which some total may be a number, the likeliest first.

    Those of another input and another multiplier at once are looked for by our MACs alone.
    """
    totals = {found.analysis.totals["macs"], *(tool.total for tool in found.tools)}
    vars_ = [*_vars(found)]
    sides = [*_sides(asked, found, totals)]
    yield from _made([*(side for side in sides if side.cost == ANOTHER), *vars_], vary)
    for one in vars_:
        if one.multiplier:
            yield from _made(_at_other_sides(asked, one, vary), vary)
    odd = (side for side in sides if side.cost > ANOTHER)
    yield from _made(sorted(odd, key=lambda side: side.cost), vary)


def _at_other_sides(asked: Said, one: _Asked, vary: Vary) -> Iterator[_Asked]:
    """A value of a var, with the round sides at which the MACs may be the number."""
    for design in _made([one], vary):
        for side in _sides(asked, design.found, [design.found.analysis.totals["macs"]]):
            if side.cost == ANOTHER:
                at = f"{one.at}, {side.at}"
                yield _Asked(one.settings, side.shape, at, ANOTHER + BOTH)


def _made(wanted: Iterable[_Asked], vary: Vary) -> Iterator[Design]:
    for one in wanted:
        if (made := vary(one.settings, one.shape)) is not None:
            yield Design(one.at, one.cost, made)


def _sides(asked: Said, found: Reconciled, totals: Iterable[int]) -> Iterator[_Asked]:
    """Sizes of a square input at which one of some totals may be the number."""
    inputs = [*found.analysis.network.inputs.values()]
    shape = inputs[0].sample_shape if len(inputs) == 1 else ()
    if len(shape) != 3 or shape[1] != shape[2]:
        return
    sides: dict[int, None] = {}
    for total in totals:
        side = shape[1] * float(asked.value / total) ** 0.5 if total else 0
        for step in ROUND_SIDES:
            sides.update(dict.fromkeys((int(side / step) * step, int(side / step + 1) * step)))
    for side in sorted(sides):
        if side not in (0, shape[1]):
            cost = next(cost for step, cost in ROUND_SIDES.items() if side % step == 0)
            at = f"input {shape[0]}x{side}x{side}"
            yield _Asked({}, (shape[0], side, side), at, ANOTHER + cost)


def _vars(found: Reconciled) -> Iterator[_Asked]:
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
                yield _Asked({name: text}, None, f"{name}={text}", ANOTHER, not whole)
