"""Command lines: options and settings of any words, on models that are as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.cli.app import COMMANDS
from fuzz import damage
from fuzz.case import Input
from fuzz.lines import array
from fuzz.small import NET, ONNX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from fuzz.case import Line, Runner

VALUES = (
    *("net.yaml", "model.onnx", "-", ".", "", "stem", "unit.body.conv1", "*", "head", "input"),
    *("conv", "width=8", "width=0", "width=-1", "width=1e9", "width=width", "width=", "=", "N=2"),
    *("x0=1x8x8", "3x8x8", "3x9x9", "1x8x8", "3x0x8", "3", "x", "3x8x8x8", "3x99999999999x3"),
    *("input=3x20x20", "@width=2", "@", "@@", "@3x9x9", "net.yaml@width=1/0", "@N=3", "none"),
    *("HEAD", "--", "-1", "0", "1", "2", "0,0", "1,2", "99,99", "1,1,1", "int8", "json", "text"),
    *("csv", "sarif:x", "json:", "CC1", "macs", "params", "all", "stage", "op", "5%", "-5%"),
    *("1e400%", "200%", "same", "valid", "relu,relu", "x.svg", "x.png", "x.txt", "no/such/x"),
    *("in.npy", "x0=in.npy", "stack", "é", "\x1b[1m", "::error::x"),
)  # fmt: skip
OPTIONS = (
    *("--set", "--input", "--dim", "--value", "--batch", "--dtype", "--depth", "--by", "--sort"),
    *("--top", "--strict", "--format", "-o", "--as-written", "--inplace", "--unit", "--onto"),
    *("--axes", "--all", "--ascii", "--metric", "--base", "--baseline", "--config", "--tighten"),
    *("--headroom", "--exit-zero", "--select", "--ignore", "--explain", "--algorithms", "--matrix"),
    *("--layer", "--shrink", "--scalar", "--seed", "--summary", "--weights", "--out", "--kernel"),
    *("--stride", "--padding", "--dilation", "--bias", "--width", "--between", "--apply"),
    *("--output", "--help", "--version", "--nope"),
)  # fmt: skip


def generated(rng: Random) -> Input:
    """The words of a command line, one a line."""
    words = [rng.choice(COMMANDS)]
    words += [rng.choice(("net.yaml", "model.onnx"))] * (rng.random() < 0.9)
    words += [rng.choice(VALUES)] * (rng.random() < 0.4)
    for _ in range(rng.randint(0, 3)):
        words.append(rng.choice(OPTIONS))
        words += [rng.choice(VALUES if rng.random() < 0.9 else damage.WORDS)] * (rng.random() < 0.9)
    kept = [word.replace("\n", " ").replace("\0", " ") for word in words]
    return Input("settings", ".txt", "\n".join(kept).encode("utf-8", "surrogateescape"))


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """The one line."""
    del run
    (folder / "net.yaml").write_text(NET)
    (folder / "model.onnx").write_bytes(ONNX)
    (folder / "in.npy").write_bytes(array((3, 8, 8)))
    yield tuple(given.data.decode("utf-8", "surrogateescape").split("\n"))
