"""Words and lists as values, and names of layers as words."""

from __future__ import annotations

import pickle

import pytest
from spec_support import macs, mistakes, names, network, output_shape, params, reads

# Lists and words


def test_lists_are_vars_and_their_values_have_numbers() -> None:
    net = network("""
input: [3, 224, 224]
vars: {widths: [64, 128, 256], depths: [1, 1, 2]}
layers:
  - name: stage
    repeat: len(widths)
    index: s
    layers:
      - {op: conv, repeat: "depths[s]", out_channels: "widths[s]", kernel_size: 3, padding: 1}
  - {op: conv, out_channels: "widths[-3] + 1", kernel_size: 1}
""")
    channels = [layer.outputs[0].sample_shape[0] for layer in net.layers]
    assert channels == [64, 128, 256, 256, 65]


@pytest.mark.parametrize(("block", "taps"), [("conv_bn", 3), ("depthwise_separable_conv", 9)])
def test_blocks_of_the_library_keep_the_size_for_a_kernel_with_a_size_for_each_axis(
    block: str, taps: int
) -> None:
    """The pairs of long kernels that SqueezeNext is made of, and deeper ones."""
    net = network(f"""
input: [4, 9, 13]
layers:
  - {{op: {block}, out_channels: 6, kernel_size: [1, {taps}]}}
  - {{op: {block}, out_channels: 6, kernel_size: [{taps}, 1]}}
""")
    assert output_shape(net) == (6, 9, 13)


def test_the_inner_number_hides_the_outer_one_unless_one_has_a_name() -> None:
    """A case as a designer wrote it: the inner ``i`` is meant by ``i``."""
    text = """
input: [8, 8, 8]
layers:
  - name: stage
    repeat: 3
    layers:
      - {op: conv, repeat: 2, %s out_channels: 8 * 2 ** i, kernel_size: 1}
"""
    inner = [one.outputs[0].sample_shape[0] for one in network(text % "").layers]
    assert inner == [8, 16, 8, 16, 8, 16]
    outer = [one.outputs[0].sample_shape[0] for one in network(text % "index: j,").layers]
    assert outer == [8, 8, 16, 16, 32, 32]


def test_a_column_of_words_chooses_layers() -> None:
    """MACs by hand: 30 x 30 x 8 x 27, and 28 x 28 x 16 x 72."""
    text = """
input: [3, 32, 32]
layers:
  - op: table
    columns: [c, nl]
    rows: [[8, RE], [16, HS]]
    layers:
      - {op: conv, out_channels: c, kernel_size: 3}
      - {op: relu, when: nl == RE}
      - {op: hard_swish, when: nl == HS}
"""
    assert names(network(text)) == ["0.conv1", "0.relu1", "1.conv1", "1.hard_swish1"]
    assert macs(text) == 194_400 + 903_168


def test_words_travel_through_vars_and_arguments() -> None:
    text = """
input: [3, 8, 8]
vars: {act: relu}
blocks:
  unit:
    args: {act: gelu}
    layers:
      - {op: relu, when: act == relu}
      - {op: gelu, when: act == gelu}
      - {op: tanh, when: act == none_of_these}
layers:
  - {op: unit, act: act}
  - unit
  - {op: unit, act: neither}
"""
    assert names(network(text)) == ["unit1.relu1", "unit2.gelu1"]
    assert names(network(text, settings={"act": "gelu"})) == ["unit1.gelu1", "unit2.gelu1"]


def test_a_word_that_no_value_is_cannot_be_compared() -> None:
    error = mistakes("""
input: [3, 8, 8]
vars: {act: relu}
layers:
  - {op: relu, when: act == relo}
""")
    assert "unknown name `relo`" in str(error)


def test_a_word_where_a_number_is_wanted_is_reported_where_it_is_written() -> None:
    error = mistakes("""\
input: [3, 8, 8]
vars: {width: 8}
layers:
  - op: table
    columns: [c]
    rows: [[widht], [8]]
    layers: [{op: conv, out_channels: c, kernel_size: 1}]
""")
    assert (
        str(error)
        == """\
net.yaml:6:13: unknown name `widht`
    6 |     rows: [[widht], [8]]
      |             ^^^^^
  a name with a similar name exists: `width`"""
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("widths[2]", "there is no value 2 in a list of 2 values"),
        ("widths[0.5]", "a whole number is wanted, and this is 1/2"),
        ("widths[0][0]", "a list is wanted, and this is 8"),
        ("len(8)", "a list is wanted, and this is 8"),
        ("widths[0:1]", "a part of a list is not part of expressions"),
    ],
)
def test_parts_of_lists_that_are_not_there(value: str, says: str) -> None:
    error = mistakes(f"""
input: [3, 8, 8]
vars: {{widths: [8, 16]}}
layers:
  - {{op: conv, out_channels: "{value}", kernel_size: 1}}
""")
    assert says in str(error)


