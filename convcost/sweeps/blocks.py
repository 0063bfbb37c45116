"""Blocks of the candidates of a sweep: each is priced by itself, in whatever process."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.sweeps import designs
from convcost.sweeps.kept import Block, chosen
from convcost.sweeps.pricing import Pricer
from convcost.sweeps.stored import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from convcost.sweeps.asked import Asked
    from convcost.sweeps.pricing import Priced
    from convcost.sweeps.subject import Subject

    Array = npt.NDArray[Any]


class Blocks:
    """Prices blocks, and keeps what it learns of networks for the next. It is pickled as the
    question that it answers."""

    def __init__(self, subject: Subject, asked: Asked) -> None:
        self.subject, self.asked = subject, asked
        self.pricer = Pricer(subject, asked.needed)

    def __reduce__(self) -> tuple[object, ...]:
        """The question."""
        return Blocks, (self.subject, self.asked)

    def __call__(self, start: int) -> Block:
        """The block that begins with a candidate."""
        codes = self._codes(start)
        numbers = start + np.arange(len(next(iter(codes.values()))))
        columns, priced = self._priced(numbers, codes)
        kept = {name: values[priced.valid] for name, values in columns.items()}
        refused = {start + int(rows[0]): len(rows) for _, rows in priced.reasons}
        end = start + len(priced.valid)
        return Block(chosen(self.asked, kept), end, int(priced.valid.sum()), refused)

    def again(self, start: int, these: Array) -> dict[str, Array]:
        """The rows of some candidates of a block, which were kept before."""
        return self._priced(start + these, _rows(self._codes(start), these))[0]

    def sentences(self, candidates: Iterable[int]) -> dict[int, str]:
        """The reasons why candidates are not networks. Each is about the first candidate that has
        it of all that were asked about so far."""
        found: dict[int, str] = {}
        for start, several in groupby(sorted(candidates), lambda one: one - one % designs.BLOCK):
            these = np.array([*several]) - start
            for sentence, rows in self.pricer.priced(_rows(self._codes(start), these)).reasons:
                found |= dict.fromkeys((start + these[rows]).tolist(), sentence)
        return found

    def _codes(self, start: int) -> Mapping[str, Array]:
        return self.asked.grid.block(start)

    def _priced(
        self, numbers: Array, codes: Mapping[str, Array]
    ) -> tuple[dict[str, Array], Priced]:
        """The columns of candidates, and what they were made of."""
        priced = self.pricer.priced(codes)
        values = {one.name: one.at(codes[one.name]) for one in self.asked.grid.axes}
        return {NUMBER: numbers, **values, **priced.figures}, priced


def _rows(codes: Mapping[str, Array], these: Array) -> dict[str, Array]:
    return {name: column[these] for name, column in codes.items()}
