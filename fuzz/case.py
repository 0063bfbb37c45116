"""A case: a folder's files, and the command lines that are run in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from fuzz.commands import Ran

Line = tuple[str, ...]


class Input(NamedTuple):
    """A generated file: the bytes, and the suffix of its name."""

    kind: str
    suffix: str
    data: bytes

    @property
    def name(self) -> str:
        """The file's name in the folder of its case."""
        return f"{self.kind}{self.suffix}"


class Kind(Protocol):
    """A kind of input: one module a kind, found by ``fuzz.kinds``."""

    def generated(self, rng: Random) -> Input:
        """A new input, the same for the same numbers."""
        ...

    def lines(self, folder: Path, given: Input, run: Runner) -> Iterator[Line]:
        """Lay out the files of a case and name every command line for it; ``run`` asks a command
        for what others need, such as the names of layers."""
        ...


class Runner(Protocol):
    """Runs a command line in the folder of a case."""

    def __call__(self, line: Line, /) -> Ran:
        """See ``fuzz.commands.run``."""
        ...
