"""The largest designs that keep to a budget, and those that miss it by least."""

from __future__ import annotations

from fractions import Fraction
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.errors import ConvcostError, quoted
from convcost.spec.quantity import amount
from convcost.sweeps import designs
from convcost.sweeps.axes import BadAxis, axis, parsed, written
from convcost.sweeps.chosen import MORE_IS_BETTER, Aim, front
from convcost.sweeps.designs import Grid
from convcost.sweeps.pricing import Pricer
from convcost.sweeps.where import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from convcost.sweeps.axes import Axis
    from convcost.sweeps.subject import Subject

    Array = npt.NDArray[Any]

STEPS = 20
"""Steps from 0 to a var's own value, on an axis that is given by its name alone."""

LEAST, MOST = Fraction(1, 4), 2
"""The ends of such an axis, as parts of the var's own value."""


class Limit(NamedTuple):
    """The most that a design may have of a metric."""

    metric: str
    most: int


class Fit(NamedTuple):
    """Designs that keep to limits, and the nearest that do not; columns of axes and metrics.

    ``tried`` is how many designs there were, ``valid`` how many of them are networks, and ``fit``
    how many of these keep to all limits.
    """

    axes: Sequence[Axis]
    limits: Sequence[Limit]
    metrics: Sequence[str]
    largest: Mapping[str, Array]
    missed: Mapping[str, Array]
    tried: int
    valid: int
    fit: int


def limit(text: str) -> Limit:
    """A limit from its text: ``macs=300M``.

    Raises:
        ConvcostError: it is none.
    """
    name, sign, most = text.partition("=")
    if not sign:
        raise ConvcostError(f"{quoted(text)} is not a budget, such as macs=300M")
    metric = full_name(name.strip(), ())
    if metric in MORE_IS_BETTER:
        raise ConvcostError(
            f"--budget: more {metric} is better, and a budget is a most: --where sets a least"
        )
    try:
        return Limit(metric, amount(most, metric))
    except ValueError as error:
        raise ConvcostError(f"--budget: {quoted(most)} {error}") from None


