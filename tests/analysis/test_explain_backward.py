"""The backward pass, as it is explained, is that of a training step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.explain.gradients import GRADIENTS
from convcost.analysis.explain.layer import explain_layer, explain_op

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "vit_b_16", "dcn_v2_tiny"])
def test_layers_add_up_to_the_training_step(name: str) -> None:
    """Verify --train holds that one to gradients that are computed."""
    network = convcost.load(name)
    totals = convcost.analyze(network, train=True).totals
    found = dict.fromkeys(GRADIENTS, 0)
    for layer in network.layers:
        for formula in explain_layer(network, layer.name).gradients:
            found[formula.name] += formula.worked[0].value
    assert found == {each: totals[f"train.{each}"] for each in GRADIENTS}


def test_the_first_layer_has_no_gradient_by_its_input() -> None:
    network = convcost.load("resnet18")
    (formula,) = explain_layer(network, network.layers[0].name).gradients
    assert (formula.name, formula.text) == ("weight_gradient_macs", "macs")


def test_products_of_two_tensors_have_a_gradient_by_each() -> None:
    (formula,) = explain_op("matmul").gradients
    assert (formula.name, formula.text) == ("input_gradient_macs", "2 * macs")


def test_nothing_is_trained_in_whole_numbers(tmp_path: Path) -> None:
    spec = tmp_path / "small.yaml"
    spec.write_text(
        "name: small\ndtype: int8\ninput: [3, 8, 8]\n"
        "layers:\n  - {op: conv, out_channels: 2, kernel_size: 1}\n"
    )
    assert explain_layer(convcost.load(spec), "conv").gradients == ()
