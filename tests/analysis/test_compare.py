"""Designs beside each other: which layers stand for which, depth, totals."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcost
from convcost.analysis.analyze.depth import depth
from convcost.analysis.analyze.group import grouped, op_of, stage_of
from convcost.analysis.compare import subsequence
from convcost.analysis.compare.comparison import Comparison, Mark, Row, compare
from convcost.metrics import COUNTS, PEAK

if TYPE_CHECKING:
    from convcost.analysis.analyze.layer_cost import LayerCost

ROOT = Path(__file__).parent.parent.parent
WORDS = st.lists(st.sampled_from("abcd"), max_size=12)


@cache
def spec(name: str, **settings: str) -> convcost.Analysis:
    return convcost.analyze(convcost.load(str(ROOT / name), settings=settings))


def layers(*lines: str, input_: str = "[3, 16, 16]") -> convcost.Analysis:
    text = "\n".join([f"input: {input_}", "layers:", *(f"  - {line}" for line in lines)])
    return convcost.analyze(convcost.load("net.yaml", read=lambda _: text.encode()))


def pairs(comparison: Comparison) -> list[tuple[str, str | None, str | None]]:
    """Mark and names of each row."""
    names = [[item and item.name for item in row.items] for row in comparison.rows]
    marks = ("".join(row.marks) for row in comparison.rows)
    return [(mark, before, after) for mark, (before, after) in zip(marks, names, strict=True)]


def longest(a: list[str], b: list[str]) -> int:
    """The length of the longest common subsequence, by the textbook's table."""
    rows = [[0] * (len(b) + 1)]
    for x in a:
        above, row = rows[-1], [0]
        for j, y in enumerate(b):
            row.append(above[j] + 1 if x == y else max(above[j + 1], row[j]))
        rows.append(row)
    return rows[-1][-1]


@given(a=WORDS, b=WORDS)
def test_the_common_subsequence_is_one_and_is_the_longest(a: list[str], b: list[str]):
    found = subsequence.common(a, b)
    assert all(a[i] == b[j] for i, j in found)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(found))
    assert len(found) == longest(a, b)


def test_of_several_common_subsequences_the_last_one_is_taken():
    assert subsequence.common("xx", "x") == [(1, 0)]
    assert subsequence.common("x", "xx") == [(0, 1)]


def test_very_long_sequences_are_compared_in_pieces(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subsequence, "LONGEST", 3)
    assert subsequence.common("abcdefgh", "abxdefg") == [
        (0, 0),
        (1, 1),
        (3, 3),
        (4, 4),
        (5, 5),
        (6, 6),
    ]


def test_layers_stand_for_each_other_by_name():
    conv = "{op: conv, name: %s, out_channels: %d, kernel_size: 3, padding: 1}"
    found = compare(
        layers(conv % ("a", 8), conv % ("b", 8), conv % ("c", 8)),
        layers(conv % ("a", 8), conv % ("b", 4), conv % ("c", 8)),
    )
    assert pairs(found) == [("=", "a", "a"), ("~", "b", "b"), ("~", "c", "c")]
    assert list(found.rows[1].changes[0]) == ["out_channels", "output_shapes"]
    assert found.rows[1].changes[0]["out_channels"] == (8, 4)
    assert list(found.rows[2].changes[0]) == ["input_shapes"]


def test_a_layer_put_in_front_renames_those_behind_it_and_no_more():
    conv = "{op: conv, out_channels: %d, kernel_size: 3, padding: 1}"
    found = compare(
        layers(conv % 3, "relu", conv % 16, "relu", conv % 32),
        layers(conv % 3, "relu", conv % 3, "relu", conv % 16, "relu", conv % 32),
    )
    assert [mark for mark, *_ in pairs(found)].count("=") == 5
    assert [row for row in pairs(found) if row[0] != "="] == [
        ("+", None, "conv1"),
        ("+", None, "relu1"),
    ]


def test_layers_under_other_names_are_found_by_op_and_shape_between_those_of_one_name():
    conv = "{op: conv, name: %s, out_channels: 8, kernel_size: %d, padding: same}"
    a, b, bend = conv % ("a", 1), conv % ("b", 1), "{op: relu, name: bend}"
    found = compare(layers(a, conv % ("old", 1), b), layers(a, conv % ("new", 3), b))
    assert pairs(found) == [("=", "a", "a"), ("~", "old", "new"), ("=", "b", "b")]
    moved = compare(layers(a, conv % ("old", 1), bend, b), layers(a, bend, conv % ("new", 3), b))
    assert pairs(moved) == [
        ("=", "a", "a"),
        ("-", "old", None),
        ("=", "bend", "bend"),
        ("+", None, "new"),
        ("=", "b", "b"),
    ]


