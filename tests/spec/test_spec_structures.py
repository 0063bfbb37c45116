"""Structures, blocks and shared weights do what the reference says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec_support import layer, layers, mistakes, names, network, output_shape, params, reads

from convcost.spec import read_blocks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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


def test_a_library_block_can_be_copied() -> None:
    own = (read_blocks.FOLDER / "squeeze_excite.yaml").read_text("utf-8").replace("\n", "\n    ")
    text = f"input: [32, 8, 8]\nblocks:\n  mine:\n    {own}\nlayers: [mine, squeeze_excite]\n"
    net = network(text)
    half = len(net.layers) // 2
    assert [layer.op for layer in net.layers[:half]] == [layer.op for layer in net.layers[half:]]


def test_a_library_block_sees_no_vars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_blocks, "FOLDER", tmp_path)
    (tmp_path / "unit.yaml").write_text("layers: [{op: relu, when: secret}]")
    error = mistakes("input: [3, 8, 8]\nvars: {secret: true}\nlayers: [unit]\n")
    assert [problem.message for problem in error.problems] == ["unknown name `secret`"]


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
