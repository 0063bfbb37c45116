"""Blocks that are run again in the backward pass: what is kept, and what is multiplied again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.training.beside import beside
from convcost.analysis.training.checkpoint import checkpoints
from convcost.errors import ConvcostError
from convcost.network import Network
from convcost.ops.activation import ReLU
from convcost.tensor import Tensor

RESNET = Path(__file__).parent.parent / "data" / "pt2" / "resnet18.pt2"
CONV = "{op: conv, name: %s, out_channels: 4, kernel_size: 3, padding: 1, bias: false}"
BLOCKS = f"""\
input: [4, 8, 8]
layers:
  - {CONV % "stem"}
  - repeat: 2
    name: block
    layers:
      - {CONV % "a"}
      - relu
      - {CONV % "b"}
      - relu
"""
MAP = 4 * 8 * 8 * 4


def _network(tmp_path: Path, text: str = BLOCKS) -> Network:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    return convcost.load(path)


def test_four_stages_of_a_resnet_as_pytorch_runs_them_again() -> None:
    """Figures that saved_tensors_hooks and FlopCounterMode gave for torchvision's resnet18 whose
    ``layer1`` to ``layer4`` are called through torch.utils.checkpoint, in PyTorch 2.14.1."""
    totals = beside(analyze(convcost.load(RESNET)), again=["layer?"]).totals
    assert totals["train.saved_bytes"] == 10_840_576
    assert totals["train.macs"] == 7_019_753_472
    assert totals["train.recomputed_macs"] == 7_019_753_472 - 5_324_206_080


def test_a_block_keeps_what_it_is_given_and_nothing_inside(tmp_path: Path) -> None:
    analysis = beside(analyze(_network(tmp_path)), again=["block.*"])
    kept = {c.name: n for c in analysis.layers if (n := c.counts["train.saved_bytes"])}
    assert kept == {"stem": MAP, "block.0.a": MAP, "block.1.a": MAP}
    # While the second block runs again its two relus are kept as well.
    said = f"{3 * MAP:,} between the passes, {5 * MAP:,} while a block is run again"
    assert analysis.remarks["train.saved_bytes"] == said
    assert analysis.totals["train.recomputed_macs"] == 4 * 64 * 9 * 4 * 4


def test_one_name_may_hold_several_blocks(tmp_path: Path) -> None:
    analysis = beside(analyze(_network(tmp_path)), again=["block"])
    assert analysis.totals["train.saved_bytes"] == 2 * MAP
    found = checkpoints(_network(tmp_path), ["block.*"])
    assert [(block.name, len(block.layers)) for block in found] == [("block.0", 4), ("block.1", 4)]


def test_a_block_that_learns_nothing_is_not_run_again(tmp_path: Path) -> None:
    frozen = ["stem", "block.0"]
    totals = beside(analyze(_network(tmp_path)), frozen=frozen, again=["block.*"]).totals
    assert totals["train.saved_bytes"] == MAP
    assert totals["train.recomputed_macs"] == 2 * 64 * 9 * 4 * 4


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        (["blok"], "no block is named `blok`, so none is run again"),
        (
            ["block", "block.0"],
            "`block.0.a` is in the checkpoints `block` and `block.0`: name one of them",
        ),
    ],
)
def test_blocks_that_there_are_not_and_layers_of_two_are_refused(
    tmp_path: Path, patterns: list[str], says: str
) -> None:
    with pytest.raises(ConvcostError, match=rf"\A{re.escape(says)}"):
        checkpoints(_network(tmp_path), patterns)


def test_a_way_through_a_layer_outside_is_refused() -> None:
    network = Network("net")
    tensor = network.inputs["x"] = Tensor("x", (1, 4, 8, 8))
    for name in ("x.a", "y", "x.b"):
        (tensor,) = network.add(name, ReLU(), [tensor]).outputs
    network.outputs["x.b"] = tensor
    with pytest.raises(ConvcostError) as caught:
        checkpoints(network, ["x"])
    assert str(caught.value) == (
        "`x` cannot be run again in one go: `x.b` in it reads what a layer outside makes of its "
        "output. Name a block that holds both"
    )
    assert len(checkpoints(network, ["x.a"])) == 1
