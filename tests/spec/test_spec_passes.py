"""All passes of a repeat, the layer before, a group's own input, and blocks in themselves."""

from __future__ import annotations

import pytest
from spec_support import layer, layers, macs, mistakes, names, network, output_shape, params, reads

from convcost.spec import outputs


def test_all_passes_are_read_in_order() -> None:
    net = layers(
        """
  - name: layer
    repeat: 11
    layers:
      - {op: conv, name: skip, out_channels: 3, kernel_size: 1}
      - relu
  - {op: add, from: layer.*.skip}
"""
    )
    assert reads(net, "add1") == [f"layer.{number}.skip" for number in range(11)]


def test_passes_of_passes_and_rows_of_tables() -> None:
    net = layers("""
  - name: stage
    repeat: 2
    layers:
      - {op: table, name: t, columns: [name], rows: [[a], [b]], layers: [{op: relu, name: r}]}
  - {op: concat, from: [input, stage.*.t.*.r, stage.*]}
""")
    inner = [f"stage.{i}.t.{row}.r" for i in range(2) for row in "ab"]
    assert reads(net, "concat1") == ["input", *inner, "stage.0.t.b.r", "stage.1.t.b.r"]


def test_a_pass_reads_those_before_it() -> None:
    """DenseNet's own sentence: each layer reads all that came before it."""
    net = layers("""
  - name: d
    repeat: 3
    layers:
      - {op: concat, from: [input, d.*.new], when: i > 0}
      - {op: conv, name: new, out_channels: 4, kernel_size: 3, padding: 1}
""")
    assert reads(net, "d.2.concat1") == ["input", "d.0.new", "d.1.new"]
    assert reads(net, "d.0.new") == ["input"]


def test_the_sum_of_one_pass_is_that_pass() -> None:
    net = layers("""
  - {name: a, repeat: 1, layers: [{op: relu, name: skip}, tanh]}
  - {op: add, from: a.*.skip}
""")
    assert names(net) == ["a.0.skip", "a.0.tanh1"]
    assert [*net.outputs] == ["a.0.skip"]


@pytest.mark.parametrize(
    ("from_", "says"),
    [
        ("b.*.skip", "`b` has no passes with such a layer"),
        ("a.*.skop", "`a` has no passes with such a layer"),
        ("a.*.skip.*", "`a` has no passes with such a layer"),
        ("none.*", "no pass is done here, so there is nothing to read"),
    ],
)
def test_passes_that_are_not_there(from_: str, says: str) -> None:
    error = mistakes(f"""
input: [3, 8, 8]
layers:
  - {{op: relu, name: b}}
  - {{op: relu, name: none, repeat: 0}}
  - {{name: a, repeat: 2, layers: [{{op: relu, name: skip}}, tanh]}}
  - {{op: add, from: {from_}}}
""")
    assert says in str(error)


def test_passes_are_read_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "MOST_COLLECTED", 10)
    error = mistakes("""
input: [3, 8, 8]
layers:
  - {name: d, repeat: 9, layers: [{op: add, from: [input, d.*.x], when: i > 0},
                                  {op: relu, name: x}]}
""")
    (problem,) = error.problems
    assert problem.message == "names of all passes have been read 10 times, and no more are"
    assert problem.source is not None
    assert problem.source.line == 4


def test_prev_is_the_layer_before_unless_a_layer_has_the_name() -> None:
    net = layers("""
  - relu
  - {op: add, from: [prev, input]}
  - {op: branches, split: [1, 2], paths: [[], [{op: add, from: [prev, prev]}]]}
  - {op: tanh, name: prev}
  - sigmoid
  - {op: add, name: last, from: [prev, input]}
""")
    assert reads(net, "add1") == ["relu1", "input"]
    assert reads(net, "branches1.path2.add1") == ["branches1.split.1"] * 2
    assert reads(net, "last") == ["prev", "input"]