def test_a_layer_that_reads_another_one_is_changed():
    lines = [
        "{op: conv, name: a, out_channels: 8, kernel_size: 1}",
        "{op: conv, name: b, out_channels: 8, kernel_size: 1}",
    ]
    found = compare(
        layers(*lines, "{op: relu, name: last, from: a}"),
        layers(*lines, "{op: relu, name: last, from: b}"),
    )
    assert pairs(found) == [("=", "a", "a"), ("=", "b", "b"), ("~", "last", "last")]
    assert found.rows[2].changes == ({"inputs": (("a",), ("b",))},)


def test_a_layer_put_in_between_is_all_that_changes():
    a = "{op: conv, name: a, out_channels: 8, kernel_size: 1}"
    last = "{op: dropout, name: last}"
    found = compare(layers(a, last), layers(a, "{op: relu, name: new}", last))
    assert pairs(found) == [("=", "a", "a"), ("+", None, "new"), ("=", "last", "last")]
    back = compare(layers(a, "{op: relu, name: new}", last), layers(a, last))
    assert pairs(back) == [("=", "a", "a"), ("-", "new", None), ("=", "last", "last")]


def test_weights_that_are_shared_no_more_are_a_change():
    conv = "{op: conv, name: %s, out_channels: 3, kernel_size: 1%s}"
    found = compare(
        layers(conv % ("a", ""), conv % ("b", ", share: a")),
        layers(conv % ("a", ""), conv % ("b", "")),
    )
    (changes,) = found.rows[1].changes
    assert changes == {"params": (0, 12), "weight_bytes": (0, 48)}


def test_mobilenet_of_standard_convolutions_is_aligned_block_by_block():
    found = compare(
        spec("specs/mobilenet_v1.yaml"), spec("specs/mobilenet_v1.yaml", separable="false")
    )
    marks: dict[str, set[str]] = {}
    for mark, before, after in pairs(found):
        if after and "standard" in after:
            assert before == after.replace("standard", "pointwise")
        name = (before or after or "").split(".")
        part = next((word for word in name if word in ("depthwise", "pointwise")), name[0])
        marks.setdefault(f"{part} {name[-1]}", set()).add(mark)
    assert marks["depthwise depthwise"] == marks["depthwise norm"] == {"-"}
    assert marks["pointwise pointwise"] == {"~"}
    assert marks["pointwise norm"] == marks["classifier classifier"] == {"="}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("specs/resnet18.yaml", "specs/resnet50.yaml"),
        ("specs/resnet50.yaml", "specs/se_resnet50.yaml"),
        ("specs/resnet18.yaml", "tests/data/onnx/resnet18__ts17.onnx"),
        ("specs/unet_original.yaml", "tests/data/onnx/unet__ts17.onnx"),
        ("specs/dcn_v1_tiny.yaml", "specs/dcn_v2_tiny.yaml"),
        ("specs/googlenet.yaml", "specs/m5.yaml"),
    ],
)
def test_every_layer_has_one_place_and_differences_add_up(first: str, second: str):
    a, b = spec(first), spec(second)
    found = compare(a, b)
    before, after = ([row.items[i] for row in found.rows if row.items[i]] for i in (0, 1))
    assert before == list(a.layers)
    assert sorted(x.name for x in after if x) == sorted(x.name for x in b.layers)
    for metric in COUNTS:
        assert found.totals[metric] == (a.totals[metric], b.totals[metric])
        if metric != PEAK:
            for rows in (found.rows, found.groups(op_of), found.groups(stage_of)):
                difference = sum(row.difference(1, metric) for row in rows)
                assert difference == b.totals[metric] - a.totals[metric]


@pytest.mark.parametrize("name", ["specs/densenet121.yaml", "tests/data/onnx/mha__ts17.onnx"])
def test_a_design_beside_itself_is_the_same(name: str):
    found = compare(spec(name), spec(name))
    assert all(row.same and row.changes == ({},) for row in found.rows)
    assert all(row.same for row in found.groups(stage_of))


