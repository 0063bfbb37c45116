"""Where rules speak and where they are silent, and what they say."""

from __future__ import annotations

import numpy as np
import pytest
from lint_support import PLAIN, codes, examples, findings, layers, listed, network, only

from convcost.analysis.lint import lint
from convcost.finding import Level

DILATED = "{{op: conv, out_channels: 64, kernel_size: 3, dilation: {0}, padding: {0}}}"
TWO, THREE = DILATED.format(2), DILATED.format(3)
POINT = "{op: conv, out_channels: 64, kernel_size: 1}"
GROUPED = "{op: conv, out_channels: 64, kernel_size: 3, padding: 1, groups: 4}"
DEPTHWISE = "{op: conv, out_channels: 64, kernel_size: 3, padding: 1, groups: 64}"


def parallel(*paths: str) -> str:
    return f"{{op: branches, paths: [{', '.join(f'[{path}]' for path in paths)}]}}"


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([TWO, "relu", PLAIN, "relu", TWO], id="a plain layer closes the holes"),
        pytest.param([parallel(TWO, THREE, POINT)], id="dilated branches beside each other"),
        pytest.param([TWO], id="one dilated layer alone"),
        pytest.param([TWO, "relu", POINT, "relu", "global_avg_pool"], id="and a 1x1"),
        pytest.param([f"{{op: residual, body: [{TWO}, relu]}}", PLAIN], id="a block, a plain one"),
        pytest.param(
            [parallel(f"{TWO}, {TWO}", "{op: conv, out_channels: 64, kernel_size: 9, padding: 4}")
             .replace("{op: branches", "{op: branches, join: add")],
            id="another path closes the holes",
        ),
        pytest.param(
            [f"{{op: residual, repeat: 40, body: [{PLAIN}, relu]}}"], id="a short path past windows"
        ),
        pytest.param([DEPTHWISE, POINT, "relu"], id="depthwise separable is not a pair"),
        pytest.param(
            ["{op: conv, out_channels: 8, kernel_size: 1}", PLAIN], id="nor is a narrow middle"
        ),
        pytest.param([POINT, "relu", POINT], id="nor are two with an activation"),
        pytest.param(
            ["{op: conv, out_channels: 64, kernel_size: [3, 1], padding: [1, 0]}",
             "{op: conv, out_channels: 64, kernel_size: [1, 3], padding: [0, 1]}"],
            id="nor is a split kernel",
        ),
        pytest.param([GROUPED, "relu", POINT, "relu", GROUPED], id="groups with a 1x1 between"),
        pytest.param([DEPTHWISE, "relu", DEPTHWISE, "relu", PLAIN], id="depthwise twice"),
        pytest.param([PLAIN, "relu", "batch_norm"], id="a norm after the activation"),
        pytest.param(
            ["{op: conv, name: a, out_channels: 64, kernel_size: 3, padding: 1}", "batch_norm",
             "{op: add, from: [a, batch_norm1]}"],
            id="a bias that another layer reads as well",
        ),
        pytest.param(
            [PLAIN, "relu", "{op: permute, dims: [2, 3, 1]}", "{op: linear, out_features: 8}"],
            id="a linear layer over channels that are last",
        ),
        pytest.param(["{op: conv, out_channels: 3, kernel_size: 3}"], id="three output channels"),
        pytest.param(
            ["global_avg_pool", "flatten", "{op: linear, out_features: 1001}", "softmax"],
            id="classes",
        ),
        pytest.param(
            ["{op: adaptive_avg_pool, output_size: 5}"], id="windows of two sizes, side by side"
        ),
        pytest.param(["{op: cumsum, dim: 3}", PLAIN], id="a field that is not followed"),
        pytest.param(["batch_norm", "batch_norm"], id="a norm whose shift is not a bias"),
    ],
)  # fmt: skip
def test_an_expert_would_not_object(entries: list[str]):
    found = [f for f in findings(layers(listed(*entries))) if f.code != "CC302"]
    assert found == []


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            [f"{{op: residual, repeat: 2, body: [{TWO}, relu]}}"],
            "the dilated stack that ends here (rates 2, 2) reads 5 of the 9 positions of its "
            "field: 2 divides all rates, so neighbours share no position",
        ),
        (
            [TWO, "relu", DILATED.format(5)],
            "the dilated stack that ends here (rates 2, 5) reads 9 of the 15 positions of its "
            "field",
        ),
        (
            ["{op: conv_transpose, out_channels: 64, kernel_size: 1, stride: 2}"],
            "units read 0 or 1 inputs along an axis by turns, because stride 2 does not divide the "
            "kernel's 1x1: a checkerboard in the output",
        ),
        (
            ["{op: max_pool, kernel_size: 3, stride: 2}"],
            "its windows never read the last 1 of 32 rows and the last 1 of 32 columns: 6.15 % of "
            "its input",
        ),
        (
            [POINT, "{op: dropout, p: 0.5}", POINT],
            "between it and 'conv2' is nothing non-linear: a 1x1 convolution to 64 channels "
            "computes the same as both, with 4,096 weights for 8,192 and 4,194,304 MACs for "
            "8,388,608",
        ),
        (
            ["flatten", "{op: linear, out_features: 64}", "{op: linear, out_features: 64}"],
            "between it and 'linear2' is nothing non-linear: a linear layer to 64 computes the "
            "same as both, with 4,194,304 weights for 4,198,400 and 4,194,304 MACs for 4,198,400",
        ),
        (
            [GROUPED, "relu", DEPTHWISE, "relu", GROUPED],
            "its 4 groups stay apart in 'conv3', which has the same: no channel sees another "
            "group's",
        ),
    ],
)
def test_what_is_said(entries: list[str], message: str):
    found = [f for f in findings(layers(listed(*entries))) if f.code != "CC302"]
    assert [f.message for f in found] == [message]