def test_a_group_has_an_input_of_its_own() -> None:
    """As written first, the last pass read 28 channels; MACs by hand, 12 x 9 x 1,024 for each of
    16 + 28 + 40 + 52 channels."""
    text = """
input: [16, 32, 32]
layers:
  - repeat: 4
    name: d
    layers:
      - {op: conv, name: new, out_channels: 12, kernel_size: 3, padding: 1}
      - {op: concat, from: [%s, new]}
"""
    assert output_shape(network(text % "input")) == (28, 32, 32)
    assert output_shape(network(text % "group.input")) == (64, 32, 32)
    assert macs(text % "group.input") == 12 * 9 * 1_024 * (16 + 28 + 40 + 52)


def test_the_innermost_group_is_meant() -> None:
    net = layers("""
  - relu
  - layers:
      - tanh
      - {op: residual, name: r, body: [sigmoid, {op: add, name: x, from: [prev, group.input]}]}
      - {op: add, name: y, from: [prev, group.input]}
""")
    assert reads(net, "group1.r.body.x") == ["group1.r.body.sigmoid1", "group1.tanh1"]
    assert reads(net, "group1.y") == ["group1.r.add", "relu1"]


def test_there_is_no_group_at_the_top() -> None:
    error = mistakes("input: [3, 8, 8]\nlayers:\n  - {op: relu, from: group.input}\n")
    assert "there is no layer `group.input` here" in str(error)


# Weights of all passes


@pytest.mark.parametrize(
    "entry",
    [
        "{op: conv, repeat: 16, share: true, out_channels: 64, kernel_size: 3, padding: 1}",
        "{name: r, repeat: 16, share: true, layers: [{op: conv, out_channels: 64, kernel_size: 3, "
        "padding: 1}]}",
        "{name: r, repeat: 16, layers: [relu, {op: conv, share: true, out_channels: 64, "
        "kernel_size: 3, padding: 1}]}",
    ],
)
def test_passes_share_the_weights_of_the_first(entry: str) -> None:
    """64 x 64 x 9 + 64 once, and the MACs sixteen times."""
    text = f"input: [64, 41, 41]\nlayers:\n  - {entry}\n"
    assert params(network(text)) == 36_928
    assert macs(text) == 16 * 64 * 64 * 9 * 41 * 41
    assert params(network(text.replace("share: true", "share: false"))) == 16 * 36_928


def test_what_share_true_needs() -> None:
    error = mistakes("""\
input: [3, 8, 8]
layers:
  - {op: conv, share: true, out_channels: 3, kernel_size: 1}
  - {op: conv, name: r, repeat: 16, share: r.0, out_channels: 3, kernel_size: 1}
""")
    assert (
        str(error)
        == """\
net.yaml:3:10: `share: true` is for what is repeated or in a table, and nothing here is
    3 |   - {op: conv, share: true, out_channels: 3, kernel_size: 1}
      |          ^^^^
  `share: NAME` names another layer
net.yaml:4:44: `r` is this layer itself, and cannot be shared with from outside
    4 |   - {op: conv, name: r, repeat: 16, share: r.0, out_channels: 3, kernel_size: 1}
      |                                            ^^^
  `share: true` gives all passes of a repeat the weights of the first"""
    )


def test_rows_share_the_weights_of_the_first() -> None:
    """RetinaNet's subnet on all levels: 4 convs of 256 and one of 9 anchors x 4, counted once."""
    text = """
input: [256, 64, 64]
layers:
  - {op: max_pool, name: P4, kernel_size: 2}
  - {op: max_pool, name: P5, kernel_size: 2}
  - op: table
    name: head
    columns: [name, level]
    rows: [[three, input], [four, P4], [five, P5]]
    layers:
      - name: box
        from: level
        share: true
        layers:
          - {op: conv, repeat: 4, out_channels: 256, kernel_size: 3, padding: 1}
          - {op: conv, name: predict, out_channels: 36, kernel_size: 3, padding: 1}
outputs: [head.*.box]
"""
    weights = 256 * 9 * (4 * 256 + 36)
    assert params(network(text)) == weights + 4 * 256 + 36
    assert macs(text) == weights * (64 * 64 + 32 * 32 + 16 * 16)


