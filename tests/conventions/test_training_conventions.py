"""A training step as FlopCounterMode counts it, against what it prints, and from a file of a user's
own."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcost
from convcost.analysis.reconcile.beside import beside, counted_as
from convcost.analysis.reconcile.counted import counted
from convcost.analysis.training.beside import beside as trained
from convcost.analysis.unmet import unmet
from convcost.conventions.read import convention

PT2 = Path(__file__).parent.parent / "data" / "pt2"
PRINTED = {
    "resnet18": 10_648_412_160,
    "resnet50": 24_299_077_632,
    "squeezenet1_1": 2_052_330_240,
    "densenet121": 16_768_942_080,
    "swin_t": 26_914_498_560,
    "mobilenet_v2": 12_279_700_992,
    "efficientnet_b0": 32_185_843_584,
    "convnext_tiny": 77_476_101_120,
}
"""What it prints of a step of torchvision's networks (PyTorch 2.14), see benchmarks/training.py."""

TRANSPOSED = """\
input: [8, 5, 6]
layers:
  - {op: conv, name: a, out_channels: 8, kernel_size: 1, bias: false}
  - {op: conv_transpose, name: b, out_channels: 12, kernel_size: 3, stride: 2, groups: 4}
"""
TRANSPOSED_PRINTED = 85_440
OWN = """\
tool: own 1.0
counts: flops
products: [conv]
says: products
training:
  says: products, and one for each number of a gradient
  terms:
    updates: {ops: conv, count: train_gradient_bytes / 4, why: an addition each}
sources: [https://example.org]
"""


def _analysis(network: convcost.Network) -> convcost.Analysis:
    return trained(convcost.analyze(network))


@pytest.mark.parametrize("name", PRINTED)
def test_totals_of_exported_programs(name: str) -> None:
    found = beside(_analysis(convcost.load(PT2 / f"{name}.pt2")), [convention("torch")])
    assert found.totals["torch.train_flops"] == PRINTED[name]


def test_transposed_convolutions_in_groups(tmp_path: Path) -> None:
    """PyTorch 2.14 prints as much of these two layers."""
    (tmp_path / "net.yaml").write_text(TRANSPOSED)
    analysis = _analysis(convcost.load(tmp_path / "net.yaml"))
    found = counted(analysis, counted_as("torch.train_flops"))
    assert found.total == TRANSPOSED_PRINTED
    (((layer, count),),) = found.by_term.values()
    assert (layer.cost.name, count.term.fault) == ("b", True)


def test_no_step_is_counted_where_none_is_asked_for() -> None:
    analysis = convcost.analyze(convcost.load("resnet18"))
    assert "torch.train_flops" not in beside(analysis, [convention("torch")]).totals


def test_a_layer_that_is_not_known_leaves_the_step_unknown(tmp_path: Path) -> None:
    text = TRANSPOSED + "  - {op: deform_conv, from: [b, o], out_channels: 2, kernel_size: 1}\n"
    text = text.replace(
        "layers:", "layers:\n  - {op: conv, name: o, from: input, out_channels: 2, kernel_size: 1}"
    )
    text = text.replace("name: a,", "name: a, from: input,").replace("[b, o]", "[a, o]")
    (tmp_path / "net.yaml").write_text(text)
    analysis = beside(_analysis(convcost.load(tmp_path / "net.yaml")), [convention("torch")])
    lacking = [cost.op for cost in analysis.layers if "torch.train_flops" in cost.lacking]
    assert lacking == ["deform_conv"]


def test_a_limit_of_it_is_held(tmp_path: Path) -> None:
    budget = "budget: {torch.train_flops: 1k}\n"
    (tmp_path / "net.yaml").write_text(f"{TRANSPOSED}{budget}")
    (said,) = unmet(convcost.analyze(convcost.load(tmp_path / "net.yaml")))
    assert said.startswith(f"budget: torch.train_flops is {TRANSPOSED_PRINTED:,}, ")


def test_a_convention_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    (tmp_path / "net.yaml").write_text(TRANSPOSED.rpartition("  - ")[0])
    own = convention(str(tmp_path / "own.yaml"))
    totals = beside(_analysis(convcost.load(tmp_path / "net.yaml")), [own]).totals
    assert totals["own.flops"] == 8 * 8 * 30
    assert totals["own.train_flops"] == 2 * 8 * 8 * 30 + 8 * 8


def test_a_section_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("  says: products, and", "  say: products, and"))
    with pytest.raises(convcost.SpecError, match=r"own.yaml:6:3: training has no key `say`"):
        convention(str(tmp_path / "own.yaml"))
