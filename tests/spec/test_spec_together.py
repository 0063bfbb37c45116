"""All mistakes of a file in one run, one message a mistake, in the file's order."""

from __future__ import annotations

from spec_support import layers, mistakes, network

from convcost.errors import Problem, SpecError

TEN = """\
convcost: 3
input: [3, 32, 32]
vars: {width: 2, half: widht / 2}
blocks:
  unit:
    args: {channels: ~, stride: 1}
    layers:
      - {op: conv, out_channels: channels, kernel_size: 3, groups: 5}
      - {op: batch_norm, colour: 3}
layers:
  - {op: conv, name: stem, out_channels: 8 * half, kernel_sise: 3}
  - {op: relu, from: stm}
  - {op: conv, out_channels: 16, kernel_size: 3, stride: 0}
  - {op: unit, channels: 16, repeat: 16}
  - {op: max_pool, kernel_size: 2 **}
  - {op: unit, from: input}
  - flaten
  - {op: linear, out_features: 10}
expect: {param: 100}
"""

SAID = [
    (1, 11, "this convcost reads version 1 of the language, and here is `3`"),
    (3, 24, "unknown name `widht`"),
    (9, 26, "op `batch_norm` has no field `colour`"),
    (11, 52, "op `conv` has no field `kernel_sise`"),
    (12, 22, "there is no layer `stm` here"),
    (13, 58, "layer 'conv1': stride is 0, which is below 1"),
    (15, 33, "this is not an expression"),
    (16, 10, "block `unit` needs `channels`"),
    (17, 5, "unknown op or block `flaten`"),
    (19, 10, "expect knows no figure `param`"),
]


def placed(error: SpecError) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for problem in error.problems:
        assert problem.source is not None
        found.append((problem.source.line, problem.source.column, problem.message))
    return found


def test_ten_mistakes_are_ten_messages() -> None:
    assert placed(mistakes(TEN)) == SAID


def test_followers_are_read_on() -> None:
    """A mistake in a layer is reported beside the mistake in the layer that it reads."""
    text = """\
input: [3, 8, 8]
layers:
  - {op: conv, out_channels: 0, kernel_size: 3}
  - {op: conv, out_channels: 4, kernel_size: 3, groups: 0}
  - op: residual
    skip: 1
    body:
      - {op: conv, out_channels: 4, kernel_size: [3, true]}
    shortcut:
      - {op: conv, out_channels: in_channels, kernel_size: 1}
  - op: branches
    split: 3 if in_channels > 4 else 2
    paths:
      a: [{op: conv, out_channels: 2.5, kernel_size: 1}]
      b: [{op: max_pool, kernel_size: in_height, stride: -1}]
  - op: table
    columns: [c]
    rows: [[in_channels], [0]]
    layers: [{op: conv, out_channels: c, kernel_size: 1}]
  - {op: conv_bn, out_channels: 0}
  - {op: conv, out_channels: in_channels + 4, kernel_size: nothing, repeat: in_channels}
  - {op: crop, like: nowhere}
  - {op: conv, out_channels: 4, kernel_size: 1, share: nowhere}
  - {op: add, from: [input, nowhere]}
"""
    said = placed(mistakes(text))
    assert [(line, message.rpartition(": ")[2]) for line, _, message in said[:-1]] == [
        (3, "out_channels is 0, which is below 1"),
        (4, "groups is 0, which is below 1"),
        (6, "a yes or no is wanted, and this is 1"),
        (8, "kernel_size is true, and a whole number is wanted"),
        (14, "out_channels is 5/2, and a whole number is wanted"),
        (15, "stride is -1, which is below 1"),
        (19, "out_channels is 0, which is below 1"),
        (21, "unknown name `nothing`"),
        (22, "there is no layer `nowhere` here"),
        (23, "there is no layer `nowhere` here"),
        (24, "there is no layer `nowhere` here"),
    ]
    last = mistakes(text).problems[-1]
    assert last.source is not None
    assert last.source.path == "library/conv_bn.yaml"
    assert last.notes == ("in block `conv_bn`, called at net.yaml:20:10",)


