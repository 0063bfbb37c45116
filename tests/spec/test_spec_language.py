"""Every feature of the language does what the reference says."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import pytest
from spec_support import SPECS, layers, names, network

from convcost.spec import load

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Layer, Network


def layer(net: Network, name: str) -> Layer:
    return next(layer for layer in net.layers if layer.name == name)


def reads(net: Network, name: str) -> list[str]:
    return [tensor.name for tensor in layer(net, name).inputs]


def output_shape(net: Network) -> tuple[int, ...]:
    (tensor,) = net.outputs.values()
    return tensor.sample_shape


def params(net: Network) -> int:
    weights = {weight for layer in net.layers for weight in layer.weights.values()}
    return sum(prod(weight.shape) for weight in weights if weight.learned)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_are_read(path: Path) -> None:
    net = load(str(path))
    macs = sum(layer.op.macs(*layer.input_shapes) for layer in net.layers)
    assert net.expect == {"params": params(net), "macs": macs}


# Names


def test_names_by_themselves() -> None:
    net = layers("""
  - relu
  - {op: relu, name: first}
  - {op: conv, out_channels: 4, kernel_size: 1}
  - relu
  - relu6
  - {op: relu, name: relu4}
  - relu
  - relu
""")
    expected = ["relu1", "first", "conv1", "relu2", "relu6_1", "relu4", "relu3", "relu5"]
    assert names(net) == expected


def test_names_of_structures() -> None:
    net = layers("""
  - {layers: [relu]}
  - {name: stage, layers: [relu, {layers: [relu]}]}
  - {op: residual, body: [relu]}
  - {op: branches, paths: [[relu], {layers: [relu], name: named}, [relu]]}
  - {op: branches, name: fork, paths: {left: [relu], right: []}, join: add}
  - {op: table, columns: [c], rows: [[1], [2]], layers: [relu]}
  - {op: table, name: rows, columns: [name, c], rows: [[a, 1], [b, 2]], layers: [relu]}
""")
    assert names(net) == [
        "group1.relu1",
        "stage.relu1",
        "stage.group1.relu1",
        "residual1.body.relu1",
        "residual1.add",
        "branches1.path1.relu1",
        "branches1.named.relu1",
        "branches1.path3.relu1",
        "branches1.concat",
        "fork.left.relu1",
        "fork.add",
        "table1.0.relu1",
        "table1.1.relu1",
        "rows.a.relu1",
        "rows.b.relu1",
    ]


def test_what_is_alone_and_unnamed_adds_nothing() -> None:
    net = network("""
input: [3, 8, 8]
blocks:
  unit: {layers: [{op: residual, body: [{layers: [relu]}]}]}
layers:
  - op: table
    columns: [c]
    rows: [[1]]
    layers: [unit]
""")
    assert names(net) == ["0.body.relu1", "0.add"]


def test_names_of_repeats() -> None:
    net = network("""
input: [3, 8, 8]
blocks: {unit: {layers: [relu, sigmoid]}}
layers:
  - {op: relu, repeat: 2}
  - {op: unit, name: stage, repeat: 2}
  - {op: table, columns: [n], rows: [[1], [2]], layers: [{op: unit, repeat: n}]}
""")
    assert names(net) == [
        *("relu1.0", "relu1.1"),
        *("stage.0.relu1", "stage.0.sigmoid1", "stage.1.relu1", "stage.1.sigmoid1"),
        *("table1.0.0.relu1", "table1.0.0.sigmoid1"),
        *("table1.1.0.relu1", "table1.1.0.sigmoid1", "table1.1.1.relu1", "table1.1.1.sigmoid1"),
    ]


# Where layers read from


def test_a_layer_follows_the_one_before() -> None:
    net = layers("  - relu\n  - sigmoid\n  - tanh\n")
    assert reads(net, "relu1") == ["input"]
    assert reads(net, "tanh1") == ["sigmoid1"]
    assert list(net.outputs) == ["tanh1"]


def test_from() -> None:
    net = layers("""
  - {name: stage, layers: [relu, {op: sigmoid, name: gate}]}
  - {op: tanh, from: stage.gate}
  - {op: tanh, from: stage}
  - {op: tanh, from: stage.relu1}
  - {op: add, from: [input, tanh1, stage]}
  - {op: relu, name: passes, repeat: 3, from: input}
  - {op: add, from: [passes, passes.0]}