@pytest.mark.parametrize(
    ("entries", "one"),
    [
        ([POINT, PLAIN], "a 3x3 convolution to 64 channels computes the same as both but at"),
        (
            [POINT, "{op: conv, out_channels: 64, kernel_size: 3, dilation: 2}"],
            "a 3x3 convolution to 64 channels computes the same as both, with 36,864",
        ),
    ],
)
def test_one_window_for_two(entries: list[str], one: str):
    (found,) = [f for f in findings(layers(listed(*entries))) if f.code == "CC203"]
    assert one in found.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # 5x5 taps for twice 3x3, at a 64th of the positions of the first
        (PLAIN, "{op: conv, out_channels: 64, kernel_size: 3, stride: 8}"),
        # 64x8 weights for 64x32 and 32x8, at 36 times the positions of the first
        ("{op: conv, out_channels: 32, kernel_size: 1, stride: 8}",
         "{op: conv, out_channels: 8, kernel_size: 1, padding: 10}"),
    ],
)  # fmt: skip
def test_one_window_that_costs_less_in_one_respect_alone_is_none(first: str, second: str):
    assert "CC203" not in codes(layers(listed(first, second)))


def test_long_windows_in_a_row_are_one():
    """As long as the product of their polynomials, the second in powers of the stride."""
    first, second, stride = 70, 80, 3
    taps = np.convolve(np.ones(first), np.kron(np.ones(second), [1, 0, 0])).nonzero()[0]
    conv = "{{op: conv, out_channels: {}, kernel_size: {}, stride: {}, bias: false}}"
    text = listed(conv.format(64, first, stride), conv.format(1, second, 1))
    (found,) = [f for f in findings(layers(text, "[1, 4000]")) if f.code == "CC203"]
    assert f"a {taps.max() + 1} convolution to 1 channels" in found.message


def test_windows_that_see_no_more():
    wide = "{op: conv, out_channels: 4, kernel_size: 7, padding: 3}"
    more = listed(wide, "relu", wide, "relu", "{op: conv, out_channels: 4, kernel_size: 2}")
    (found,) = [f for f in findings(layers(more, "[4, 4, 3]")) if f.code == "CC105"]
    assert (found.layer, found.message) == (
        "conv2",
        "each unit that it reads sees the whole 4x3 input already, in a field of 7x7 or more: its "
        "windows add no context, nor do 1 layer after it",
    )


@pytest.mark.parametrize("features", [2, 8, 18, 20, 24, 56])
def test_depthwise_layers_that_move_little_are_no_trouble(features: int):
    """By hand: each number is read or written once, the weights of both layers too."""
    linear = f"{{op: linear, out_features: {features}, bias: false}}"
    text = listed(DEPTHWISE.replace("}", ", bias: false}"), "flatten", linear)
    thin, rest = 64 * (64 + 64 + 9), 64 * 64 + features + 64 * 64 * features
    found = codes(layers(text, "[64, 8, 8]"))
    assert ("CC302" in found) == (thin >= (thin + rest) / 10)


def test_what_is_sampled_where_data_say_is_not_skipped():
    text = layers(
        "  - {op: conv, name: offsets, out_channels: 2, kernel_size: 1, stride: 2}"
        "  # convcost: ignore[CC104]\n"
        "  - {op: deform_conv, from: [input, offsets], out_channels: 8, kernel_size: 1, stride: 2}"
    )
    assert codes(text) == []


def test_what_no_rates_would_fill():
    text = layers(listed(DILATED.format(6), "relu", DILATED.format(6)))
    assert only(text).fix == (
        "no rates would fill it: 2 layers of 3 taps read at most 9 positions, and the field has 25"
    )


def test_a_long_stack_is_told_of_the_smallest_change():
    text = layers(listed(*[TWO, "relu"] * 9))
    assert only(text).fix == (
        "rates 1, 2 x7, 3 leave no holes in the same field, and none nearer do"
    )


def test_branches_are_judged_with_those_beside_them():
    eight = "{op: conv, out_channels: 64, kernel_size: 3, dilation: 4, padding: 4}"
    text = layers(listed(parallel(f"{TWO}, {TWO}", f"{eight}, {eight}")))
    said = only(text)
    # of -8..8 one branch reads -8, -4, 0, 4, 8, the other -4, -2, 0, 2, 4
    assert said.message == (
        "the dilated stack that ends here (rates 4, 4) reads 7 of the 17 positions of its field"
    )


