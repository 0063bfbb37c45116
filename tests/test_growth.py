"""Commands take steps in proportion to the layers, whatever the shape of a network.

Steps are lines that run, so that the same is measured on every machine. (Time and memory up to
64,000 layers: benchmarks/growth.py; so is what `verify` takes, whose probes are as many for few
layers as for many.)
"""

from __future__ import annotations

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from growing import COMMANDS, SHAPES

from convcost.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

FEW = 100
LATER = ("verify", "html")  # linear only where the network is larger than a drawing of it
MOST = 4.6  # times the steps for 4 times the layers


def steps(words: list[str]) -> int:
    """The lines that a command runs, each pass of a comprehension one more."""
    count = 0

    def ran(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return ran

    before = sys.gettrace()
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        sys.settrace(ran)
        try:
            app(words, standalone_mode=False)
        finally:
            sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in LATER])
def test_steps_grow_with_layers(command: str, shape: str, tmp_path: Path):
    found: list[int] = []
    for layers in (FEW, FEW, 4 * FEW):  # once to import and to fill caches
        spec = tmp_path / f"{layers}.yaml"
        spec.write_text(SHAPES[shape](layers), "utf-8")
        found.append(steps([word.replace("SPEC", str(spec)) for word in COMMANDS[command]]))
    _, few, many = found
    assert many <= MOST * few, f"{command} of {shape}: {many / few:.2f} times the steps"
