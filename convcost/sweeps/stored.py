"""Rows of a sweep that no memory has to hold: those of finished blocks lie in a file.

A file has parts, one a block: the numbers of candidates, and their figures. Values on axes follow
from the numbers.
"""

from __future__ import annotations

import json
from os import SEEK_END
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from convcost.files.written import growing, writing
from convcost.sweeps import designs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from convcost.sweeps.asked import Asked

    Array = npt.NDArray[Any]

NUMBER = "#"
"""The column of the numbers of candidates."""

MOST_HELD = 1_000_000
"""Rows that are held before they are written."""


class Stored:
    """Rows that grow, block by block.

    Args:
        asked: what they are of.
        path: a file that stays when the command ends; None: one that does not.
        length: the bytes of that file which hold rows of a sweep that goes on, and 0 for others.
        rows: the number of these rows.
    """

    def __init__(
        self, asked: Asked, path: str | None = None, length: int = 0, rows: int = 0
    ) -> None:
        self.asked = asked
        self.path = path
        self.length, self.written = length, rows
        self.held: list[Mapping[str, Array]] = []
        self._file: BinaryIO | None = None

    def __len__(self) -> int:
        return self.written + sum(len(part[NUMBER]) for part in self.held)

    def append(self, columns: Mapping[str, Array]) -> None:
        """Add the rows of a block."""
        self.held.append(columns)
        if sum(len(part[NUMBER]) for part in self.held) > MOST_HELD:
            self.flush()

    def close(self) -> None:
        """Close the file: rows that are in it are read no more."""
        if self._file is not None:
            self._file.close()

    def check(self) -> None:
        """Raise ValueError where the file has not the rows that it should."""
        if self.length and self._opened().seek(0, SEEK_END) < self.length:
            raise ValueError("rows are missing")

    def flush(self) -> None:
        """Write the rows that are held. What an interrupted command left behind them goes."""
        with writing(self.path or "a temporary file"):
            file = self._opened()
            file.seek(self.length)
            file.truncate()
            for part in self.held:
                for name in (NUMBER, *self.asked.needed):
                    np.lib.format.write_array(file, _writable(part[name]), allow_pickle=False)
            file.flush()
        self.written = len(self)
        self.length, self.held = file.tell(), []

    def __iter__(self) -> Iterator[dict[str, Array]]:
        """The rows, block by block."""
        if self.length:
            file = self._opened()
            at = 0
            while at < self.length:
                file.seek(at)
                part = {name: _read(file) for name in (NUMBER, *self.asked.needed)}
                at = file.tell()
                yield self._with_axes(part)
        for part in self.held:
            yield dict(part)

    def first(self, number: int) -> dict[str, Array]:
        """The first rows."""
        parts: list[Mapping[str, Array]] = []
        for part in self:
            parts.append({name: values[:number] for name, values in part.items()})
            number -= len(part[NUMBER])
            if number <= 0:
                break
        return joined(parts, self.asked)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = growing(self.path)
        return self._file

    def _with_axes(self, part: dict[str, Array]) -> dict[str, Array]:
        grid, numbers = self.asked.grid, part[NUMBER]
        start = int(numbers[0]) // designs.BLOCK * designs.BLOCK
        codes = grid.block(start)
        axes = {one.name: one.at(codes[one.name][numbers - start]) for one in grid.axes}
        return {NUMBER: numbers, **axes, **part}


def _writable(values: Array) -> Array:
    """A column as bytes of JSON, where it has other values than numbers of a machine."""
    if values.dtype != object:
        return values
    return np.frombuffer(json.dumps(values.tolist()).encode(), np.uint8)


def _read(file: BinaryIO) -> Array:
    values: Array = np.lib.format.read_array(file, allow_pickle=False)
    if values.dtype != np.uint8:
        return values
    found: list[Any] = json.loads(values.tobytes())
    column = np.empty(len(found), object)
    column[:] = found
    return column


def joined(parts: Sequence[Mapping[str, Array]], asked: Asked) -> dict[str, Array]:
    """The rows of blocks one after the other."""
    if not parts:
        names = (NUMBER, *(one.name for one in asked.grid.axes), *asked.needed)
        return {name: np.zeros(0, np.int64) for name in names}
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
