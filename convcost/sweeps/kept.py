"""The rows of a sweep that are kept so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.sweeps.chosen import first, front
from convcost.sweeps.stored import NUMBER, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from convcost.sweeps.asked import Asked
    from convcost.sweeps.stored import Stored

    Array = npt.NDArray[Any]


class Kept:
    """Rows that are kept so far, and those that were counted.

    Args:
        asked: what is kept.
        store: takes rows that no others can displace, so that they need not be held; None: they
            are ``parts`` as all others are.
    """

    def __init__(self, asked: Asked, store: Stored | None = None) -> None:
        self.asked = asked
        self.store = store
        self.parts: list[dict[str, Array]] = []
        self.next = 0
        self.valid = 0
        self.refused: dict[str, int] = {}
        self.again: Array = np.zeros(0, np.int64)

    @classmethod
    def of(cls, asked: Asked, state: Mapping[str, Any], store: Stored | None = None) -> Kept:
        """Go on from a state, whose rows are in a store, or are to be priced again."""
        kept = cls(asked, store)
        kept.next, kept.valid = int(state["next"]), int(state["valid"])
        kept.refused = dict(state["refused"])
        kept.again = np.array(state["rows"], np.int64)
        return kept

    def state(self) -> Mapping[str, Any]:
        """Data to go on from."""
        rows = [one for part in self.parts for one in part[NUMBER].tolist()]
        length = stored = 0
        if self.store is not None:
            self.store.flush()
            length, stored = self.store.length, self.store.written
        counted = {"next": self.next, "valid": self.valid, "refused": self.refused}
        return {**counted, "rows": rows, "length": length, "stored": stored}

    def take(self, columns: dict[str, Array], valid: Array) -> None:
        """Keep those rows of a block that are asked for."""
        asked = self.asked
        if not valid.all():
            columns = {name: values[valid] for name, values in columns.items()}
        if len(next(iter(columns.values()))) and asked.where is not None:
            holds = asked.where.holds(columns)
            columns = {name: values[holds] for name, values in columns.items()}
        if not len(next(iter(columns.values()))):
            return
        if self.store is not None:
            self.store.append(columns)
            return
        self.parts.append(columns)
        if asked.pareto or asked.top is not None:
            self.parts = [self._best(joined(self.parts, asked))]

    def _best(self, columns: dict[str, Array]) -> dict[str, Array]:
        if self.asked.pareto:
            rows = np.flatnonzero(front(columns, self.asked.pareto))
            columns = {name: values[rows] for name, values in columns.items()}
        elif self.asked.top is not None and self.asked.by is not None:
            rows = np.sort(first(columns, self.asked.by, self.asked.top))
            columns = {name: values[rows] for name, values in columns.items()}
        return columns