""")
    assert reads(net, "tanh1") == reads(net, "tanh2") == ["stage.gate"]
    assert reads(net, "tanh3") == ["stage.relu1"]
    assert reads(net, "add1") == ["input", "tanh1", "stage.gate"]
    assert reads(net, "passes.0") == ["input"]  # `from:` feeds the first pass
    assert reads(net, "passes.1") == ["passes.0"]
    assert reads(net, "add2") == ["passes.2", "passes.0"]


def test_from_finds_the_innermost_name() -> None:
    net = layers("""
  - {op: relu, name: a}
  - {op: relu, name: b}
  - name: inner
    layers:
      - {op: sigmoid, name: a}
      - {op: tanh, from: a}
      - {op: tanh, from: b}
      - {layers: [{op: tanh, name: deep, from: a}]}
  - {op: tanh, from: a}
""")
    assert reads(net, "inner.tanh1") == ["inner.a"]
    assert reads(net, "inner.tanh2") == ["b"]
    assert reads(net, "inner.group1.deep") == ["inner.a"]
    assert reads(net, "tanh1") == ["a"]


def test_from_a_dropped_layer_means_its_input() -> None:
    net = layers("""
  - {op: relu, name: a}
  - {op: sigmoid, name: gone, when: false}
  - {op: tanh, from: gone}
  - {name: stage, when: 1 > 2, from: input, layers: [relu]}
  - {op: tanh, from: stage}
""")
    assert reads(net, "tanh1") == ["a"]
    assert reads(net, "tanh2") == ["input"]


def test_several_outputs_of_a_layer() -> None:
    net = layers("""
  - {op: split, name: parts, sizes: [1, 2]}
  - {op: relu, from: parts.1}
  - {op: concat, from: [parts, relu1]}
""")
    assert reads(net, "relu1") == ["parts.1"]
    assert reads(net, "concat1") == ["parts.0", "parts.1", "relu1"]
    assert output_shape(net) == (5, 8, 8)


def test_several_inputs_and_outputs() -> None:
    net = network("""
inputs: {rgb: [3, 8, 8], flow: [2, 8, 8]}
layers:
  - {op: conv, name: a, from: rgb, out_channels: 4, kernel_size: 1}
  - {op: conv, name: b, from: flow, out_channels: 4, kernel_size: 1}
  - {name: joined, layers: [{op: add, from: [a, b]}, relu]}
  - {op: split, name: parts, parts: 2}
outputs: [joined, b, joined.add1, parts, rgb]
""")
    assert {name: tensor.sample_shape for name, tensor in net.inputs.items()} == {
        "rgb": (3, 8, 8),
        "flow": (2, 8, 8),
    }
    assert {name: tensor.name for name, tensor in net.outputs.items()} == {
        "joined": "joined.relu1",
        "b": "b",
        "joined.add1": "joined.add1",
        "parts.0": "parts.0",
        "parts.1": "parts.1",
        "rgb": "rgb",
    }


def test_the_first_of_several_inputs_is_read_unless_said() -> None:
    net = network("inputs: {a: [3, 8], b: [2, 8]}\nlayers: [relu, {op: relu, from: input}]\n")
    assert reads(net, "relu1") == reads(net, "relu2") == ["a"]


def test_a_network_whose_layers_are_all_dropped() -> None:
    net = layers("  - {op: relu, when: false}")
    assert (net.layers, list(net.outputs)) == ([], ["input"])


# Structures


def test_when_and_repeat() -> None:
    net = network("""
input: [3, 8, 8]
vars: {n: 2, deep: false}
layers:
  - {op: relu, when: deep}
  - {op: relu, when: not deep and in_channels == 3 and in_height == in_width}
  - {op: conv, repeat: n + 1, out_channels: 2 ** i, kernel_size: 1}
  - {op: relu, repeat: 0}
  - {repeat: 2, layers: [{repeat: 2, layers: [{op: conv, out_channels: i + 1, kernel_size: 1}]}]}
  - {repeat: 2, layers: [{op: tanh, when: i == 1}]}
