"""Bytes that are kept for the backward pass: networks against PyTorch's hooks, and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.training.beside import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis

ROOT = Path(__file__).parent.parent.parent
SAVED = "train.saved_bytes"

# What saved_tensors_hooks saw of torchvision 0.29.1's models in training mode, PyTorch 2.14.1, on
# the processor: see benchmarks/saved.py.
HOOKS = {
    ("specs/resnet18.yaml", 1): 22_218_240,
    ("specs/resnet18.yaml", 2): 44_398_080,
    ("specs/squeezenet1_1.yaml", 1): 21_069_728,
    ("specs/mobilenet_v2.yaml", 1): 78_345_984,
    ("specs/efficientnet_b0.yaml", 1): 88_362_116,
    ("specs/densenet121.yaml", 1): 130_695_936,
    ("tests/data/pt2/resnet18.pt2", 2): 44_398_080,
    ("tests/data/pt2/squeezenet1_1.pt2", 1): 21_069_728,
    ("tests/data/pt2/mobilenet_v2.pt2", 1): 78_345_984,
    ("tests/data/pt2/densenet121.pt2", 1): 130_695_936,
    ("tests/data/pt2/convnext_tiny.pt2", 1): 109_155_808,  # without stochastic depth, as exported
    ("tests/data/pt2/efficientnet_b0.pt2", 1): 88_362_080,  # without stochastic depth, as exported
    ("tests/data/pt2/windowed.pt2", 1): 12_000,  # benchmarks/exported_modules.py
    ("specs/alexnet.yaml", 1): 3_741_184,
    ("specs/googlenet.yaml", 1): 48_229_120,  # without its auxiliary heads
    ("specs/inception_v3.yaml", 1): 98_318_380,  # without its auxiliary head
    ("specs/mobilenet_v3_large.yaml", 1): 44_211_552,
    ("specs/regnet_y_400mf.yaml", 1): 33_739_456,
    ("specs/resnet50.yaml", 1): 86_121_984,
    ("specs/shufflenet_v2_x1_0.yaml", 1): 20_449_680,
    ("specs/vgg16.yaml", 1): 73_355_264,
}


def _trained(path: Path, frozen: Sequence[str] = (), *, inplace: bool = False) -> Analysis:
    return beside(analyze(convcost.load(path)), frozen=frozen, inplace=inplace)


def _kept(tmp_path: Path, text: str, frozen: Sequence[str] = (), *, inplace: bool = False) -> int:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    return _trained(path, frozen, inplace=inplace).totals[SAVED]


@pytest.mark.parametrize(("path", "batch"), HOOKS)
def test_as_many_bytes_as_the_hooks_of_pytorch_see(path: str, batch: int) -> None:
    analysis = beside(analyze(convcost.load(ROOT / path, batch=batch)))
    assert analysis.totals[SAVED] == HOOKS[path, batch]
    assert not any(SAVED in cost.lacking for cost in analysis.layers)


def _vgg11_bn() -> str:
    """torchvision's vgg11_bn, which is in no spec."""
    lines = ["input: [3, 224, 224]", "layers:"]
    for channels in (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0):
        if channels:
            lines += [f"  - {{op: conv, out_channels: {channels}, kernel_size: 3, padding: 1}}"]
            lines += ["  - batch_norm", "  - relu"]
        else:
            lines += ["  - {op: max_pool, kernel_size: 2}"]
    lines += ["  - {op: adaptive_avg_pool, output_size: 7}", "  - flatten"]
    for _ in range(2):
        lines += ["  - {op: linear, out_features: 4096}", "  - relu", "  - dropout"]
    return "\n".join([*lines, "  - {op: linear, out_features: 1000}", ""])


def test_pooling_to_the_same_size_keeps_its_input_and_dropouts_keep_numbers(tmp_path: Path) -> None:
    assert _kept(tmp_path, _vgg11_bn()) == 78_595_584  # the hooks, as above


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_statistics_are_of_the_type_of_the_layer_and_positions_are_not(dtype: str) -> None:
    network = convcost.load(ROOT / "specs" / "resnet18.yaml", dtype=dtype)
    assert beside(analyze(network)).totals[SAVED] == 11_911_936  # the hooks, as above


