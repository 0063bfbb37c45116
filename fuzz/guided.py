"""``python -m fuzz.guided KIND``: cases that coverage leads to, by atheris (the group ``fuzz``).

Bytes that libFuzzer makes stand for the file of a kind, or, with ``--drawn``, for the numbers that
its generator draws. Other options are libFuzzer's: ``-max_total_time=600``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

import atheris

import convcost

with atheris.instrument_imports(include=["convcost"], enable_loader_override=False):
    for module in walk_packages(convcost.__path__, "convcost."):
        if not module.name.endswith("__main__"):  # commands import them late, and then unseen
            import_module(module.name)

from fuzz.case import Input
from fuzz.kinds import KINDS
from fuzz.session import played

if TYPE_CHECKING:
    from fuzz.case import Line

SHARE = 4  # one in so many of the lines of a case, other ones for other bytes


class Drawn(Random):
    """Numbers that bytes decide, and zeros when they are spent."""

    def __init__(self, data: bytes) -> None:
        self.data = atheris.FuzzedDataProvider(data)
        super().__init__(data)

    def random(self) -> float:
        """A number from 0 to 1."""
        return self.data.ConsumeProbability() * (1 - 2**-53)

    def getrandbits(self, k: int, /) -> int:
        """So many bits."""
        return self.data.ConsumeIntInRange(0, 2**k - 1)


def main() -> None:
    """Fuzz a kind until something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.guided", description=__doc__)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--drawn", action="store_true", help="bytes are what the generator draws")
    asked, libfuzzer = parser.parse_known_args()
    suffix = KINDS[asked.kind].generated(Random(0)).suffix

    def one(data: bytes) -> None:
        drawn = KINDS[asked.kind].generated(Drawn(data)) if asked.drawn else None
        given = drawn or Input(asked.kind, suffix, data)

        def wanted(line: Line) -> bool:
            return asked.kind == "settings" or not crc32(data + repr(line).encode()) % SHARE

        for found in played(given, wanted):
            raise AssertionError(f"{found.cause}: convcost {found.line}: {found.said}")

    with tempfile.TemporaryDirectory(prefix="convcost-seeds-") as name:
        for number in range(0 if asked.drawn else 50):
            seed = KINDS[asked.kind].generated(Random(number))
            (Path(name) / str(number)).write_bytes(seed.data)
        atheris.Setup([sys.argv[0], *libfuzzer, name], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