""")
    assert names(net) == [
        "relu2",
        *("conv1.0", "conv1.1", "conv1.2"),
        *("group1.0.0.conv1", "group1.0.1.conv1", "group1.1.0.conv1", "group1.1.1.conv1"),
        "group2.1.tanh1",
    ]
    channels = [layer.outputs[0].sample_shape[0] for layer in net.layers[1:-1]]
    assert channels == [1, 2, 4, 1, 2, 1, 2]


def test_residual() -> None:
    net = layers("""
  - op: residual
    name: plain
    body: [{op: conv, out_channels: 3, kernel_size: 1}, relu]
  - op: residual
    name: project
    body: [{op: conv, out_channels: 6, kernel_size: 1}]
    shortcut: [{op: conv, name: side, out_channels: 6, kernel_size: 1}]
  - {op: residual, name: gate, join: multiply, body: [global_avg_pool, sigmoid]}
  - {op: residual, name: bare, skip: in_channels == 3, body: [relu]}
  - {op: residual, name: skipped, skip: in_channels == 6, body: [relu]}
""")
    assert reads(net, "plain.add") == ["plain.body.relu1", "input"]
    assert reads(net, "project.add") == ["project.body.conv1", "project.shortcut.side"]
    assert reads(net, "project.shortcut.side") == ["plain.add"]
    assert reads(net, "gate.multiply") == ["gate.body.sigmoid1", "project.add"]
    assert "bare.add" not in names(net)
    assert reads(net, "skipped.add") == ["skipped.body.relu1", "bare.body.relu1"]
    assert output_shape(net) == (6, 8, 8)


def test_branches() -> None:
    net = layers("""
  - op: branches
    name: wide
    paths:
      a: [{op: conv, out_channels: 4, kernel_size: 1}]
      b: []
      c: {when: in_channels > 3, layers: [relu]}
      d: {repeat: 2, layers: [sigmoid]}
  - {op: branches, name: sum, join: add, paths: [[relu], [tanh]]}
  - {op: branches, name: one, paths: {a: [relu], b: {when: false, layers: [tanh]}}}
  - {op: branches, name: far, paths: {a: [relu], b: {from: input, layers: [tanh]}}}
""")
    assert reads(net, "wide.concat") == ["wide.a.conv1", "input", "wide.d.1.sigmoid1"]
    assert layer(net, "wide.concat").outputs[0].sample_shape == (10, 8, 8)
    assert reads(net, "sum.add") == ["sum.path1.relu1", "sum.path2.tanh1"]
    assert "one.concat" not in names(net)  # one path needs no join
    assert reads(net, "far.a.relu1") == ["one.a.relu1"]
    assert reads(net, "far.b.tanh1") == ["input"]


def test_a_path_is_named_like_a_group() -> None:
    net = layers("""
  - {op: branches, name: f, paths: {a: [relu], b: [relu]}}
  - {op: add, from: [f.a, f.b.relu1]}
""")
    assert reads(net, "add1") == ["f.a.relu1", "f.b.relu1"]


def test_branches_that_split() -> None:
    net = layers(
        """
  - {op: branches, name: half, split: true, paths: [[], [relu]]}
  - {op: branches, name: sizes, split: [1, 3], paths: {few: [relu], many: [relu]}}
  - {op: branches, name: no, split: in_channels == 7, paths: [[], [relu]]}
""",
        "[4, 8, 8]",
    )
    assert reads(net, "half.concat") == ["half.split.0", "half.path2.relu1"]
    assert reads(net, "half.path2.relu1") == ["half.split.1"]
    assert layer(net, "sizes.many.relu1").outputs[0].sample_shape == (3, 8, 8)
    assert reads(net, "no.concat") == ["sizes.concat", "no.path2.relu1"]
    assert output_shape(net) == (8, 8, 8)


def test_table() -> None:
    net = network("""
input: [3, 8, 8]
vars: {width: 2}
layers:
  - op: table
    name: stages
    repeat: 2
    columns: [c, n, k]
    rows:
      - [4 * width, 1, [1, 3]]
      - [in_channels, 2, same]
    layers:
      - op: conv
        repeat: n
        out_channels: c + i
        kernel_size: 3
        padding: same if k == same else k
""")
    assert names(net) == [
        *("stages.0.0.conv1.0", "stages.0.1.conv1.0", "stages.0.1.conv1.1"),
        *("stages.1.0.conv1.0", "stages.1.1.conv1.0", "stages.1.1.conv1.1"),
    ]
    # `in_channels` of a row is that of the layer which the row begins with
    assert [layer.outputs[0].sample_shape[0] for layer in net.layers] == [8, 8, 9, 8, 8, 9]
    assert net.layers[0].outputs[0].sample_shape == (8, 8, 12)


def test_table_of_a_block() -> None:
    net = network("""
