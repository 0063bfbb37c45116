"""Names of a spec that nothing uses, and the places where findings stand."""

from __future__ import annotations

from lint_support import PLAIN, codes, findings, layers, listed, only

from convcost.errors import Source
from convcost.finding import Level


def test_names_are_read_in_every_place():
    assert (
        codes("""
input: [c, 32, 32]
vars: {c: 8, a: b, b: 8, n: 2, s: true, j: add, e: 8, d: float16, w: 1, spare_1: 1, t: 8, k: 1}
dtype: d
blocks:
  unit:
    args: {out: ~, mid: out * w}
    layers: [{op: conv, out_channels: out, kernel_size: 1, padding: mid - out}, relu]
layers:
  - {op: unit, repeat: n, out: a}
  - {op: residual, skip: s, join: j, body: [{op: unit, out: 8}]}
  - {op: table, columns: [t], rows: [[c]], layers: [{op: unit, out: t}]}
  - {op: branches, split: [k * 4, 4], paths: [[relu], []]}
  - {op: conv, out_channels: 8, kernel_size: 1, when: spare_1 == 2}
  - {op: conv, out_channels: 8, kernel_size: 1}
expect: {params: e * 45}
""")
        == ["CC501"]  # t: the table's column hides it
    )


def test_what_is_unused_is_found_where_it_is_declared():
    found = findings("""
input: [8, 32, 32]
vars:
  used: 8
  unused: 9
blocks:
  outer:
    layers: [{op: inner, n: 8}]
  inner:
    args: {n: ~, spare: 1}
    layers: [{op: conv, out_channels: n, kernel_size: 1}]
layers:
  - {op: conv, out_channels: used, kernel_size: 3}
""")
    assert [(f.code, f.source) for f in found] == [
        ("CC501", Source("net.yaml", 5, 3)),
        ("CC502", Source("net.yaml", 7, 3)),
        ("CC502", Source("net.yaml", 9, 3)),
        ("CC503", Source("net.yaml", 10, 18)),
    ]


def test_a_figure_that_no_longer_holds():
    finding = only(
        layers(listed(PLAIN)) + "\nexpect: {output_shape: [64, 30, 30], params: 36928}\n"
    )
    assert finding.level is Level.ERROR
    assert finding.message == (
        "output_shape is expected to be [64, 30, 30], and the network has [64, 32, 32]"
    )
    assert finding.source == Source("net.yaml", 4, 24)


def test_a_budget_is_not_for_lint():
    assert codes(layers(listed(PLAIN)) + "\nbudget: {params: 1}\n") == []


def test_an_argument_hides_the_var_of_its_name():
    text = """
input: [8, 32, 32]
vars: {n: 8}
blocks: {unit: {args: {n: ~}, layers: [{op: conv, out_channels: n, kernel_size: 1}]}}
layers:
  - {op: unit, n: 8}
"""
    assert codes(text) == ["CC501"]
    assert codes(text.replace("op: unit, n: 8", "op: unit, n: n")) == []


# Places


def test_a_line_that_makes_many_layers_says_it_once():
    finding = only(layers("  - {repeat: 3, layers: [" + PLAIN + ", batch_norm, relu]}"))
    assert finding.code == "CC201"
    assert finding.message.endswith("could learn (and 2 layers more of this line)")
    assert finding.layer == "0"


def test_a_block_of_the_library_is_found_at_its_call():
    call = "{op: depthwise_separable_conv, name: both, out_channels: 60}"
    found = findings(layers(listed(call, "relu", PLAIN)))
    assert [f.code for f in found] == ["CC301", "CC302"]
    assert {f.source for f in found} == {Source("net.yaml", 3, 10)}


def test_findings_come_by_line():
    found = findings(
        "input: [64, 31, 31]\nvars: {unused: 1}\nlayers:\n"
        + listed(PLAIN, "batch_norm", "relu", "{op: max_pool, kernel_size: 2}", PLAIN, "batch_norm")
    )
    assert [f.source.line for f in found if f.source] == [2, 4, 7, 8]
