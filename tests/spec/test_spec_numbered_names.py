"""Names with numbers that are worked out, rows by their own names, ticks and dashes in cells."""

from __future__ import annotations

import pytest
from spec_support import layers, macs, mistakes, names, network, output_shape, params, reads

DOWN = """
  - name: down
    repeat: 3
    layers:
      - {op: conv, name: skip, out_channels: 4 + i, kernel_size: 3, padding: 1}
      - {op: max_pool, kernel_size: 2}
"""


def test_skips_by_level() -> None:
    net = layers(
        DOWN
        + """
  - name: up
    repeat: 3
    layers:
      - {op: upsample, name: u, scale_factor: 2}
      - {op: concat, from: ["down[2 - i].skip", u]}
"""
    )
    sides = [reads(net, f"up.{number}.concat1")[0] for number in range(3)]
    assert sides == ["down.2.skip", "down.1.skip", "down.0.skip"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("down[1].skip", "down.1.skip"),
        ("down[-1].skip", "down.2.skip"),
        ("down[-3].skip", "down.0.skip"),
        ("down[len(order) - 1].skip", "down.1.skip"),
        ("down[order[1]].skip", "down.0.skip"),
        ("down[ 2 ].skip", "down.2.skip"),
        (".down[0].skip", "down.0.skip"),
        ("down[0]", "down.0.max_pool1"),
        ("parts[1]", "parts.1"),
        ("parts[-1]", "parts.1"),
        ("rows[1].b", "rows.Y.b"),
        ("rows[-1]", "rows.Y.b"),
    ],
)
@pytest.mark.parametrize("quoted", [True, False])
def test_a_number_in_brackets_is_that_of_a_pass_a_row_or_an_output(
    name: str, read: str, quoted: bool
) -> None:
    last = (
        f"  - {{op: relu, name: last, from: {name!r}}}"
        if quoted
        else (f"  - op: relu\n    name: last\n    from: {name}")
    )
    net = network(
        f"""
input: [4, 32, 32]
vars: {{order: [2, 0]}}
layers:{DOWN}
  - {{op: table, name: rows, columns: [name], rows: [[X], [Y]], layers: [{{op: relu, name: b}}]}}
  - {{op: split, name: parts, parts: 2}}
{last}
"""
    )
    assert reads(net, "last") == [read]


def test_numbers_in_share_like_and_outputs() -> None:
    net = layers(
        DOWN
        + """
  - {op: conv, name: again, from: input, share: "down[0].skip", out_channels: 4, kernel_size: 3}
  - {op: upsample, name: up, like: "down[1].skip"}
""".replace("kernel_size: 3}", "kernel_size: 3, padding: 1}")
        + "outputs: [up, 'down[-1].skip']\n"
    )
    assert params(net) == params(layers(DOWN))
    assert [*net.outputs] == ["up", "down.2.skip"]


def test_a_list_goes_before_a_layer_of_its_name() -> None:
    net = network("""
input: [4, 8, 8]
vars: {pair: [a, b]}
layers:
  - {op: split, name: pair, parts: 2}
  - {op: relu, name: a, from: input}
  - {op: tanh, name: b}
  - {op: sigmoid, name: last, from: "pair[0]"}
""")
    assert reads(net, "last") == ["a"]


@pytest.mark.parametrize("outer", ["rows[i]", "rows.*"])
def test_numbers_beside_all_passes(outer: str) -> None:
    net = layers(f"""
  - name: rows
    repeat: 2
    layers:
      - {{name: cells, repeat: 3, layers: [{{op: relu, name: x}}]}}
  - name: ends
    repeat: 2
    layers:
      - {{op: add, from: "{outer}.cells.*.x"}}
""")
    count = 3 if outer == "rows[i]" else 6
    assert len(reads(net, "ends.1.add1")) == count


PYRAMID = """
  - op: table
    columns: [name, channels]
    rows: [[C2, 4], [C3, 8], [C4, 16]]
    layers:
      - {op: conv, name: c, out_channels: channels, kernel_size: 3, stride: 2, padding: 1}
      - relu
"""


def test_rows_of_a_table_without_a_name_are_known_in_its_list() -> None:
    net = layers(
        PYRAMID
        + """
  - {op: relu, name: whole, from: C3}
  - {op: relu, name: inner, from: C3.c}
  - {op: residual, body: [{op: relu, name: deep, from: C4}, {op: conv, out_channels: 4,
      kernel_size: 1, from: C2}], skip: false}
"""
    )
    assert reads(net, "whole") == ["table1.C3.relu1"]
    assert reads(net, "inner") == ["table1.C3.c"]
    assert reads(net, "residual1.body.deep") == ["table1.C4.relu1"]


def test_all_passes_in_a_row() -> None:
    net = layers("""
  - op: table
    columns: [name]
    rows: [[C2], [C3]]
    layers: [{name: unit, repeat: 2, layers: [{op: relu, name: x}, tanh]}]
  - {op: add, from: C2.unit.*.x}
""")
    assert reads(net, "add1") == ["table1.C2.unit.0.x", "table1.C2.unit.1.x"]


def test_a_layer_goes_before_a_row_of_its_name() -> None:
    net = layers(PYRAMID + "  - {op: tanh, name: C3}\n  - {op: relu, name: last, from: C3}\n")
    assert reads(net, "last") == ["C3"]


def test_rows_of_a_table_with_a_name_are_reached_by_it() -> None:
    text = PYRAMID.replace("    columns", "    name: body\n    columns")
    assert "`body.C3`" in str(
        mistakes(f"input: [3, 8, 8]\nlayers:\n{text}  - {{op: relu, from: C3}}\n")
    )
    net = layers(text + "  - {op: relu, name: last, from: body.C3}\n")
    assert reads(net, "last") == ["body.C3.relu1"]


@pytest.mark.parametrize("yes", ["✓", "✔", "yes"])
@pytest.mark.parametrize("no", ["-", "–", "—", "✗", "✘", "no"])
def test_ticks_and_dashes_in_cells(yes: str, no: str) -> None:
    net = layers(f"""
  - op: table
    columns: [type, out, SE]
    rows:
      - [conv, 8, {yes}]
      - [pool, {no}, {no}]
    layers:
      - {{op: conv, out_channels: out, kernel_size: 1, when: type == conv}}
      - {{op: max_pool, kernel_size: 2, when: type == pool}}
      - {{op: sigmoid, when: SE}}
""")
    assert names(net) == ["0.conv1", "0.sigmoid1", "1.max_pool1"]


def test_a_dash_is_no_number() -> None:
    error = mistakes("""
input: [3, 8, 8]
layers:
  - op: table
    columns: [out]
    rows: ["-", 4]
    layers: [{op: conv, out_channels: out, kernel_size: 1}]
""")
    assert "out_channels is no" in str(error) or "out_channels is false" in str(error)


def test_cells_of_one_column_need_no_brackets() -> None:
    text = """
input: [3, 8, 8]
layers:
  - op: table
    columns: [out]
    rows: [8, [16], 32]
    layers: [{op: conv, out_channels: out, kernel_size: 1}]
"""
    assert output_shape(network(text)) == (32, 8, 8)
    assert macs(text) == 64 * (3 * 8 + 8 * 16 + 16 * 32)