def test_followers_shapes_are_silent() -> None:
    """Whatever depends on the shape of a broken layer says nothing."""
    text = """\
input: [3, 8, 8]
vars: {k: nothing}
layers:
  - {op: conv, name: broken, out_channels: 4, kernel_size: k}
  - {op: conv, out_channels: in_channels // 0.5, kernel_size: in_height, groups: 7}
  - {op: crop, from: input, like: broken}
  - {op: add, from: [input, broken]}
  - {op: conv, when: in_channels == 4, out_channels: 1, kernel_size: 0}
  - {op: relu, repeat: in_channels}
  - {op: residual, skip: in_channels == 4, join: add if in_channels == 3 else 7, body: [relu]}
  - {op: branches, split: [in_channels, 1], paths: [[relu], [relu]]}
  - {op: squeeze_excite, ratio: in_channels}
  - {op: linear, out_features: 10, share: broken}
  - {op: conv, from: input, when: k > 2, out_channels: 8, kernel_size: 1}
  - {op: conv, out_channels: 8, kernel_size: 9, groups: 8}
  - {op: relu, from: input, repeat: k}
  - {op: conv, out_channels: 8, kernel_size: 9, groups: 8}
outputs: [broken]
expect: {params: k}
"""
    assert placed(mistakes(text)) == [(2, 11, "unknown name `nothing`")]


def test_a_file_with_endless_mistakes() -> None:
    text = "input: [3, 8, 8]\nlayers:\n" + "  - rellu\n" * 5000
    problems = mistakes(text).problems
    assert len(problems) == 101
    assert str(problems[-1]) == "net.yaml: there are more mistakes: reading ended here"


def test_mistakes_before_an_end_are_kept() -> None:
    """A mistake that stops the reading is reported beside those before it."""
    text = "input: !shape [3, 8, 8]\nlayers: [relu\nname: x\n"
    assert [message for _, _, message in placed(mistakes(text))] == [
        "the tag `!shape` is not part of specs",
        "the bracket is not closed",
    ]


def test_a_block_is_read_once_however_often_it_is_called() -> None:
    text = """\
input: [3, 8, 8]
blocks:
  unit: {args: {k: 3}, layers: [{op: conv, out_channels: 4, kernel_size: k, stride: nothing}]}
layers:
  - {op: unit, k: 1}
  - {op: unit, k: 0}
  - {op: unit, k: 0}
"""
    said = mistakes(text).problems
    assert [problem.message for problem in said] == [
        "layer 'unit2.conv1': kernel_size is 0, which is below 1",
        "unknown name `nothing`",
    ]
    assert said[0].notes == ("in block `unit`, called at net.yaml:6:10",)
    assert said[1].notes == ("in block `unit`, called at net.yaml:5:10",)


def test_a_misspelt_section_is_read_on() -> None:
    text = "input: [3, 8, 8]\nblocs: {unit: {layer: [rellu]}}\nlayres: [unit, {op: unit, c: 3}]\n"
    assert [message for _, _, message in placed(mistakes(text))] == [
        "a spec has no key `blocs`",
        "block `unit` has no key `layer`",
        "unknown op or block `rellu`",
        "a spec has no key `layres`",
        "block `unit` has no argument `c`",
    ]


def test_a_problem_without_a_place_or_a_line() -> None:
    assert str(Problem("it is wrong")) == "it is wrong"
    assert str(Problem("it is wrong", notes=("mend it",))) == "it is wrong\n  mend it"
    error = SpecError([Problem("one"), Problem("two")])
    assert str(error) == "one\ntwo"
    assert error.exit_code == 2


def test_good_specs_have_no_problems() -> None:
    network("input: [3]\nlayers: [{op: linear, out_features: 2}]")
    layers("  - relu")