@pytest.mark.parametrize(
    ("dtype", "affine", "kept"),
    [
        ("float32", True, 1000),
        ("float32", False, 680),
        ("bfloat16", True, 840),
        ("float16", False, 520),
    ],
)
def test_rms_norms_work_in_32_bits(tmp_path: Path, dtype: str, affine: bool, kept: int) -> None:
    """The hooks see float32 copies of what has fewer bits: the input, and what was scaled."""
    text = "input: [2, 5, 8]\nlayers:\n  - {op: linear, name: a, out_features: 8, bias: false}\n"
    norm = f"  - {{op: rms_norm, dim: -1, elementwise_affine: {affine}}}\n"
    assert _kept(tmp_path, f"dtype: {dtype}\n{text}{norm}") == kept


@pytest.mark.parametrize(("padding", "kept"), [(0, 4 * 504), (1, 4 * 756)])
def test_power_pools_keep_what_each_step_of_them_needs(
    tmp_path: Path, padding: int, kept: int
) -> None:
    """The hooks, of nn.LPPool2d behind an absolute value and borders of zeros."""
    text = "input: [2, 6, 6]\nlayers:\n  - {op: conv, out_channels: 3, kernel_size: 1}\n"
    pool = f"  - {{op: lp_pool, norm_type: 3, kernel_size: 2, padding: {padding}}}\n"
    assert _kept(tmp_path, text + pool) == kept


CONV = "{op: conv, name: %s, out_channels: 4, kernel_size: 3, padding: 1, bias: false}"
TWO = f"input: [4, 8, 8]\nlayers:\n  - {CONV % 'a'}\n  - relu\n  - {CONV % 'b'}\n"
MAP = 4 * 8 * 8 * 4


def test_the_output_of_a_relu_is_that_of_the_next_layer(tmp_path: Path) -> None:
    assert _kept(tmp_path, TWO) == 2 * MAP  # the input; the relu's output, of which b is no second