input: [3, 8, 8]
blocks:
  unit:
    args: {c: ~, k: 1, act: true}
    layers:
      - {op: conv, out_channels: c, kernel_size: k}
      - {op: relu, when: act}
layers:
  - {op: table, name: t, columns: [name, c, act], rows: [[a, 4, true], [b, 5, false]], of: unit}
""")
    assert names(net) == ["t.a.conv1", "t.a.relu1", "t.b.conv1"]
    assert output_shape(net) == (5, 8, 8)


def test_like() -> None:
    net = layers("""
  - {op: conv, name: small, out_channels: 5, kernel_size: [4, 3]}
  - {op: crop, from: input, like: small}
  - {op: pad, from: small, like: input}
  - {op: upsample, from: small, like: input}
""")
    assert layer(net, "crop1").outputs[0].sample_shape == (3, 5, 6)
    assert layer(net, "pad1").outputs[0].sample_shape == (5, 8, 8)
    assert layer(net, "pad1").op.padding == ((1, 2), (1, 1))  # type: ignore[attr-defined]
    assert layer(net, "upsample1").outputs[0].sample_shape == (5, 8, 8)


# Blocks


def test_blocks() -> None:
    net = network("""
input: [3, 8, 8]
vars: {bias: false}
blocks:
  outer:
    args: {c: ~}
    layers:
      - {op: inner, c: 2 * c}
      - {op: inner, c: c, k: 3}
  inner:
    args: {c: ~, k: 1}
    layers:
      - {op: conv, out_channels: c, kernel_size: k, bias: bias}
layers:
  - {op: outer, c: 4}
  - {op: outer, name: named, c: 5}
""")
    assert names(net) == [
        *("outer1.inner1.conv1", "outer1.inner2.conv1"),
        *("named.inner1.conv1", "named.inner2.conv1"),
    ]
    assert output_shape(net) == (5, 4, 4)
    assert params(net) == 3 * 8 + 8 * 4 * 9 + 4 * 10 + 10 * 5 * 9


def test_defaults_are_read_at_the_input_and_may_use_earlier_arguments() -> None:
    net = network("""
