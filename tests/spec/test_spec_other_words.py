"""Words of PyTorch, Keras and ONNX are translated, from tables that cover every op."""

from __future__ import annotations

import csv

import pytest
from spec_support import mistakes

from convcost.ops import OPS, op_class
from convcost.ops.fields import declared
from convcost.spec.other_words import FOLDER, Row, field_meant, op_meant, rows
from convcost.spec.read_blocks import FOLDER as LIBRARY
from convcost.spec.read_structures import STRUCTURES

BLOCKS = [path.stem for path in LIBRARY.glob("*.yaml")]
KNOWN = (*OPS, *STRUCTURES, *BLOCKS)
FIELDS = {field for op in OPS for field in declared(op_class(op))} | {"from", "padding_mode"}


def test_every_op_that_others_have_has_its_row() -> None:
    written = {op for op in OPS if not op_class(op).unwritten}
    lacking = written - {row.ours for row in rows("ops")}
    assert not lacking, f"convcost/spec/words/ops.csv has no row for {sorted(lacking)}"
    assert {row.ours for row in rows("ops")} <= set(KNOWN)
    assert {row.ours for row in rows("fields")} <= FIELDS


@pytest.mark.parametrize("table", ["ops", "fields", "nearest"])
def test_rows_are_whole_and_ops_are_named_once(table: str) -> None:
    head, *lines = csv.reader((FOLDER / f"{table}.csv").read_text("utf-8").splitlines())
    assert {len(line) for line in lines} == {len(head)}
    assert len({line[0] for line in lines}) == len(lines)
    if table == "nearest":
        assert {line[1] for line in lines} <= set(KNOWN)


@pytest.mark.parametrize("row", rows("ops"), ids=lambda row: row.ours)
def test_each_word_of_others_finds_the_op(row: Row) -> None:
    """A word that is one of ours as well is taken for that."""
    for words in row.theirs.values():
        for word in words:
            assert op_meant(word, KNOWN) == row.ours or op_meant(word, OPS) == word


@pytest.mark.parametrize("row", rows("fields"), ids=lambda row: row.ours)
def test_each_word_of_others_finds_the_field(row: Row) -> None:
    for words in row.theirs.values():
        for word in words:
            assert field_meant(word, [row.ours]) == row.ours


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            "{op: Conv2d, out_channels: 8, kernel_size: 3}",
            "here it is `conv` (`Conv2d` in PyTorch, `Conv2D` in Keras, `Conv` in ONNX)",
        ),
        (
            "GlobalAveragePooling2D",
            "here it is `global_avg_pool` (`GlobalAveragePooling2D` in Keras, "
            "`GlobalAveragePool` in ONNX)",
        ),
        (
            "{op: Dense, units: 8}",
            "here it is `linear` (`Linear` in PyTorch, `Dense` in Keras, `Gemm` in ONNX)",
        ),
        (
            "{op: linear, units: 8}",
            "here it is `out_features` (`units` in Keras)",
        ),
        (
            "{op: conv, filters: 8, kernel_size: 3}",
            "here it is `out_channels` (`filters` in Keras)",
        ),
        (
            "{op: conv, in_channels: 3, out_channels: 8, kernel_size: 3}",
            "it is not written: it follows from the input",
        ),
        (
            "{op: sparse_conv, out_channels: 8, kernel_size: 3}",
            "the nearest op is `conv`: it counts as if no weight and no position were 0",
        ),
        ("my_relu", "the nearest op is `relu`"),
        ("{op: conv, kernel_size: 3}", "`out_channels` is `filters` in Keras"),
    ],
)
def test_what_is_said(entry: str, says: str) -> None:
    assert says in str(mistakes(f"input: [3, 8, 8]\nlayers:\n  - {entry}\n"))
