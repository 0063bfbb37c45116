"""Specs of the checkout with lines and bytes changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from fuzz import damage
from fuzz.case import Input
from fuzz.lines import of_model, scouted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fuzz.case import Line, Runner

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("specs", "tests/data", "tests/golden")
MOST_BYTES = 6_000


@cache
def seeds() -> Sequence[str]:
    """The texts that are changed."""
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.yaml"))]
    return [path.read_text("utf-8") for path in found if path.stat().st_size <= MOST_BYTES]


def generated(rng: Random) -> Input:
    """One of them, with something wrong."""
    text = damage.lines(rng, rng.choice(seeds()), seeds())
    found = text.encode("utf-8", "surrogatepass")
    return Input("text", ".yaml", damage.data(rng, found) if rng.random() < 0.1 else found)


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """Every command on it."""
    (folder / given.name).write_bytes(given.data)
    yield from of_model(scouted(given.name, run, Random(len(given.data))), folder)
