"""The rows of a sweep that are kept so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost.sweeps.chosen import first, front
from convcost.sweeps.stored import NUMBER, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from convcost.sweeps.asked import Asked
    from convcost.sweeps.stored import Stored

    Array = npt.NDArray[Any]


class Block(NamedTuple):
    """The rows of a block that may be kept, how many of its candidates are networks, and the number
    of the first candidate after it. ``refused`` are the others: how many have a reason, by the
    first of them. A worker has met other candidates before than another one, so it leaves the
    sentence to who asks (``Blocks.sentences``)."""

    columns: Mapping[str, Array]
    end: int
    valid: int
    refused: Mapping[int, int]


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
        self.first_refused: list[int] = []
        self.again: Array = np.zeros(0, np.int64)

    @classmethod
    def of(cls, asked: Asked, state: Mapping[str, Any], store: Stored | None = None) -> Kept:
        """Go on from a state, whose rows are in a store, or are to be priced again."""
        kept = cls(asked, store)
        kept.next, kept.valid = int(state["next"]), int(state["valid"])
        kept.refused = dict(state["refused"])
        kept.first_refused = [*map(int, state["first_refused"])]
        kept.again = np.array(state["rows"], np.int64)
        return kept

    def state(self) -> Mapping[str, Any]:
        """Data to go on from."""
        rows = [one for part in self.parts for one in part[NUMBER].tolist()]
        length = stored = 0
        if self.store is not None:
            self.store.flush()
            length, stored = self.store.length, self.store.written
        counted = {"next": self.next, "valid": self.valid, "rows": rows}
        refused = {"refused": self.refused, "first_refused": self.first_refused}
        return {**counted, **refused, "length": length, "stored": stored}

    def take(self, block: Block, sentences: Mapping[int, str]) -> None:
        """Add the rows of the next block; ``sentences`` are the reasons of those refused in it."""
        self.next = block.end
        self.valid += block.valid
        for candidate, times in block.refused.items():
            sentence = sentences[candidate]
            if sentence not in self.refused:
                self.first_refused.append(candidate)
            self.refused[sentence] = self.refused.get(sentence, 0) + times
        columns = dict(block.columns)
        if not len(columns[NUMBER]):
            return
        if self.store is not None:
            self.store.append(columns)
            return
        self.parts.append(columns)
        if self.asked.pareto or self.asked.top is not None:
            self.parts = [_best(self.asked, joined(self.parts, self.asked))]


def chosen(asked: Asked, columns: dict[str, Array]) -> dict[str, Array]:
    """The rows of a block that may be kept: which are, other blocks decide, too."""
    if asked.where is not None and len(columns[NUMBER]):
        holds = asked.where.holds(columns)
        columns = {name: values[holds] for name, values in columns.items()}
    return _best(asked, columns) if len(columns[NUMBER]) else columns


def _best(asked: Asked, columns: dict[str, Array]) -> dict[str, Array]:
    """The rows of a front, or the first ones by a figure, if that is asked for."""
    if asked.pareto:
        rows = np.flatnonzero(front(columns, asked.pareto))
    elif asked.top is not None and asked.by is not None:
        rows = np.sort(first(columns, asked.by, asked.top))
    else:
        return columns
    return {name: values[rows] for name, values in columns.items()}
