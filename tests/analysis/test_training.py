"""Gradients of a training step and their products, by hand on small graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from onnx_text import save_text

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.training.beside import beside
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from convcost.analysis.analyze.network_cost import Analysis

CONV = "{op: conv, name: %s, out_channels: %s, kernel_size: 3, padding: 1, bias: false}"
THREE = f"""\
input: [3, 8, 8]
layers:
  - {CONV % ("a", 4)}
  - relu
  - {CONV % ("b", 4)}
  - {CONV % ("c", 5)}
"""
A, B, C = 64 * 9 * 3 * 4, 64 * 9 * 4 * 4, 64 * 9 * 4 * 5


def _trained(tmp_path: Path, text: str, frozen: Sequence[str] = (), batch: int = 1) -> Analysis:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    return beside(analyze(convcost.load(path, batch=batch)), frozen=frozen)


def _gradients(analysis: Analysis) -> dict[str, tuple[int, int]]:
    """Products of the gradients by inputs and by weights, of layers that make any."""
    metrics = ("train.input_gradient_macs", "train.weight_gradient_macs")
    found = {cost.name: tuple(cost.counts[m] for m in metrics) for cost in analysis.layers}
    return {name: (one, two) for name, (one, two) in found.items() if one or two}


def test_the_first_layer_needs_no_gradient_by_its_input(tmp_path: Path) -> None:
    analysis = _trained(tmp_path, THREE)
    assert _gradients(analysis) == {"a": (0, A), "b": (B, B), "c": (C, C)}
    totals = analysis.totals
    assert totals["train.backward_macs"] == A + 2 * B + 2 * C
    assert totals["train.macs"] == 2 * A + 3 * B + 3 * C
    assert totals["train.flops"] == 2 * totals["train.macs"]
    assert totals["train.gradient_bytes"] == 4 * 9 * (3 * 4 + 4 * 4 + 4 * 5)


def test_samples_multiply_products_and_no_gradients(tmp_path: Path) -> None:
    one, many = (_trained(tmp_path, THREE, batch=batch).totals for batch in (1, 7))
    assert many["train.macs"] == 7 * one["train.macs"]
    assert many["train.gradient_bytes"] == one["train.gradient_bytes"]


@pytest.mark.parametrize(
    ("frozen", "gradients"),
    [
        (["a"], {"b": (0, B), "c": (C, C)}),
        (["b"], {"a": (0, A), "b": (B, 0), "c": (C, C)}),
        (["c"], {"a": (0, A), "b": (B, B), "c": (C, 0)}),
        (["a", "b"], {"c": (0, C)}),
        (["*"], {}),
    ],
)
def test_frozen_layers_pass_gradients_on_where_something_before_is_learned(
    tmp_path: Path, frozen: list[str], gradients: dict[str, tuple[int, int]]
) -> None:
    assert _gradients(_trained(tmp_path, THREE, frozen)) == gradients


def test_a_norm_before_a_layer_is_learned_too(tmp_path: Path) -> None:
    text = THREE.replace("  - {op: conv, name: a", "  - batch_norm\n  - {op: conv, name: a")
    assert _gradients(_trained(tmp_path, text))["a"] == (A, A)


def test_what_no_output_reads_has_no_gradient(tmp_path: Path) -> None:
    text = f"{THREE}  - {CONV % ('d', 5)}\noutputs: [c]\n"
    analysis = _trained(tmp_path, text)
    assert "d" not in _gradients(analysis)
    assert analysis.layers[-1].counts["train.gradient_bytes"] == 0


def test_positions_have_no_gradient(tmp_path: Path) -> None:
    """Nothing before the largest element's place is learned by it."""
    text = f"{THREE}  - {{op: argmax, dim: 1}}\n"
    assert _gradients(_trained(tmp_path, text)) == {}