def test_what_only_others_have_shares_a_row_and_stands_before_what_follows_it():
    a = "{op: conv, name: a, out_channels: 8, kernel_size: 1}"
    new, last = "{op: relu, name: new}", "{op: dropout, name: last}"
    found = compare(layers(a, last), layers(a, new, last), layers(a, new))
    names = [[item and item.name for item in row.items] for row in found.rows]
    assert names == [["a", "a", "a"], [None, "new", "new"], ["last", "last", None]]
    assert [row.marks for row in found.rows] == [
        (Mark.SAME, Mark.SAME),
        (Mark.ADDED, Mark.ADDED),
        (Mark.SAME, Mark.REMOVED),
    ]
    found = compare(layers(a), layers(a, last), layers(a, new))
    assert [row.marks for row in found.rows[1:]] == [
        (Mark.ADDED, Mark.ABSENT),
        (Mark.ABSENT, Mark.ADDED),
    ]


def test_costs_of_what_is_not_there_are_nothing():
    found = compare(layers("{op: linear, name: x, out_features: 2}", "relu"), layers("relu"))
    row: Row[LayerCost] = found.rows[0]
    assert (row.cost(0, "params"), row.cost(1, "params")) == (34, 0)
    assert (row.difference(1, "params"), row.names) == (-34, ["x"])


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        # Counts that the papers' names and texts give: "22 layers deep when counting only layers
        # with parameters" (GoogLeNet), "28 layers" with depthwise and pointwise as two (MobileNet,
        # section 3), "23 convolutional layers" (U-Net), "eight layers with weights" (AlexNet).
        ("alexnet", 8),
        ("vgg16", 16),
        ("googlenet", 22),
        ("resnet18", 18),
        ("resnet50", 50),
        ("densenet121", 121),
        ("mobilenet_v1", 28),
        ("unet_original", 23),
    ],
)
def test_depth_is_what_papers_count(name: str, layers: int):
    assert depth(spec(f"specs/{name}.yaml")) == layers


def test_depth_counts_weights_that_are_stored_apart():
    names = ("ts17", "qdq", "dynamic_convinteger", "qoperator", "ts9_noinit_bn")
    assert {depth(spec(f"tests/data/onnx/smallcnn__{name}.onnx")) for name in names} == {6}


def test_depth_counts_no_products_of_two_maps():
    found = layers(
        "{op: matmul, from: [input, input]}", "{op: linear, out_features: 4}", input_="[2, 4, 4]"
    )
    assert depth(found) == 1


def test_depth_counts_weights_that_are_layers():
    found = layers(
        "{op: parameter, name: w, shape: [2, 4, 4]}",
        "{op: exp, name: made}",
        "{op: matmul, from: [input, made]}",
        input_="[2, 4, 4]",
    )
    assert depth(found) == 1


def test_groups_have_the_sums_of_their_layers():
    network = spec("specs/mobilenet_v1.yaml")
    conv, *_ = grouped(network.layers, op_of)
    assert (conv.name, conv.layers, conv.counts["macs"]) == ("conv", 27, 568_740_352 - 1_024_000)
    stages = grouped(network.layers, stage_of)
    assert [stage.name for stage in stages] == [
        "stem",
        *(f"stage.{i}" for i in range(5)),
        *("global_avg_pool", "flatten", "classifier"),
    ]
    assert max(stage.counts[PEAK] for stage in stages) == network.totals[PEAK]
    assert sum(stage.layers for stage in stages) == len(network.layers)


def test_layers_know_the_line_of_the_spec_itself():
    text = """
input: [3, 8, 8]
blocks:
  pair:
    args: {}
    layers:
      - {op: conv_bn, name: own, out_channels: 4}
layers:
  - pair
  - {op: conv_bn_relu, name: library, out_channels: 4}
  - {op: relu, name: plain}
"""
    network = convcost.load("net.yaml", read=lambda _: text.encode())
    origins = {layer.name: str(layer.origin) for layer in network.layers}
    assert origins == {
        "own": "net.yaml:7",
        "own.norm": "net.yaml:7",
        "library": "net.yaml:10",
        "library.norm": "net.yaml:10",
        "library.act": "net.yaml:10",
        "plain": "net.yaml:11",
    }
    assert str(network.layers[0].source) == "library/conv_bn.yaml:15"
