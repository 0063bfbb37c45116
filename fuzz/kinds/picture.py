"""Pictures of every mode and of several formats, whole and damaged."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from fuzz import damage
from fuzz.case import Input
from fuzz.small import NET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from fuzz.case import Line, Runner

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16")
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO", "DDS", "TGA")
SIDES = (1, 2, 3, 8, 9, 16, 40)


def generated(rng: Random) -> Input:
    """A small picture in one of the formats that take its mode."""
    form = rng.choice(FORMATS)
    picture = Image.new(rng.choice(MODES), (rng.choice(SIDES), rng.choice(SIDES)), 1)
    file = io.BytesIO()
    try:
        picture.save(file, form)
    except (OSError, KeyError, ValueError):
        file = io.BytesIO()
        picture.convert("RGB").save(file, "PNG")
    data = file.getvalue()
    if form == "PNG" and rng.random() < 0.2:
        data = (
            data[:16] + rng.choice((b"\x7f\xff\xff\xff", b"\0\0\xff\xff", b"\0\0\0\0")) + data[20:]
        )
    suffix = rng.choice((".png", ".png", f".{form.lower()}", ".npy", ".jpg", "", ".NPZ"))
    return Input("picture", suffix, damage.data(rng, data) if rng.random() < 0.6 else data)


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """``run`` on it, into every kind of file."""
    del run
    (folder / given.name).write_bytes(given.data)
    (folder / "net.yaml").write_text(NET)
    (folder / "grey.yaml").write_text(
        "input: [1, 8, 8]\nlayers: [{op: avg_pool, kernel_size: 2}]\n"
    )
    for spec in ("net.yaml", "grey.yaml"):
        yield ("run", spec, "--input", given.name)
        for out in ("out.png", "out.jpg", "out.npy", "out.npz", "out.gif", "out", "."):
            yield ("run", spec, "--input", given.name, "-o", out)
    yield ("analyze", given.name)
    yield ("run", given.name, "--input", given.name)
