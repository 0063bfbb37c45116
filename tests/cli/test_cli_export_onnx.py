"""ONNX files written on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import onnx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

SPEC = """
input: [3, 8, 8]
vars: {wide: 4}
layers:
  - {op: conv, name: first, out_channels: wide, kernel_size: 3}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_ending_says_that_it_is_onnx(run: Run, here: Path) -> None:
    ran = run("export", "mobilenet_v2", "-o", "net.onnx", "--no-weights", "--batch", "2")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    (x,) = onnx.load_from_string((here / "net.onnx").read_bytes()).graph.input
    assert [d.dim_value for d in x.type.tensor_type.shape.dim] == [2, 3, 224, 224]
    totals = [
        json.loads(run("analyze", model, "--batch", "2", "--format", "json").out)["totals"]
        for model in ("mobilenet_v2", "net.onnx")
    ]
    assert totals[0] == totals[1]


def test_settings_and_the_seed(run: Run, here: Path) -> None:
    (here / "net.yaml").write_text(SPEC)
    files: list[bytes] = []
    for seed in ("0", "0", "1"):
        assert (
            run("export", "net.yaml", "--set", "wide=6", "--seed", seed, "-o", "a.onnx").code == 0
        )
        files.append((here / "a.onnx").read_bytes())
    assert files[0] == files[1] != files[2]
    stored = {t.name: [*t.dims] for t in onnx.load_from_string(files[0]).graph.initializer}
    assert stored == {"first.weight": [6, 3, 3, 3], "first.bias": [6]}


def test_it_is_no_text(run: Run) -> None:
    ran = run("export", "resnet18", "--to", "onnx")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "an ONNX file is not text: -o FILE.onnx says where it goes\n"


def test_weights_are_given_or_left_out(run: Run) -> None:
    ran = run("export", "resnet18", "-o", "a.onnx", "--weights", "a.npz", "--no-weights")
    assert (ran.code, ran.err) == (2, "--weights and --no-weights: give one of them\n")


def test_nothing_is_written_of_what_is_refused(run: Run, here: Path) -> None:
    (here / "net.yaml").write_text(
        "input: [16, 6]\nlayers: [{op: lstm, name: cells, hidden_size: 4, proj_size: 2}]"
    )
    ran = run("export", "net.yaml", "-o", "net.onnx")
    assert ran.code == 2
    assert ran.err == (
        "'net' cannot be written as an ONNX file:\n"
        "  layer 'cells' (net.yaml:2), lstm: its state is projected (`proj_size`), and ONNX's LSTM "
        "has none\n"
    )
    assert not (here / "net.onnx").exists()