def test_a_condition_has_no_gradient_and_what_it_chooses_has(tmp_path: Path) -> None:
    text = f"{THREE}  - {{op: where, from: [c, c, c]}}\n"
    assert set(_gradients(_trained(tmp_path, text))) == {"a", "b", "c"}
    text = f"""\
inputs: {{x: [3, 8, 8], y: [4, 8, 8]}}
layers:
  - {CONV.replace("{", "{from: x, ") % ("a", 4)}
  - {{op: where, from: [a, y, y]}}
"""
    assert _gradients(_trained(tmp_path, text)) == {}


PRODUCT = """\
input: [6, 5]
layers:
  - {op: linear, name: q, out_features: 4, bias: false}
  - {op: permute, dims: [2, 1], name: turned, from: input}
  - {op: matmul, name: half, from: [turned, q]}
  - {op: permute, dims: [2, 1], name: back, from: q}
  - {op: matmul, name: both, from: [q, back]}
outputs: [half, both]
"""


def test_a_product_has_a_gradient_for_each_factor_that_depends_on_something_learned(
    tmp_path: Path,
) -> None:
    one, both = 5 * 6 * 4, 6 * 4 * 6
    found = _gradients(_trained(tmp_path, PRODUCT))
    assert found == {"q": (0, 6 * 5 * 4), "half": (one, 0), "both": (2 * both, 0)}


def test_shared_arrays_have_one_gradient_and_are_frozen_together(tmp_path: Path) -> None:
    again = (CONV % ("b2", 4)).replace("}", ", share: b}")
    text = THREE.replace(CONV % ("b", 4), f"{CONV % ('b', 4)}\n  - {again}")
    whole = _trained(tmp_path, text)
    assert whole.totals["train.gradient_bytes"] == 4 * 9 * (3 * 4 + 4 * 4 + 4 * 5)
    assert _gradients(whole)["b2"] == (B, B)
    assert _gradients(_trained(tmp_path, text, ["b2"]))["b"] == (B, 0)


def test_a_name_that_no_layer_has(tmp_path: Path) -> None:
    with pytest.raises(ConvcostError) as caught:
        _trained(tmp_path, THREE, ["stem"])
    said = "no layer is named `stem`, so none is frozen\n  names of layers are such as `a`"
    assert str(caught.value) == said


def test_whole_numbers_are_not_learned(tmp_path: Path) -> None:
    text = THREE.replace("name: b,", "name: b, dtype: int8,")
    assert _gradients(_trained(tmp_path, text))["b"][1] == 0


def test_a_network_of_whole_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConvcostError) as caught:
        _trained(tmp_path, f"dtype: int8\n{THREE}")
    assert str(caught.value) == (
        "all arrays are int8, and whole numbers are not learned by gradients: count with another "
        "dtype, such as float32 or bfloat16"
    )


@pytest.mark.parametrize("macs", [None, 0, 5])
def test_products_of_an_unknown_operators_gradients_are_not_known(
    tmp_path: Path, macs: int | None
) -> None:
    """Nor are those of one whose own are known: which of them its backward pass has is not. One
    that multiplies nothing has none."""
    text = """<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>
net (float[1, 3, 8, 8] x) => (float[1, 4, 6, 6] y)
<float[4, 3, 3, 3] w> { c = Conv <pads = [1, 1, 1, 1]> (x, w)\n y = acme.Swirl (c) }"""
    path = save_text(text, tmp_path / "net.onnx")
    rule = {"acme.Swirl": {"shapes": [["batch", 4, 6, 6]], "macs": f"{macs}", "adds": "1"}}
    analysis = analyze(convcost.load(path, operators={} if macs is None else rule))
    conv, swirl = beside(analysis).layers
    products = {
        *("train.input_gradient_macs", "train.weight_gradient_macs", "train.backward_macs"),
        *("train.recomputed_macs", "train.macs", "train.flops"),
    }
    kept = {"train.saved_bytes", "train.memory_bytes"}
    assert not conv.lacking
    named = {name for name in swirl.lacking if name.startswith("train.")}
    assert named == (kept if macs == 0 else kept | products)