def test_a_network_with_words_can_be_pickled() -> None:
    net = network("""
input: [3, 8, 8]
blocks:
  up: {args: {mode: linear, to: ~}, layers: [{op: upsample, mode: mode, like: to}]}
layers:
  - {op: max_pool, name: small, kernel_size: 2}
  - {op: up, to: input}
""")
    assert output_shape(pickle.loads(pickle.dumps(net))) == (3, 8, 8)


# Names of layers as values

HEADS = """
inputs: {p3: [16, 8, 8], p4: [16, 4, 4], p5: [16, 2, 2]}
blocks:
  tower:
    args: {out: ~}
    layers:
      - {repeat: 2, layers: [{op: conv, out_channels: 16, kernel_size: 3, padding: 1}, relu]}
      - {op: conv, out_channels: out, kernel_size: 3, padding: 1}
layers:
  - {op: tower, name: cls3, from: p3, out: 9}
"""


@pytest.mark.parametrize(
    "rest",
    [
        """
  - op: table
    columns: [name, level]
    rows: [[h4, p4], [h5, p5]]
    layers: [{op: tower, name: cls, from: level, share: cls3, out: 9}]
""",
        """
  - op: table
    columns: [level, twin]
    rows: [[p4, cls3], [p5, 0.cls]]
    layers: [{op: tower, name: cls, from: level, share: twin, out: 9}]
""".replace("0.cls", "cls3"),
        """
  - name: heads
    repeat: 2
    layers: [{op: tower, name: cls, from: "levels[i]", share: cls3, out: 9}]
vars: {levels: [p4, p5]}
""",
        """
  - {op: head, level: p4, of: cls3}
  - {op: head, level: p5, of: cls3}
""",
    ],
)
def test_layers_are_named_by_columns_lists_and_arguments(rest: str) -> None:
    """One head over three levels: 2 x (16 x 16 x 9 + 16) + 16 x 9 x 9 + 9 weights; the MACs are
    84 positions of 2 x 2,304 + 1,296."""
    head = """blocks:
  head:
    args: {level: ~, of: ~}
    layers: [{op: tower, from: level, share: of, out: 9}]
"""
    text = HEADS.replace("blocks:\n", head) + rest
    assert params(network(text)) == 4_640 + 1_305
    assert macs(text) == (64 + 16 + 4) * (2 * 2_304 + 1_296)


def test_names_of_layers_are_seen_from_where_they_are_written() -> None:
    """A layer of the block that has the name is not meant."""
    net = network("""
input: [3, 8, 8]
blocks:
  joined:
    args: {other: ~}
    layers:
      - {op: tanh, name: stem}
      - {op: add, name: sum, from: [stem, other]}
  outer: {args: {far: ~}, layers: [{op: relu, name: stem}, {op: joined, other: far}]}
layers:
  - {op: conv, name: stem, out_channels: 3, kernel_size: 1}
  - {op: outer, name: o, far: stem}
  - {op: joined, name: p, other: o.stem}
""")
    assert reads(net, "o.joined1.sum") == ["o.joined1.stem", "stem"]
    assert reads(net, "p.sum") == ["p.stem", "o.stem"]


def test_a_word_that_names_no_layer() -> None:
    error = mistakes("""\
input: [3, 8, 8]
layers:
  - op: table
    columns: [level]
    rows: [[p4]]
    layers: [{op: relu, from: level}]
""")
    assert (
        str(error)
        == """\
net.yaml:6:31: `level` is p4 here, and there is no such layer
    6 |     layers: [{op: relu, from: level}]
      |                               ^^^^^"""
    )


def test_words_of_rows_that_need_the_name_of_their_table() -> None:
    error = mistakes("""\
input: [8, 8, 8]
layers:
  - op: table
    name: X
    columns: [name, below]
    rows: [[x1, input], [x2, x1]]
    layers: [{op: relu, from: below}]
""")
    assert (
        str(error)
        == """\
net.yaml:7:31: `below` is x1 here, and there is no such layer
    7 |     layers: [{op: relu, from: below}]
      |                               ^^^^^
  that name is given in another list: `X.x1`"""
    )
