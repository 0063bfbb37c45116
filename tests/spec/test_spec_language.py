"""Names, references and values do what the reference says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spec_support import SPECS, layers, names, network, output_shape, params, reads

import convcost
from convcost.spec import load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_are_read(path: Path) -> None:
    net = load(str(path))
    macs = sum(layer.op.macs(*layer.input_shapes) for layer in net.layers)
    assert net.expect.items() >= {"params": params(net), "macs": macs}.items()
    assert convcost.analyze(net).unmet == ()


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
    assert list(net.outputs) == ["tanh"]


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
        "joined": "joined.relu",
        "b": "b",
        "joined.add1": "joined.add",
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
    limits = {limit.metric: limit.amount for limit in net.budget}
    assert limits == {"params": 4_000_000, "macs": 1500, "flops": 300_000}


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


@pytest.mark.usefixtures("parser")
def test_a_tab_after_a_key() -> None:
    net = network("input:\t[3, 8, 8]\nlayers: [relu]\n")
    assert output_shape(net) == (3, 8, 8)
