"""Counts of a training step in limits, comparisons and on the command line, and what optimisers
keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.training.beside import beside
from convcost.analysis.training.optimizers import OPTIMIZERS
from convcost.cli.app import app
from convcost.errors import ConvcostError
from convcost.further_metrics import TRAINING

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
name: small
input: [3, 8, 8]
layers:
  - {op: conv, name: c, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: conv, name: d, out_channels: 5, kernel_size: 1, bias: false}
"""
C, D = 64 * 9 * 3 * 4, 64 * 4 * 5
STEP = 2 * C + 3 * D
WEIGHT, BIAS, OTHER = (4, 3, 3, 3), (4,), (5, 4, 1, 1)


def _checked(folder: Path, budget: str) -> convcost.Checks:
    path = folder / "small.yaml"
    path.write_text(f"{SPEC}budget: {budget}\n")
    return convcost.check(path)


def test_what_limits_name_is_counted_and_judged(tmp_path: Path) -> None:
    budget = f"{{train.macs: {STEP - 1}, adam.state_bytes: 2k, layers: {{c: {{train.macs: 1}}}}}}"
    (model,) = _checked(tmp_path, budget).models
    assert [(h.verdict.limit.metric, h.verdict.value, h.verdict.over) for h in model.held] == [
        ("train.macs", STEP, 1),
        ("adam.state_bytes", 4 * (2 * (108 + 4 + 20) + 3), 1068 - 2000),
        ("train.macs", 2 * C, 2 * C - 1),
    ]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (
            "train.mac",
            "a training step has no count `mac`\n"
            "  a count with a similar name exists: `train.macs`",
        ),
        (
            "adamx.state_bytes",
            "there is no optimiser `adamx`\n  an optimiser with a similar name exists: `adam`",
        ),
    ],
)
def test_a_count_that_there_is_not(tmp_path: Path, metric: str, said: str) -> None:
    with pytest.raises(ConvcostError) as caught:
        _checked(tmp_path, f"{{{metric}: 1k}}")
    place, _, message = str(caught.value).partition(": ")
    assert place.endswith(f"small.yaml:6:{12 + len(metric)}")
    assert message == said


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        # Of 132 numbers in three arrays: 108, 4 and 20.
        ("sgd", 0),
        ("momentum", 132),
        ("lion", 132),
        ("momentum_mixed", 132),
        ("rmsprop", 132 + 3),
        ("adagrad", 132 + 3),
        ("adadelta", 2 * 132 + 3),
        ("adam", 2 * 132 + 3),
        ("adamw", 2 * 132 + 3),
        ("adam_mixed", 2 * 132),
        ("amsgrad", 3 * 132 + 3),
        # Of 3 x 3 taps the rows and the columns have a mean each, for all 12 or 20 matrices.
        ("adafactor", (36 + 36) + 4 + (20 + 20) + 3),
    ],
)
def test_what_is_kept_of_each_array(tmp_path: Path, name: str, numbers: int) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    found = beside(analyze(convcost.load(path)), optimizers=[OPTIMIZERS[name]])
    assert found.totals[f"{name}.state_bytes"] == 4 * numbers


def test_means_of_a_matrix_and_of_a_vector(tmp_path: Path) -> None:
    """Five rows and four columns; of the biases each has a number of its own."""
    path = tmp_path / "small.yaml"
    path.write_text("{input: [4], layers: [{op: linear, out_features: 5}]}")
    found = beside(analyze(convcost.load(path)), optimizers=[OPTIMIZERS["adafactor"]])
    assert found.totals["adafactor.state_bytes"] == 4 * (5 + 4 + 5 + 2)


def test_states_are_as_wide_as_weights_and_steps_are_not(tmp_path: Path) -> None:
    """PyTorch's `state_dict`: moments have the type of the parameter, `step` is a float32."""
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    found = beside(analyze(convcost.load(path, dtype="float16")), optimizers=[OPTIMIZERS["adam"]])
    assert found.totals["adam.state_bytes"] == 2 * 2 * 132 + 4 * 3


def test_mixed_precision_keeps_12_bytes_of_each_weight(tmp_path: Path) -> None:
    """As ZeRO counts Adam's: two moments and a copy of the weights, in float32."""
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    for dtype, each in (("float16", 12), ("bfloat16", 12), ("float32", 8)):
        network = convcost.load(path, dtype=dtype)
        found = beside(analyze(network), optimizers=[OPTIMIZERS["adam_mixed"]])
        assert found.totals["adam_mixed.state_bytes"] == each * 132


def test_frozen_arrays_have_no_state(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    analysis = analyze(convcost.load(path))
    found = beside(analysis, frozen=["c"], optimizers=[OPTIMIZERS["momentum"]])
    assert found.totals["momentum.state_bytes"] == 4 * 20


def test_every_optimiser_has_a_source() -> None:
    assert all(one.source and one.says for one in OPTIMIZERS.values())


def _printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        app([*words])
    assert not ended.value.code
    return capsys.readouterr().out


def test_compare_takes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    words = ("compare", str(path), "@3x4x4", "--metric", "train.macs", "--format", "json")
    document = json.loads(_printed(capsys, *words))
    (totals,) = (one for one in document["totals"] if one["metric"] == "train.macs")
    assert totals["values"] == [STEP, STEP // 4]


def test_documents_have_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    words = ("analyze", str(path), "--train", "--optimizer", "adamw", "--format", "json")
    totals = json.loads(_printed(capsys, *words))["totals"]
    assert {*TRAINING, "adamw.state_bytes"} <= totals.keys()
    assert totals["train.macs"] == STEP


@pytest.mark.parametrize("option", ["--freeze", "--optimizer"])
def test_options_about_training_want_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    with pytest.raises(SystemExit) as ended:
        app(["analyze", str(path), option, "adam"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"{option} is about training: give --train, too" in " ".join(said.split())


def test_python_counts_a_step_as_the_command_line_does(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SPEC)
    network = convcost.load(tmp_path / "small.yaml")
    whole = convcost.analyze(network, train=True)
    assert whole.totals["train.macs"] == STEP
    assert not any("." in name for name in convcost.analyze(network).totals)
    found = convcost.analyze(network, train=True, freeze=["c"], optimizers=["adam"])
    assert found.totals["train.macs"] == C + 2 * D
    assert found.totals["adam.state_bytes"] == 4 * (2 * 20 + 1)
    again = convcost.analyze(convcost.load("resnet18"), train=True, checkpoint=["stage.*.*"])
    assert again.totals["train.recomputed_macs"] == 1_695_547_392  # all but the stem and the head


@pytest.mark.parametrize("name", ["freeze", "optimizers", "checkpoint"])
def test_what_is_about_training_asks_for_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "small.yaml").write_text(SPEC)
    network = convcost.load(tmp_path / "small.yaml")
    given: dict[str, Any] = {name: ["c"]}
    with pytest.raises(ConvcostError, match=f"{name} is about training: give train=True, too"):
        convcost.analyze(network, **given)