def test_a_layer_counts_what_no_layer_before_it_keeps(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(TWO)
    analysis = _trained(tmp_path / "net.yaml")
    assert [(c.name, c.counts[SAVED]) for c in analysis.layers] == [
        ("a", MAP),
        ("relu", MAP),
        ("b", 0),
    ]


def test_before_the_first_layer_that_learns_nothing_is_kept(tmp_path: Path) -> None:
    assert _kept(tmp_path, TWO, ["a"]) == MAP  # the relu needs no gradient; b keeps its input
    assert _kept(tmp_path, TWO, ["*"]) == 0


def test_a_frozen_convolution_keeps_its_input_and_a_frozen_linear_layer_does_not(
    tmp_path: Path,
) -> None:
    line = "  - {op: linear, name: %s, out_features: 8}\n"
    text = f"input: [8]\nlayers:\n{line % 'a'}{line % 'b'}"
    assert _kept(tmp_path, text) == 2 * 32
    assert _kept(tmp_path, text, ["b"]) == 32
    assert _kept(tmp_path, TWO.replace("  - relu\n", ""), ["b"]) == 2 * MAP


def test_a_leaky_relu_in_place_keeps_its_output(tmp_path: Path) -> None:
    text = TWO.replace("relu", "leaky_relu")
    assert _kept(tmp_path, text) == 3 * MAP
    assert _kept(tmp_path, text, inplace=True) == 2 * MAP


def test_a_silu_in_place_keeps_a_copy_of_its_input(tmp_path: Path) -> None:
    text = TWO.replace("relu", "silu")
    assert _kept(tmp_path, text) == _kept(tmp_path, text, inplace=True) == 3 * MAP


def test_a_dropout_keeps_what_it_multiplies_by_and_makes_memory(tmp_path: Path) -> None:
    dropped = TWO.replace("  - relu\n", "  - relu\n  - {op: dropout, p: 0.1}\n")
    assert _kept(tmp_path, dropped) == 4 * MAP  # input, relu, noise and what b reads
    assert _kept(tmp_path, dropped.replace("0.1", "0")) == 2 * MAP


def test_views_keep_the_memory_that_they_are_of(tmp_path: Path) -> None:
    text = "input: [4, 8]\nlayers:\n  - {op: linear, name: a, out_features: 8}\n"
    row = "  - {op: slice, dims: [1], starts: [0], ends: [1]}\n"
    last = "  - {op: linear, name: b, out_features: 2}\n"
    assert _kept(tmp_path, text + row + last) == 2 * 4 * 8 * 4  # not a row alone
    turned = "  - {op: permute, dims: [2, 1]}\n"
    assert _kept(tmp_path, text + turned + last) == 2 * 4 * 8 * 4


def test_what_cannot_be_looked_at_otherwise_is_copied(tmp_path: Path) -> None:
    """A permuted map that is flattened: the relu keeps its output, and the layer behind a copy."""
    text = "input: [4, 2, 8]\nlayers:\n  - {op: linear, name: a, out_features: 8}\n  - relu\n"
    last = "  - flatten\n  - {op: linear, name: b, out_features: 2}\n"
    assert _kept(tmp_path, text + last) == 2 * 64 * 4
    assert _kept(tmp_path, text + "  - {op: permute, dims: [3, 1, 2]}\n" + last) == 3 * 64 * 4


def test_heads_of_tokens_that_einsum_multiplies_are_copied(tmp_path: Path) -> None:
    """Heads are beside each other in a token, and einsum multiplies one matrix a window and head:
    the hooks of PyTorch 2.14 see the input and two copies of the heads, 288 bytes each."""
    text = "input: [3, 4, 6]\nlayers:\n  - {op: linear, name: a, out_features: 6, bias: false}\n"
    text += "  - {op: reshape, shape: [3, 4, 2, 3]}\n  - {op: permute, dims: [1, 3, 2, 4]}\n"
    text += '  - {op: einsum, from: [permute1, permute1], equation: "bwhid,bwhjd->bwhij"}\n'
    assert _kept(tmp_path, text) == 864


def test_what_no_one_knows_is_said_and_not_taken_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [4, 8]\nlayers:\n  - {op: lstm, hidden_size: 3}\n")
    (cost,) = _trained(path).layers
    assert SAVED in cost.lacking
    assert SAVED in _trained(path).figures.lacking


ATTENTION = """\
input: [2, 5, 4]
layers:
  - {op: linear, name: q, out_features: 4}
  - {op: linear, name: k, from: input, out_features: 4}
  - {op: linear, name: v, from: input, out_features: 4}
  - {op: permute, name: turned, from: k, dims: [1, 3, 2]}
  - {op: matmul, name: scores, from: [q, turned]}
  - {op: softmax, name: weights, dim: -1}
  - {op: matmul, name: mixed, from: [weights, v]}
  - {op: permute, name: by_token, dims: [2, 1, 3]}
  - {op: reshape, name: side_by_side, shape: [5, 8]}
  - {op: linear, name: last, out_features: 3}
"""


def test_attention_in_one_call_keeps_no_scores(tmp_path: Path) -> None:
    """``scaled_dot_product_attention``: queries, keys, values, the output, which needs no copy to
    lie token by token, and a number for each query and head."""
    path = tmp_path / "net.yaml"
    path.write_text(ATTENTION)
    network = convcost.load(path)
    one = 4 * 2 * 5 * 4
    scores = 4 * 2 * 5 * 5
    written_out = beside(analyze(network)).totals[SAVED]
    assert written_out == one + 3 * one + scores + one  # the input; q, k, v; weights; a copy
    for layer in network.layers[3:7]:
        layer.function = "scaled_dot_product_attention"
    assert beside(analyze(network)).totals[SAVED] == one + 3 * one + one + 4 * 2 * 5


@pytest.mark.parametrize(
    ("between", "copied"),
    [
        ("{op: slice, dims: [2], starts: [0], ends: [8], steps: [2]}", 0),
        ("{op: slice, dims: [2], starts: [0], ends: [8], steps: [3]}", 4 * 3),
        ("{op: permute, dims: [2, 1]}", 4 * 8),
    ],
)
def test_steps_between_positions_say_what_can_be_looked_at_as_one_axis(
    tmp_path: Path, between: str, copied: int
) -> None:
    text = "input: [4, 8]\nlayers:\n  - {op: linear, name: a, out_features: 8}\n  - relu\n"
    last = "  - flatten\n  - {op: linear, name: b, out_features: 2}\n"
    assert _kept(tmp_path, f"{text}  - {between}\n{last}") == 2 * 4 * 8 * 4 + 4 * copied


def test_what_is_done_element_by_element_keeps_the_order_of_axes_in_memory(tmp_path: Path) -> None:
    text = "input: [4, 8]\nlayers:\n  - {op: linear, name: a, out_features: 8}\n"
    turned = "  - {op: permute, dims: [2, 1]}\n"
    last = "  - flatten\n  - {op: linear, name: b, out_features: 2}\n"
    assert _kept(tmp_path, f"{text}{turned}  - relu\n{turned}{last}") == 2 * 4 * 8 * 4
    assert _kept(tmp_path, f"{text}{turned}  - relu\n{last}") == 3 * 4 * 8 * 4


def test_an_exported_program_says_which_layers_write_over_their_input() -> None:
    layers = convcost.load(ROOT / "tests" / "data" / "pt2" / "resnet18.pt2").layers
    assert {type(layer.op).__name__ for layer in layers if layer.in_place} == {"ReLU", "Add"}


def test_the_scale_of_a_norm_that_one_function_computes_keeps_nothing(tmp_path: Path) -> None:
    """``F.batch_norm`` of weights, as in networks without norms: a norm and a product here."""
    path = tmp_path / "net.yaml"
    gain = "  - {op: parameter, name: gain, shape: [4, 1, 1]}\n"
    conv = f"  - {{from: input, {CONV[1:] % 'a'}\n"
    scaled = (
        "  - {op: instance_norm, name: norm}\n"
        "  - {op: multiply, name: scaled, from: [norm, gain]}\n"
    )
    path.write_text(f"input: [4, 8, 8]\nlayers:\n{gain}{conv}{scaled}")
    network = convcost.load(path)
    assert beside(analyze(network)).totals[SAVED] == 3 * MAP + 2 * 4 * 4
    for layer in network.layers[2:]:
        layer.function = "batch_norm"
    assert beside(analyze(network)).totals[SAVED] == 2 * MAP + 2 * 4 * 4


REPEATED = """\
input: [3, 5, 6]
layers:
  - {op: linear, name: y, out_features: 6, bias: false}
  - {op: parameter, name: p, shape: [1, 3, 4, 5]}
  - {op: relu, name: r, from: p}
  - {op: matmul, from: [r, y]}
"""
CHANNELS_LAST = """\
input: [8, 8, 4]
layers:
  - {op: linear, out_features: 4, bias: false}
  - {op: permute, dims: [3, 1, 2]}
  - {op: conv, out_channels: 6, kernel_size: 3, padding: 1, bias: false}
  - relu
  - {op: permute, dims: [2, 3, 1]}
  - {op: reshape, shape: [64, 6]}
  - {op: linear, out_features: 8, bias: false}
"""
CONV_OF_ALL = "  - {op: conv, out_channels: 6"
HALF = "  - {op: slice, dims: [1], starts: [0], ends: [2]}\n"
ONE_CHANNEL = """\
input: [1, 8, 8]
layers:
  - {op: conv, out_channels: 4, kernel_size: 3, padding: 1, bias: false}
  - relu
  - flatten
  - {op: linear, out_features: 8, bias: false}
"""


ONE_LAST = """\
input: [8, 8, 1]
layers:
  - {op: linear, out_features: 1, bias: false}
  - {op: permute, dims: [3, 1, 2]}
  - {op: conv, out_channels: 4, kernel_size: 3, padding: 1, bias: false}
  - relu
"""
ONE_NUMBER = """\
input: [1, 1, 1]
layers:
  - {op: conv_transpose, out_channels: 4, kernel_size: 8, bias: false}
  - relu
"""
BY_CHANNELS = """\
  - {op: permute, dims: [2, 3, 1]}
  - {op: reshape, shape: [64, 4]}
  - {op: linear, out_features: 8, bias: false}
"""
BY_POSITIONS = """\
  - flatten
  - {op: linear, out_features: 8, bias: false}
"""


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (REPEATED, 2_160),
        (CHANNELS_LAST, 7_168),
        (CHANNELS_LAST.replace(CONV_OF_ALL, f"{HALF}{CONV_OF_ALL}"), 7_168),
        (ONE_CHANNEL, 2_560),
        (ONE_LAST + BY_CHANNELS, 3_072),
        (ONE_LAST + BY_POSITIONS, 5_120),
        (ONE_LAST.replace("  - {op: conv", "  - relu\n  - {op: conv") + BY_CHANNELS, 5_120),
        (ONE_NUMBER + BY_POSITIONS, 2_056),
    ],
)
def test_the_order_in_memory_decides_what_is_copied(text: str, seen: int) -> None:
    """Bytes that the hooks of PyTorch 2.14.1 saw for the same modules with two samples. A factor
    that is repeated along samples is copied. A convolution of contiguous channels makes such
    copies, as does one of some of them, or of a single channel on the innermost axis; operations
    element by element put such a channel back."""
    network = convcost.load("net.yaml", read=lambda _: text.encode(), batch=2)
    assert beside(analyze(network)).totals[SAVED] == seen
