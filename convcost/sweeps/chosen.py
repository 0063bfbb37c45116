"""The candidates that are kept: those of a Pareto front, or the first by a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.errors import quoted
from convcost.metrics import DEPTH, FIELD
from convcost.sweeps.where import BadCondition, full_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

MORE_IS_BETTER = (FIELD, DEPTH, "intensity")
"""The metrics of which more is better, as it is of axes; of others less is."""


class Aim(NamedTuple):
    """A figure, and whether more of it is better."""

    name: str
    most: bool

    def worth(self, columns: Mapping[str, Array]) -> npt.NDArray[np.float64]:
        """Numbers that are smaller the better; infinite where the figure is not known."""
        values = columns[self.name]
        if values.dtype == object:
            values = np.array([np.nan if one is None else float(one) for one in values])
        worth = -values.astype(float) if self.most else values.astype(float)
        return np.where(np.isnan(worth), np.inf, worth)


def aim(text: str, axes: Collection[str]) -> Aim:
    """An aim from its text: ``macs``, ``width:min``.

    Raises:
        BadCondition: there is no such figure, or no such direction.
    """
    name, colon, way = text.strip().partition(":")
    full = full_name(name, axes)
    if colon and way not in ("min", "max"):
        raise BadCondition(f"{quoted(text)}: `min` or `max` is wanted after the colon")
    most = way == "max" if colon else full in MORE_IS_BETTER or full in axes
    return Aim(full, most)


def front(columns: Mapping[str, Array], aims: Sequence[Aim]) -> npt.NDArray[np.bool_]:
    """The rows that none is better than: as good in every aim, and better in one."""
    points = np.stack([one.worth(columns) for one in aims], axis=1)
    points, inverse = np.unique(points, axis=0, return_inverse=True)
    kept = _undominated(points)
    return kept[inverse.reshape(-1)]


def _undominated(points: Array) -> npt.NDArray[np.bool_]:
    """Of different points in order: those that no other is below in every coordinate."""
    kept = np.ones(len(points), bool)
    if points.shape[1] == 1:
        kept[1:] = False
        return kept
    if points.shape[1] == 2:
        before = np.minimum.accumulate(points[:, 1])
        kept[1:] = points[1:, 1] < before[:-1]
        return kept
    for row in range(len(points)):  # only what stands before a point can be better
        if kept[row]:
            worse = (points[row + 1 :] >= points[row]).all(axis=1)
            kept[row + 1 :][worse] = False
    return kept


def first(columns: Mapping[str, Array], aim: Aim, number: int) -> Array:
    """The numbers of the best rows, the best first; of equal ones that which comes first."""
    return np.argsort(aim.worth(columns), kind="stable")[:number]
