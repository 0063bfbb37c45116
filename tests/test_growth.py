"""Commands take steps in proportion to the layers, whatever the shape of a network.

Steps are calls of functions, Python's and C's, so that the same is measured on every machine. (Time
and memory up to 64,000 layers: benchmarks/growth.py.)
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from convcost.cli.app import app

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

from growing import COMMANDS, SHAPES

FEW = 100
MOST = 4.6  # times the steps for 4 times the layers
VERIFIED = 24  # fields of layers are all measured only of as few


def steps(words: list[str]) -> int:
    """The calls that a command makes."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    with redirect_stdout(StringIO()):
        sys.setprofile(called)
        try:
            app(words, standalone_mode=False)
        finally:
            sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "verify"])
def test_steps_grow_with_layers(command: str, shape: str, tmp_path: Path):
    found: list[int] = []
    for layers in (FEW, FEW, 4 * FEW):  # once to import and to fill caches
        spec = tmp_path / f"{layers}.yaml"
        spec.write_text(SHAPES[shape](layers), "utf-8")
        found.append(steps([word.replace("SPEC", str(spec)) for word in COMMANDS[command]]))
    _, few, many = found
    assert many <= MOST * few, f"{command} of {shape}: {many / few:.2f} times the steps"