def test_rows_in_a_repeat_share_with_the_first_pass() -> None:
    text = """
input: [4, 8, 8]
layers:
  - name: r
    repeat: 3
    layers:
      - op: table
        columns: [k]
        rows: [1, 3]
        layers: [{op: conv, share: true, out_channels: 4, kernel_size: k, padding: same}]
"""
    assert params(network(text)) == 4 * 4 * (1 + 9) + 2 * 4


def test_the_number_of_a_row() -> None:
    """DenseNet's table has a transition before all blocks but the first."""
    net = layers("""
  - op: table
    name: block
    index: b
    columns: [n]
    rows: [2, 1, 1]
    layers:
      - {op: avg_pool, name: down, kernel_size: 2, when: b > 0}
      - {op: conv, repeat: n, out_channels: 2 ** b, kernel_size: 1}
""")
    downs = [name for name in names(net) if name.endswith("down")]
    assert downs == ["block.1.down", "block.2.down"]
    assert output_shape(net)[0] == 4


@pytest.mark.parametrize("counted", ["op: table, columns: [c], rows: [4, 5, 6]", "repeat: 3"])
def test_the_number_of_a_pass_may_be_written_as_i(counted: str) -> None:
    """The way out that is given for `i` in a table is one."""
    net = layers(f"""
  - {{{counted}, name: a, index: i, layers: [{{op: tanh, when: i > 0}}]}}
  - repeat: 2
    index: j
    layers: [{{name: b, repeat: 2, index: i, layers: [{{op: relu, when: i > j}}]}}]
""")
    assert names(net) == ["a.1.tanh1", "a.2.tanh1", "group1.0.b.1.relu1"]


def test_the_number_of_a_row_is_no_column() -> None:
    error = mistakes("""\
input: [3, 8, 8]
layers:
  - {op: table, index: n, columns: [n], rows: [2], layers: [{op: relu, repeat: n}]}
""")
    assert (
        str(error)
        == """\
net.yaml:3:24: a column is named `n`, too
    3 |   - {op: table, index: n, columns: [n], rows: [2], layers: [{op: relu, repeat: n}]}
      |                        ^"""
    )


def test_a_layer_before_can_be_shared_by_all_passes() -> None:
    """A control: it was right before there was `share: true`."""
    text = """
input: [1, 72, 128]
layers:
  - {op: conv, name: a, out_channels: 256, kernel_size: 3, padding: 1, bias: false}
  - {op: conv, name: r0, out_channels: 256, kernel_size: 3, padding: 1, bias: false}
  - {op: conv, name: r, repeat: 15, share: r0, out_channels: 256, kernel_size: 3, padding: 1,
     bias: false}
"""
    assert params(network(text)) == 9 * 256 + 9 * 256 * 256
    assert macs(text) == 72 * 128 * 9 * (256 + 16 * 256 * 256)


# Blocks that call themselves


def test_a_block_may_call_itself_until_a_condition_ends_it() -> None:
    net = network("""
input: [2, 16, 16]
blocks:
  hourglass:
    args: {depth: ~}
    layers:
      - op: residual
        body:
          - {op: max_pool, kernel_size: 2}
          - {op: hourglass, name: inner, when: depth > 1, depth: depth - 1}
          - {op: upsample, scale_factor: 2}
layers: [{op: hourglass, depth: 3}]
""")
    sides = [one.outputs[0].sample_shape[1] for one in net.layers]
    assert sides == [8, 4, 2, 4, 4, 8, 8, 16, 16]
    assert layer(net, "body.inner.body.inner.body.max_pool1").outputs[0].shape == (1, 2, 2, 2)


@pytest.mark.parametrize("calls", ["[relu, a]", "[a, a]", "[{op: a, when: in_channels == 3}]"])
def test_without_end_it_is_refused(calls: str) -> None:
    error = mistakes(f"input: [3, 8, 8]\nblocks:\n  a: {{layers: {calls}}}\nlayers: [a]\n")
    (problem,) = error.problems
    assert problem.message == "block `a` calls itself more than 64 deep: a -> a"
    assert problem.source is not None
    assert problem.source.line == 3
