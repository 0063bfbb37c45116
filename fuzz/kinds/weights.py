"""Arrays: ``.npz`` files of weights and ``.npy`` inputs, of wrong names, shapes, types or bytes."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz import damage
from fuzz.case import Input
from fuzz.lines import array
from fuzz.small import NET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from random import Random

    from fuzz.case import Line, Runner

RIGHT: Mapping[str, tuple[int, ...]] = {
    "stem.weight": (4, 3, 3, 3),
    "stem.bias": (4,),
    "unit.body.conv1.weight": (4, 4, 3, 3),
    "unit.body.conv1.bias": (4,),
    "head.weight": (2, 4),
    "head.bias": (2,),
}
TYPES = ("f4", "f8", "f2", "i8", "u1", "?", "c8", "U3", "S2", "M8[s]", ">f4", "V4", "O")
SHAPES = ((), (0,), (1,), (3, 8, 8), (1, 3, 8, 8), (2, 3, 8, 8), (0, 3, 8, 8), (3, 8), (2,) * 9)


def generated(rng: Random) -> Input:
    """An archive of weights, or one array."""
    if rng.random() < 0.4:
        data = _array(rng, rng.choice(SHAPES))
        suffix = rng.choice((".npy", ".npy", ".npz", ".png"))
    else:
        data, suffix = _archive(rng), ".npz"
    return Input("weights", suffix, damage.data(rng, data) if rng.random() < 0.5 else data)


def _array(rng: Random, shape: tuple[int, ...]) -> bytes:
    """An array, whose header may lie."""
    file = io.BytesIO()
    kind = rng.choice(TYPES) if rng.random() < 0.4 else "f4"
    numbers: Any = np.zeros(shape, kind)
    if kind == "f4":
        numbers += rng.choice((0.0, 1.0, float("nan"), float("inf"), -1e38))
    np.save(file, numbers, allow_pickle=kind == "O")
    data = file.getvalue()
    if rng.random() < 0.3:
        old = str(shape).encode()
        new = rng.choice(
            (b"(10000000, 1000)", b"(-1,)", b"(1e9,)", b"((", b"(2, 3)", b"(99999999999999,)")
        )
        data = data.replace(old, new.ljust(len(old)), 1)
    return data


def _archive(rng: Random) -> bytes:
    file = io.BytesIO()
    packing = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, shape in RIGHT.items():
            if rng.random() < 0.1:
                continue
            other = rng.choice(SHAPES) if rng.random() < 0.1 else shape
            archive.writestr(f"{name}.npy", _array(rng, other))
            if rng.random() < 0.05:
                archive.writestr(rng.choice(("../x.npy", "x", "stem.weight", "é.npy", "/")), b"x")
    return file.getvalue()


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """``run`` with it as weights, as an input, and as the spec's own."""
    del run
    (folder / given.name).write_bytes(given.data)
    (folder / "in.npy").write_bytes(array((3, 8, 8)))
    (folder / "net.yaml").write_text(NET)
    (folder / "own.yaml").write_text(f"{NET}weights: {given.name}\n")
    yield ("run", "net.yaml", "--input", "in.npy", "--weights", given.name)
    yield ("run", "net.yaml", "--input", given.name, "-o", "out.npz")
    yield ("run", "net.yaml", "--input", given.name, "-o", "out.npy")
    yield ("run", "own.yaml", "--input", "in.npy")
    yield ("check", "net.yaml", "--baseline", given.name)
    for command in ("analyze", "verify", "expand", "lint", given.name):
        yield (command, "own.yaml") if command != given.name else ("analyze", given.name)
