"""Inputs that would take too long or too much: answered at once, or refused with their place."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
from counted_steps import steps
from running import PROGRAM, Ran, environment

from convcost.allowance import MOST_WORK, Allowance
from convcost.analysis.analyze import cost
from convcost.cli import app
from convcost.cli.app import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Ran]

POOL = """
input: [3, 64, 64]
layers:
  - {op: adaptive_avg_pool, output_size: 10**9}
budget: {params: 1M}
"""
SPLITS = """
input: [4096, 8, 8]
layers:
  - repeat: 20000
    layers: [{op: split, parts: 4096}, concat]
"""
DILATED = """
input: [3, 64, 64]
layers:
  - {op: conv, out_channels: 4, kernel_size: 60001, dilation: 100003, padding: 3000100000}
  - {op: conv, out_channels: 4, kernel_size: 60001, dilation: 200003, padding: 6000100000}
  - {op: conv, out_channels: 4, kernel_size: 60001, dilation: 300007, padding: 9000300000}
"""
SPLIT = "input: [4096, 4, 4]\nlayers:\n  - {op: split, parts: 4096}\n"
GRUS = """
input: [8, 64]
layers: [{op: gru, repeat: 1000, hidden_size: 9, num_layers: 1000, bidirectional: true}]
"""
STRIDES = [
    "{op: conv, out_channels: 4, kernel_size: 3, stride: 10**9}",
    "{op: avg_pool, kernel_size: 3, stride: 10**9}",
    "{op: max_pool, kernel_size: 8, stride: [10**9, 1], padding: 1}",
]
GOOD = "input: [3, 8, 8]\nlayers: [relu]\nbudget: {params: 1}\n"
READ_A_SPEC = sorted(
    {*COMMANDS}
    - {"baseline", "init", "schema", "check", "compare", "explain", "run", "specs", "new"}
    - {"calibrate", "export", "fit", "history", "rank", "sweep"}
)
ASKED = [
    *([command, "spec.yaml"] for command in READ_A_SPEC),
    ["check", "spec.yaml"],
    ["compare", "spec.yaml", "spec.yaml"],
    ["explain", "spec.yaml", "split1"],
    ["export", "spec.yaml", "--to", "torch"],
    ["run", "spec.yaml", "--input", "x.npy"],
]


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.chdir(tmp_path)


def refused(ran: Ran) -> str:
    """The message of a command that ends as mistakes do."""
    assert ran.code == 2
    assert "defect" not in ran.err
    assert "Traceback" not in ran.err
    return ran.err


def test_units_by_the_billion_are_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pool.yaml").write_text(POOL)
    assert run("check", "pool.yaml").code == 0
    ran = run("analyze", "pool.yaml", "--format", "json")
    (layer,) = json.loads(ran.out)["layers"]
    # 64 positions are seen, and a second time where one of 10^9 - 1 cuts goes through a position:
    # all but the 63 between two of them, since 64 divides 10^9.
    seen = 64 + (10**9 - 1 - 63)
    assert layer["adds"] == 3 * (seen**2 - 10**18)


@pytest.mark.parametrize("arguments", ASKED, ids=[words[0] for words in ASKED])
def test_every_command_refuses_a_spec_that_makes_too_much(
    arguments: list[str], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hundredth of the allowance; a test below, of a model beside others, has all of it."""
    monkeypatch.setattr(app, "Allowance", partial(Allowance, MOST_WORK // 100))
    (tmp_path / "spec.yaml").write_text(SPLITS)
    (tmp_path / "x.npy").write_bytes(b"")
    err = refused(run(*arguments))
    assert "spec.yaml:5:19: making the outputs of a layer takes " in err
    assert "    5 |     layers: [{op: split, parts: 4096}, concat]\n" in err


def test_all_outputs_of_a_layer_are_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "split.yaml").write_text(SPLIT)
    steps(lambda: run("rf", "split.yaml"), 2_000_000)


def test_weights_by_the_million_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gru.yaml").write_text(GRUS)
    assert refused(run("analyze", "gru.yaml")).startswith(
        "gru.yaml:3:15: making the weights of a layer takes "
    )


@pytest.mark.parametrize("layer", STRIDES)
def test_inputs_by_the_billion_are_not_probed(layer: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "stride.yaml").write_text(f"input: [2, 28, 28]\nlayers:\n  - {layer}\n")
    ran = run("verify", "stride.yaml")
    assert ran.code == 0
    assert "cannot be measured on a longer input" in ran.out


@pytest.mark.parametrize(("channels", "size"), [(3, 10**6), (20_000, 9)])
def test_neighbours_are_summed_by_the_shorter_loop(
    channels: int, size: int, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "norm.yaml").write_text(
        f"input: [{channels}, 2]\nlayers:\n  - {{op: local_response_norm, size: {size}}}\n"
    )
    ran: list[Ran] = []
    steps(lambda: ran.append(run("verify", "norm.yaml")), 250_000)
    assert ran[0].code == 0


@pytest.mark.parametrize("command", ["rf", "lint"])
def test_a_layer_that_is_too_much_is_named(command: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "dilated.yaml").write_text(DILATED)
    assert refused(run(command, "dilated.yaml")).startswith(
        "dilated.yaml:6:10: layer 'conv3': following a stack of dilated layers takes "
    )
    assert run("analyze", "dilated.yaml").code == 0


def test_one_model_that_is_too_much_hides_no_other(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SPLITS)
    (tmp_path / "b.yaml").write_text(GOOD)
    ran = run("check")
    assert refused(ran).startswith("a.yaml:5:19: ")
    assert "\npassed    b.yaml " in ran.out


def test_running_out_of_memory_names_the_layer(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    (tmp_path / "good.yaml").write_text(GOOD)
    monkeypatch.setattr(cost, "layer_counts", exhausted)
    for command in ("analyze", "check", "rf", "verify"):
        err = refused(run(command, "good.yaml"))
        assert err.startswith("good.yaml:2:10: layer 'relu': there is not enough memory\n")


def test_going_too_deep_names_the_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deeper(*_: object) -> object:
        return deeper()

    (tmp_path / "good.yaml").write_text(GOOD)
    monkeypatch.setattr("convcost.spec.read_document", deeper)
    err = refused(run("analyze", "good.yaml"))
    assert err.startswith("good.yaml: what is written here is nested too deeply\n")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
def test_a_process_without_memory_ends_in_a_sentence(tmp_path: Path) -> None:
    """A third of a gigabyte: enough to begin, and not for a stack of two billion positions."""
    smaller = {"100003": "6667", "200003": "13333", "300007": "20001"}
    smaller |= {"3000100000": "200010000", "6000100000": "399990000"}
    smaller |= {"9000300000": "600030000"}
    text = DILATED
    for number, less in smaller.items():
        text = text.replace(f" {number}", f" {less}")
    (tmp_path / "dilated.yaml").write_text(text)
    command = f"ulimit -v 300000; exec {' '.join(PROGRAM)} rf dilated.yaml"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        cwd=tmp_path,
        env=environment({}),
        check=False,
        text=True,
    )
    err = refused(Ran(done.returncode, done.stdout, done.stderr))
    assert err.startswith("dilated.yaml:6:10: layer 'conv3': there is not enough memory\n")