input: [48, 8, 8]
blocks:
  squeeze:
    args: {ratio: 16, channels: in_channels, mid: channels // ratio}
    layers: [{op: conv, out_channels: mid, kernel_size: 1}]
layers:
  - {op: squeeze, name: a}
  - {op: squeeze, name: b, from: input, ratio: 4}
  - {op: squeeze, name: c, from: input, mid: 7}
""")
    channels = [layer.outputs[0].sample_shape[0] for layer in net.layers]
    assert channels == [3, 12, 7]


def test_a_default_that_is_not_needed_is_not_read() -> None:
    net = network("""
input: [3, 8, 8]
blocks:
  unit:
    args: {c: in_depth}
    layers: [{op: conv, out_channels: c, kernel_size: 1}]
layers: [{op: unit, c: 4}]
""")
    assert output_shape(net) == (4, 8, 8)


def test_lists_and_words_travel_through_arguments() -> None:
    net = network("""
input: [3, 8, 8]
blocks:
  unit:
    args: {k: [1, 3], p: same, mode: nearest}
    layers:
      - {op: conv, out_channels: 3, kernel_size: k, padding: p}
      - {op: upsample, scale_factor: 2, mode: mode}
layers:
  - unit
  - {op: unit, k: [3, 1], p: [[1, 1], 0]}
""")
    assert output_shape(net) == (3, 32, 32)


def test_a_block_of_several_inputs() -> None:
    net = network(
        """
input: [3, 8, 8]
blocks:
  up:
    inputs: [below, skip]
    args: {c: in_channels}
    layers:
      - {op: conv_transpose, name: doubled, out_channels: c, kernel_size: 8}
      - {op: concat, from: [skip, doubled]}
      - {op: add, from: [concat1, input]}
layers:
  - {op: conv, name: first, out_channels: 1, kernel_size: 1}
  - {op: global_avg_pool, name: low}
  - {op: up, from: [low, first], c: 1}
""".replace("kernel_size: 2, stride: 2", "kernel_size: 8")
    )
    assert reads(net, "up1.doubled") == ["low"]  # without `from:` the first layer reads the first
    assert reads(net, "up1.concat1") == ["first", "up1.doubled"]
    assert reads(net, "up1.add1") == ["up1.concat1", "low"]


def test_a_block_fed_by_a_layer_of_several_outputs() -> None:
    net = network("""
input: [4, 8, 8]
blocks:
  swap: {inputs: [a, b], layers: [{op: concat, from: [b, a]}]}
layers:
  - {op: split, parts: 2}
  - swap
""")
    assert reads(net, "swap1.concat1") == ["split1.1", "split1.0"]


def test_library_blocks_and_blocks_of_their_names() -> None:
    own = "blocks: {conv_bn: {args: {out_channels: ~}, layers: [relu]}}\n"
    text = "input: [3, 8, 8]\nlayers: [{op: conv_bn, out_channels: 8}, relu]\n"
    assert names(network(text)) == ["conv_bn1.conv1", "conv_bn1.batch_norm1", "relu1"]
    assert names(network(own + text)) == ["conv_bn1.relu1", "relu1"]
    # the library's blocks go on calling the library's
    text = text.replace("conv_bn", "conv_bn_relu")
    assert "conv_bn_relu1.conv_bn1.batch_norm1" in names(network(own + text))


def test_a_library_block_sees_no_vars() -> None:
    call = "layers: [{op: conv_bn, out_channels: 8}]\n"
    net = network(f"input: [3, 8, 8]\nvars: {{kernel_size: 7, bias: true}}\n{call}")
    assert {role: weight.shape for role, weight in net.layers[0].weights.items()} == {
        "weight": (8, 3, 1, 1)
    }


def test_a_block_may_be_named_like_a_layer() -> None:
    net = network(
        "input: [3]\nblocks: {a: {layers: [relu]}}\nlayers: [{op: a, name: a}, {op: a, from: a}]"
    )
    assert names(net) == ["a.relu1", "a1.relu1"]


# Shared weights


def test_share_of_a_layer() -> None:
    net = layers("""
  - {op: conv, name: a, out_channels: 3, kernel_size: 3, padding: 1}
  - {op: conv, name: b, out_channels: 3, kernel_size: 3, padding: 1, share: a}
""")
    assert layer(net, "a").weights == layer(net, "b").weights
    assert params(net) == 3 * 3 * 9 + 3


def test_share_of_a_block_call() -> None:
    net = network("""
input: [3, 8, 8]
blocks:
  unit:
    args: {c: 3}
    layers:
      - {op: residual, name: r, body: [{op: conv_bn_relu, out_channels: c}]}
      - {op: conv, name: last, out_channels: 3, kernel_size: 1}
layers:
  - {op: unit, name: a}
  - {op: unit, name: b, share: a}
  - {op: unit, name: c, share: b}
""")
    for name in ("r.body.conv_bn1.conv1", "r.body.conv_bn1.batch_norm1", "last"):
        assert layer(net, f"a.{name}").weights
        assert layer(net, f"b.{name}").weights is layer(net, f"a.{name}").weights
        assert layer(net, f"c.{name}").weights is layer(net, f"a.{name}").weights
    assert params(net) == (3 * 3 + 6) + (3 * 3 + 3)


def test_share_and_repeat() -> None:
    net = layers("""
  - {op: conv, name: one, out_channels: 3, kernel_size: 1}
  - {op: conv, name: all, out_channels: 3, kernel_size: 1, repeat: 3, share: one}
  - {op: conv, name: three, out_channels: 3, kernel_size: 1, repeat: 3}
  - {op: conv, name: each, out_channels: 3, kernel_size: 1, repeat: 3, share: three}
  - {op: conv, name: last, out_channels: 3, kernel_size: 1, share: three.2}
  - {op: conv, name: own, out_channels: 3, kernel_size: 1, repeat: 1}
  - {name: group, share: own, layers: [{op: conv, name: "0", out_channels: 3, kernel_size: 1}]}
""")
    one = layer(net, "one").weights
    assert all(layer(net, f"all.{n}").weights is one for n in range(3))
    for n in range(3):
        assert layer(net, f"each.{n}").weights is layer(net, f"three.{n}").weights
    assert layer(net, "last").weights is layer(net, "three.2").weights
    assert layer(net, "group.0").weights is layer(net, "own.0").weights
    assert params(net) == 12 * (1 + 3 + 1)


# Values


def test_values_as_a_person_means_them() -> None:
    net = layers("""
  - {op: conv, out_channels: 1e1, kernel_size: 1, bias: no}
  - {op: conv, out_channels: 0.07 * 200, kernel_size: 1, bias: Off}
  - {op: conv, out_channels: "7", kernel_size: '3', padding: "same", bias: YES}
  - {op: conv, out_channels: 1_0, kernel_size: 1, bias: TRUE}
""")
    channels = [layer.outputs[0].sample_shape[0] for layer in net.layers]
    assert channels == [10, 14, 7, 10]
    assert ["bias" in layer.weights for layer in net.layers] == [False, False, True, True]


@pytest.mark.parametrize(
    ("padding", "shape"),
    [
        ("0", (8, 6, 4)),
        ("valid", (8, 6, 4)),
        ("1", (8, 8, 6)),
        ("same", (8, 8, 8)),
        ("[1, 2]", (8, 8, 8)),
        ("[[1, 0], [2, 1]]", (8, 7, 7)),
        ("[[1, 0], 2]", (8, 7, 8)),
        ("[kernel // 4, in_channels]", (8, 8, 10)),
    ],
)
def test_padding(padding: str, shape: tuple[int, ...]) -> None:
    net = network(f"""
input: [3, 8, 8]
vars: {{kernel: 5}}
layers:
  - op: conv
    out_channels: 8
    kernel_size: [3, kernel]
    padding: {padding}
""")
    assert output_shape(net) == shape


def test_the_rank_of_the_input_decides() -> None:
    for sizes in ("[3, 9]", "[3, 9, 9]", "[3, 9, 9, 9]"):
        net = layers("  - {op: conv, out_channels: 4, kernel_size: 3}", sizes)
        assert set(output_shape(net)) == {4, 7}


def test_vars_in_any_order() -> None:
    net = network("""
input: [c // 4, size, size]
vars: {c: 4 * base, base: 3, size: "max(base, 8) if flag else 1", flag: not no_flag, no_flag: false}
layers: [{op: conv, out_channels: c, kernel_size: 1}]
""")
    assert output_shape(net) == (12, 8, 8)


def test_aliases() -> None:
    net = network(
        """
input: &shape [3, 8, 8]
layers:
  - &unit {op: conv, out_channels: 3, kernel_size: 1}
  - *unit
  - {op: reshape, shape: *shape}
""".replace("inputs_unused: 1\n", "")
    )
    assert names(net) == ["conv1", "conv2", "reshape1"]


def test_the_head_of_a_spec() -> None:
    net = network("""
convcost: 1
name: "ResNet: <b>50</b> 🦔"
input: [3, 8, 8]
vars: {n: 10}
layers: [relu]
expect: {params: n ** 2, macs: 0, output_shape: [3, 8, 2 * 4]}
budget: {params: 4M, macs: 1.5k, flops: 300_000}
""")
    assert net.name == "ResNet: <b>50</b> 🦔"
    assert net.expect == {"params": 100, "macs": 0, "output_shape": [3, 8, 8]}
    assert net.budget == {"params": 4_000_000, "macs": 1500, "flops": 300_000}


def test_batch() -> None:
    net = layers("  - flatten\n  - {op: linear, out_features: 7}", batch=5)
    assert net.layers[-1].outputs[0].shape == (5, 7)
    assert output_shape(net) == (7,)


def test_a_layer_knows_where_it_was_written() -> None:
    net = network("""\
input: [3, 8, 8]
blocks: {unit: {layers: [relu]}}
layers:
  - {op: unit, name: a}
  - op: residual
    body:
      - {op: conv, out_channels: 3, kernel_size: 1}
""")
    assert [str(layer.source) for layer in net.layers] == ["net.yaml:2", "net.yaml:7", "net.yaml:5"]
    assert net.layers[1].source == ("net.yaml", 7, 14)


def test_deep_but_not_too_deep() -> None:
    blocks = "".join(f"  b{n}: {{layers: [b{n + 1}]}}\n" for n in range(60))
    deep = "-" * 90 + "3"
    leaf = f'  b60: {{layers: [{{op: conv, out_channels: "({deep})", kernel_size: 1}}]}}\n'
    net = network(f"input: [3, 8]\nblocks:\n{blocks}{leaf}layers: [b0]\n")
    assert output_shape(net) == (3, 8)