def test_a_shortcut_with_a_stride_is_a_note():
    shortcut = "{op: conv, out_channels: 64, kernel_size: 1, stride: 2, bias: false}"
    body = "{op: conv, out_channels: 64, kernel_size: 3, stride: 2, padding: 1, bias: false}"
    text = layers(listed(f"{{op: residual, body: [{body}], shortcut: [{shortcut}]}}"))
    finding = only(text)
    assert (finding.code, finding.level) == ("CC104", Level.NOTE)
    assert (
        finding.message
        == "a 1x1 window at stride 2 skips 75 % of its input, and other layers read it"
    )


def test_two_readers_that_skip_the_same_lose_it():
    shortcut = "{op: conv, out_channels: 64, kernel_size: 1, stride: 2, bias: false}"
    text = layers(listed(f"{{op: residual, body: [{shortcut}], shortcut: [{shortcut}]}}"))
    assert [(f.code, f.level) for f in findings(text)] == [("CC104", Level.WARNING)] * 2


def test_a_border_that_another_layer_reads_is_no_loss():
    text = """
input: [64, 15, 15]
layers:
  - {op: max_pool, name: a, kernel_size: 2}
  - {op: conv, name: b, from: input, out_channels: 64, kernel_size: 3, padding: 1}
outputs: [a, b]
"""
    assert codes(text) == []
    assert codes(text.replace("kernel_size: 3, padding: 1", "kernel_size: 2, stride: 2")) == [
        "CC103",
        "CC103",
    ]


@pytest.mark.parametrize("code", ["CC201", "CC202", "CC203", "CC303"])
def test_a_layer_that_could_not_be_read_may_need_any_other(code: str):
    net = network(examples(code)[0])
    assert [f.code for f in lint(net, "net.yaml")] == [code]
    net.unknown.append("something that reads what it likes")
    assert lint(net, "net.yaml") == []


def test_channels_of_depthwise_layers_are_those_of_what_they_read():
    depthwise = "{op: conv, out_channels: 60, kernel_size: 7, padding: 3, groups: 60}"
    assert codes(layers(listed(depthwise, "relu", PLAIN), "[60, 32, 32]")) == []


def test_a_linear_layers_bias_is_not_along_the_channels_of_tokens():
    text = layers(listed("{op: linear, out_features: 64}", "batch_norm"), "[64, 8]")
    assert codes(text) == []
    text = layers(listed("{op: linear, out_features: 64}", "batch_norm"), "[64]")
    assert codes(text) == ["CC201"]


def test_offsets_of_deformable_layers_have_the_channels_that_they_need():
    text = layers(
        "  - {op: conv, name: offsets, out_channels: 18, kernel_size: 3, padding: 1}\n"
        "  - {op: deform_conv, from: [input, offsets], out_channels: 8, kernel_size: 3, padding: 1}"
    )
    assert codes(text) == []


def test_tokens_with_features_last_are_no_map():
    text = "input: [197, 64]\nlayers:\n  - {op: linear, out_features: 64}\n"
    assert codes(text) == []


def test_a_sequence_that_was_convolved_is_a_map():
    text = "input: [8, 64]\nlayers:\n" + listed(
        "{op: conv, out_channels: 8, kernel_size: 3}", "relu", "{op: linear, out_features: 8}"
    )
    assert codes(text) == ["CC401"]


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ("[1, 3, 64, 64]", True),
        ("[1, 1, 64, 64]", True),
        ("[1, 16, 64, 64]", False),
        ("[3, 16, 64, 64]", False),
        ("[1, 3, 3, 3]", False),
        ("[1, 64, 64]", False),
        ("[8, 3, 64, 64]", True),
        ("[8, 3, 14, 14]", False),
        ("[8, 4, 64, 64]", False),
    ],
)
def test_which_shapes_look_like_a_batch(shape: str, found: bool):
    text = f"input: {shape}\nlayers:\n  - {{op: conv, out_channels: 8, kernel_size: 1}}\n"
    assert codes(text) == (["CC402"] if found else [])


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ("[224, 224, 3]", True),
        ("[480, 640, 3]", True),
        ("[28, 28, 1]", True),
        ("[16, 112, 112, 3]", True),
        ("[304, 56, 1]", False),
        ("[3, 224, 224]", False),
        ("[512, 4, 4]", False),
        ("[16, 8, 8]", False),
        ("[100, 32]", False),
    ],
)
def test_which_shapes_look_like_channels_last(shape: str, found: bool):
    text = f"input: {shape}\nlayers:\n  - {{op: conv, out_channels: 8, kernel_size: 1}}\n"
    assert codes(text) == (["CC403"] if found else [])


def test_the_networks_input_in_a_repeat():
    text = """
input: [16, 32, 32]
blocks:
  b: {layers: [{repeat: 2, layers: [{op: add, from: [input, input]}]}]}
layers:
  - {op: add, from: [input, input]}
  - {repeat: 2, layers: [b, {op: residual, body: [{op: add, from: [prev, %s]}]}]}
"""
    assert codes(text % "input").count("CC404") == 1
    assert "CC404" not in codes(text % "group.input")