def axis_around(text: str, own: Mapping[str, int | Fraction]) -> Axis:
    """An axis from its text, or by its name alone: around the spec's own value.

    Raises:
        BadAxis: it is none, or has no number as its value.
    """
    if "=" in text:
        return parsed(text)
    value = own.get(text)
    if value is None:
        raise BadAxis(f"{quoted(text)}: give its values, as {text}=0.5:2:0.1")
    step = Fraction(value) / STEPS
    if isinstance(value, int) and value > MOST * MOST:
        step = Fraction(max(1, value // 28))  # 8 of 224
    first = -(-Fraction(value) * LEAST // step)
    count = int(Fraction(value) * MOST // step)
    values = [number * step for number in range(max(1, int(first)), count + 1)]
    return axis(text, [written(one) for one in values])


def fitted(
    subject: Subject,
    limits: Sequence[Limit],
    metrics: Sequence[str],
    *,
    top: int,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """Search all combinations of values for the largest designs: those that keep to the limits, and
    that no other one which does is larger than along some axis and smaller along none.

    Args:
        subject: the spec, with axes of numbers.
        limits: to keep.
        metrics: to show.
        top: how many of the largest, those that use most of the first limit, and of the misses.
        progress: told of what is done.
    """
    grid = Grid(subject.axes)
    search = _Search(subject, limits, metrics, top)
    for start, codes in grid.blocks():
        search.take(codes)
        if progress is not None:
            progress(start + designs.BLOCK, grid.number)
    return search.ended(grid.number)


def scaled(
    subject: Subject,
    limits: Sequence[Limit],
    metrics: Sequence[str],
    ratios: Mapping[str, Fraction],
    own: Mapping[str, int | Fraction],
    *,
    top: int,
) -> Fit:
    """Compound scaling (Tan and Le, arXiv 1905.11946): every axis is its own value times its ratio
    to one and the same power, or the value of the axis closest to that. The power grows until a
    limit is broken.

    Args:
        subject: the spec, with an axis for each ratio.
        limits: to keep.
        metrics: to show.
        ratios: by axis.
        own: the values at the power of 0, by axis.
        top: how many of the largest, and of the misses.

    Raises:
        ConvcostError: a ratio is not above 1, or an axis has none.
    """
    for one in subject.axes:
        if ratios.get(one.name, 0) <= 1 or one.name not in own or own[one.name] <= 0:
            raise ConvcostError(
                f"--keep-ratio: axis {quoted(one.name)} needs a ratio above 1, as {one.name}=1.1"
            )
    steps = _steps(subject.axes, ratios, own)
    codes = {
        one.name: np.array([step[place] for step in steps], np.int64)
        for place, one in enumerate(subject.axes)
    }
    search = _Search(subject, limits, metrics, top)
    search.take(codes)
    return search.ended(len(steps))


def _steps(
    axes: Sequence[Axis], ratios: Mapping[str, Fraction], own: Mapping[str, int | Fraction]
) -> list[tuple[int, ...]]:
    """The designs that come up as the power grows from 0, as numbers of values on each axis."""
    changes: list[tuple[float, int, int]] = []
    now: list[int] = []
    for place, one in enumerate(axes):
        values: list[Any] = sorted(one.values)
        at = [one.values.index(value) for value in values]
        start = own[one.name]
        first = min(range(len(values)), key=lambda number: abs(values[number] - start))
        now.append(at[first])
        for number in range(first + 1, len(values)):
            middle = (values[number - 1] + values[number]) / Fraction(2)
            power = log(middle / start) / log(ratios[one.name])
            changes.append((power, place, at[number]))
    steps = [tuple(now)]
    for _, place, number in sorted(changes):
        now[place] = number
        steps.append(tuple(now))
    return steps


class _Search:
    """Designs that fit so far, and those that just do not."""

    def __init__(
        self, subject: Subject, limits: Sequence[Limit], metrics: Sequence[str], top: int
    ) -> None:
        self.subject, self.limits, self.top = subject, limits, top
        self.metrics = [*dict.fromkeys((*(one.metric for one in limits), *metrics))]
        self.pricer = Pricer(subject, self.metrics)
        self.valid = self.fit = 0
        self.largest: dict[str, Array] = {}
        self.missed: dict[str, Array] = {}

    def take(self, codes: Mapping[str, Array]) -> None:
        """Price designs, and keep the best of them and of those before."""
        priced = self.pricer.priced(codes)
        values = {one.name: one.at(codes[one.name]) for one in self.subject.axes}
        columns = {name: v[priced.valid] for name, v in {**values, **priced.figures}.items()}
        self.valid += int(priced.valid.sum())
        fits = np.ones(int(priced.valid.sum()), bool)
        for one in self.limits:
            fits &= (columns[one.metric] <= one.most).astype(bool)
        self.fit += int(fits.sum())
        aims = [Aim(one.name, most=True) for one in self.subject.axes]
        largest = _and(self.largest, _rows(columns, np.flatnonzero(fits)))
        self.largest = _rows(largest, np.flatnonzero(front(largest, aims)))
        missed = _and(self.missed, _rows(columns, np.flatnonzero(~fits)))
        self.missed = _rows(missed, np.argsort(self._over(missed), kind="stable")[: self.top])

    def _over(self, columns: Mapping[str, Array]) -> Array:
        """How many times its limit a design has, where that is most."""
        shares = [columns[one.metric].astype(float) / max(1, one.most) for one in self.limits]
        return np.max(np.stack(shares), axis=0)

    def ended(self, tried: int) -> Fit:
        """The largest, those first that use most of the first limit."""
        use = -self.largest[self.limits[0].metric].astype(float)
        best = _rows(self.largest, np.argsort(use, kind="stable")[: self.top])
        figures = (best, self.missed, tried, self.valid, self.fit)
        return Fit(self.subject.axes, self.limits, self.metrics, *figures)


def _rows(columns: Mapping[str, Array], rows: Array) -> dict[str, Array]:
    return {name: values[rows] for name, values in columns.items()}


def _and(before: Mapping[str, Array], columns: Mapping[str, Array]) -> dict[str, Array]:
    if not before:
        return dict(columns)
    return {name: np.concatenate([before[name], values]) for name, values in columns.items()}
