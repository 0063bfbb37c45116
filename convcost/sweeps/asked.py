"""A question about many candidates: their axes, the figures of them, and the rows to keep."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from convcost import arguments
from convcost.errors import ConvcostError
from convcost.ops.kinds import LARGEST_SIZE
from convcost.sweeps.axes import Axis, BadAxis, axis, parsed, written
from convcost.sweeps.chosen import Aim, aim
from convcost.sweeps.designs import MOST as LARGEST_GRID
from convcost.sweeps.designs import Grid
from convcost.sweeps.where import Where, full_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

USUAL = ("params", "macs", "weight_bytes", "traffic_bytes", "peak_activation_bytes")
"""The metrics of a sweep unless others are asked for."""


MOST = 10**10
"""Candidates of a sweep, which take a processor some 10 hours."""


class Asked(NamedTuple):
    """The candidates and the figures of them that a sweep is to have."""

    grid: Grid
    metrics: Sequence[str]
    where: Where | None = None
    pareto: Sequence[Aim] = ()
    top: int | None = None
    by: Aim | None = None

    @property
    def needed(self) -> list[str]:
        """The metrics that are worked out."""
        axes = {one.name for one in self.grid.axes}
        read = [*self.metrics, *(self.where.names if self.where else ())]
        read += [one.name for one in (*self.pareto, *([self.by] if self.by else ()))]
        return [name for name in dict.fromkeys(read) if name not in axes]


def axes_of(axes: Mapping[str, str | Iterable[Any]] | Sequence[str]) -> list[Axis]:
    """Axes as a caller may give them.

    Raises:
        TypeError: they are neither texts nor values by name.
        ConvcostError: one cannot be read, or there is none.
    """
    given: object = axes
    if isinstance(given, Mapping):
        found = [*arguments.by_name("axes", axes, _axis).values()]
    else:
        found = [parsed(text) for text in arguments.texts("axes", axes)]
    if not found:
        raise BadAxis("a sweep has at least one axis, as width=0.25:1.5:0.05")
    return found


def _axis(name: str, values: object) -> Axis:
    named = name.removeprefix("axes['").removesuffix("']")
    if isinstance(values, str):
        return parsed(f"{named}={values}")
    given = values.tolist() if isinstance(values, np.ndarray) else values
    several = arguments.sequence(name, cast("object", given))
    return axis(named, (written(exact_value(name, value)) for value in several))


def exact_value(name: str, value: object) -> int | Fraction | str:
    """A number as it is printed, so that 0.1 means a tenth; a text, and a yes or no, as they are
    written in a spec.

    Raises:
        TypeError: it is none of these.
        ConvcostError: it is infinite, or out of all proportion.
    """
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (str, Fraction)):
        return value
    number = cast("float", arguments.numbers(name, value))
    if abs(number) > LARGEST_SIZE:
        raise ConvcostError(f"{name}: a number is at most {LARGEST_SIZE:,} here")
    return Fraction(repr(float(number))) if isinstance(number, float) else int(number)


def asked_of(
    axes: Sequence[Axis],
    metrics: Sequence[str] = USUAL,
    *,
    where: str | None = None,
    pareto: Sequence[str] = (),
    top: int | None = None,
    by: str | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> Asked:
    """The parts of a question, read.

    Raises:
        ConvcostError: one of them cannot be.
    """
    names = [one.name for one in axes]
    metrics = arguments.texts("metrics", metrics)
    pareto = arguments.texts("pareto", pareto)
    where = None if where is None else arguments.text("where", where)
    by = None if by is None else arguments.text("by", by)
    top = None if top is None else arguments.whole("top", top, 1)
    sample = None if sample is None else arguments.whole("sample", sample, 1, MOST)
    seed = arguments.whole("seed", seed, 0, 2**62)
    if by is not None and top is None:
        raise ConvcostError("`by` orders the rows that `top` keeps: give `top`, too")
    grid = Grid(axes, sample, seed)
    _refuse_endless(grid)
    aims = [aim(text, names) for text in pareto]
    order = aim(by or "macs", names) if top is not None else None
    full = [full_name(metric, ()) for metric in metrics]
    full += [one.name for one in (*aims, *([order] if order else ())) if one.name not in names]
    full = [*dict.fromkeys(full)]
    return Asked(grid, full, Where(where, names) if where else None, aims, top, order)


def _refuse_endless(grid: Grid) -> None:
    """Refuse more candidates than anybody would wait for."""
    if grid.number > MOST:
        raise ConvcostError(
            f"the axes have {grid.number:,} combinations, and a sweep prices at most {MOST:,}\n"
            "  take larger steps, or --sample 1000000 to draw a million of them"
        )
    if grid.every > LARGEST_GRID:
        raise ConvcostError(
            f"the axes have {grid.every:,} combinations: samples are of at most {LARGEST_GRID:,}"
        )
