"""``--memory``: what would take more is refused before it runs, at the layer that takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

NET = "input: [8, 64, 64]\nlayers:\n  - relu\n  - {op: upsample, name: larger, scale_factor: 4}\n"


@pytest.fixture
def spec(tmp_path: Path) -> str:
    (tmp_path / "net.yaml").write_text(NET)
    return str(tmp_path / "net.yaml")


def test_verify_refuses_and_says_what_helps(run: Run, spec: str):
    code, out, err = run("verify", spec, "--memory", "300 kB")
    assert (code, out) == (2, "")
    first, *rest = err.splitlines()
    assert first.startswith(f"{spec}:4:")
    assert "verifying takes " in first
    assert first.endswith(" bytes of memory at layer 'larger', and 300,000 are allowed by --memory")
    assert rest == [
        "  `--shrink N` runs it with its channels divided by N; a smaller `--input` needs less, too"
    ]
    assert run("verify", spec, "--memory", "1GB", "--summary")[0] == 0


def test_run_refuses_before_it_runs(run: Run, spec: str, tmp_path: Path):
    np.save(tmp_path / "in.npy", np.zeros((8, 64, 64), np.float32))
    code, out, err = run("run", spec, "--input", str(tmp_path / "in.npy"), "--memory", "1e6")
    assert (code, out) == (2, "")
    # The input, what relu makes of it, rows between the two axes, and the output; and Python.
    size = 4 * 8 * (64 * 64 + 64 * 64 + 256 * 64 + 256 * 256) + 32 * 1024
    assert f"running takes {size:,} bytes of memory at layer 'larger'" in err
    assert "a smaller `--input` needs less" in err
    enough = str(size)
    assert run("run", spec, "--input", str(tmp_path / "in.npy"), "--memory", enough)[0] == 0


def test_algorithms_are_refused(run: Run, tmp_path: Path):
    (tmp_path / "conv.yaml").write_text(
        "input: [8, 16, 16]\nlayers: [{op: conv, out_channels: 8, kernel_size: 3}]\n"
    )
    words = ("explain", str(tmp_path / "conv.yaml"), "conv1", "--algorithms", "--memory")
    code, _, err = run(*words, "1kB")
    assert code == 2
    assert "trying all algorithms takes " in err
    assert run(*words, "1GiB")[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lots", "is not an amount, such as 8 MiB or 300 kB"),
        ("10M", "has the unit `M`, and here are bytes: write `MB` or `MiB`"),
        ("50%", "is a share, and an amount is wanted, such as 8 MiB"),
    ],
)
def test_what_is_no_size_is_said(run: Run, spec: str, text: str, said: str):
    code, _, err = run("verify", spec, "--memory", text)
    assert code == 2
    assert f"Invalid value for --memory: '{text}' {said}" in " ".join(err.split())
