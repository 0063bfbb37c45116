"""``convcost verify``: what it says its figures are of, and its exit codes; the one for what is not
known is tested with models that ONNX files hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from doubles import always, then
from running import ROOT

from convcost.ops import op_class

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

NET = """
name: net
input: [4, 8, 8]
layers:
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
  - relu
"""
# The shape of the view names the batch, so that it can be but one.
ONE_SAMPLE = "input: [4, 8, 8]\nlayers:\n  - {op: view, shape: [1, 2, 128]}\n"
ONNX = ROOT / "tests" / "data" / "onnx"


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    return path


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    relu = op_class("relu")
    monkeypatch.setattr(relu, "comparisons", then(relu.comparisons, lambda count: count + 1))


def document(run: Run, *words: object) -> dict[str, Any]:
    return json.loads(run("verify", *words, "--format", "json")[1])


def test_what_agrees_is_exit_code_0(run: Run, net: Path):
    code, out, err = run("verify", net)
    assert (code, err) == (0, "")
    assert out.startswith("net: figures of 2 samples\n")
    assert "of 2 layers agree with what was executed" in out
    assert "relu     output_shape" in out
    assert "8x8x8" in out
    assert "2x8x8x8" in out


@pytest.mark.usefixtures("wrong")
def test_what_disagrees_is_exit_code_1(run: Run, net: Path):
    code, out, _ = run("verify", net)
    assert code == 1
    assert "2 of " in out
    assert "checks disagree: relu (comparisons), network (comparisons)" in out
    assert run("verify", net, "--summary")[0] == 1
    assert run("verify", net, "--format", "json")[0] == 1
    assert document(run, net)["agrees"] is False


def test_a_mistake_is_exit_code_2(run: Run, tmp_path: Path, net: Path):
    assert run("verify", tmp_path / "none.yaml")[0] == 2
    assert run("verify", net, "--layer", "none")[0] == 2
    assert run("verify", net, "--batch", "0")[0] == 2


def test_nothing_to_confirm_is_no_agreement(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import convcost

    empty = convcost.Network("empty")
    monkeypatch.setattr("convcost.cli.verify.options.load", always(empty))
    code, out, _ = run("verify", tmp_path / "empty.yaml")
    assert code == 1
    assert "nothing was confirmed: no layer could be run" in out
    assert document(run, tmp_path / "empty.yaml")["agrees"] is False


def test_samples_are_two_unless_told_or_fixed(run: Run, net: Path, tmp_path: Path):
    assert document(run, net)["batch"] == 2
    assert document(run, net, "--batch", "3")["batch"] == 3
    one = tmp_path / "one.yaml"
    one.write_text(ONE_SAMPLE)
    assert document(run, one)["batch"] == 1
    assert document(run, ONNX / "shared__ts17.onnx")["batch"] == 1


def test_a_spec_on_standard_input_is_read_once(spawn: Callable[..., Any]):
    done = spawn("verify", "-", "--format", "json", stdin=ONE_SAMPLE)
    assert (done.code, json.loads(done.out)["batch"]) == (0, 1)


def test_shrunk_figures_are_said_to_be(run: Run, net: Path):
    code, out, _ = run("verify", net, "--shrink", "4")
    heading, *_ = out.splitlines()
    assert code == 0
    assert "channels divided by 4: figures are not those of the network itself" in heading
    assert "checks of 2 layers, of channels divided by 4, agree" in out
    assert document(run, net, "--shrink", "4")["channels_divided_by"] == 4
    assert document(run, net)["channels_divided_by"] == 1


def test_what_is_not_confirmed_is_said_with_its_reason(run: Run, net: Path):
    assert "not confirmed: what `rf` says of paths by position" in run("verify", net)[1]
    reasons = document(run, net, "--scalar")["unconfirmed"]
    assert any(str(why).startswith("macs, macs_in_bounds, flops") for why in reasons)
