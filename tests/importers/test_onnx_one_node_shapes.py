"""Imported operators that move elements give the shape and the elements that onnxruntime gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_node import Array, agreed, drawn, integers

from convcost.analysis.analyze.cost import analyze

if TYPE_CHECKING:
    from pathlib import Path

X = drawn(2, 6, 4, 3)
THIN = drawn(2, 1, 6, 1)

Case = tuple[str, Array, tuple[Array | None, ...], dict[str, Any]]
CASES: dict[str, Case] = {
    "reshape that keeps a size": ("Reshape", X, (integers(0, 0, -1),), {}),
    "reshape that moves the batch": ("Reshape", X, (integers(-1, 2),), {}),
    "reshape to the same": ("Reshape", X, (integers(2, 6, 4, 3),), {}),
    "reshape to an axis of 1": ("Reshape", X, (integers(0, 1, 6, 12),), {}),
    "reshape by an attribute": ("Reshape", X, (), {"shape": [2, -1], "opset": 1}),
    "flatten": ("Flatten", X, (), {}),
    "flatten from an axis on": ("Flatten", X, (), {"axis": 3}),
    "flatten from the last axis on": ("Flatten", X, (), {"axis": -1}),
    "flatten all": ("Flatten", X, (), {"axis": 0}),
    "flatten of what is flat": ("Flatten", drawn(2, 6), (), {}),
    "squeeze": ("Squeeze", THIN, (), {}),
    "squeeze of axes": ("Squeeze", THIN, (integers(-1),), {}),
    "squeeze by an attribute": ("Squeeze", THIN, (), {"axes": [1], "opset": 11}),
    "unsqueeze": ("Unsqueeze", X, (integers(1, -1),), {}),
    "unsqueeze by an attribute": ("Unsqueeze", X, (), {"axes": [0, 3], "opset": 11}),
    "transpose": ("Transpose", X, (), {"perm": [0, 2, 3, 1]}),
    "transpose that reverses": ("Transpose", X, (), {}),
    "concat of one": ("Concat", X, (), {"axis": 1}),
    "concat": ("Concat", X, (), {"axis": -2, "fed": (drawn(2, 6, 5, 3),)}),
    "split by parts": ("Split", X, (), {"axis": 1, "outputs": 3, "opset": 13}),
    "split along the batch": ("Split", X, (), {"outputs": 2, "opset": 13}),
    "split unevenly": (
        "Split", drawn(2, 5), (), {"axis": 1, "outputs": 3, "num_outputs": 3, "opset": 18},
    ),
    "split by sizes": ("Split", X, (integers(1, 5),), {"axis": 1, "outputs": 2}),
    "split by an attribute": (
        "Split", X, (), {"axis": -1, "split": [1, 2], "outputs": 2, "opset": 11},
    ),
    "slice": ("Slice", X, (integers(1, 0), integers(2**62, 2), integers(1, -1)), {}),
    "slice of first axes": ("Slice", X, (integers(0, 2), integers(2, 5)), {}),
    "slice backwards": (
        "Slice", X, (integers(-1), integers(-(2**62)), integers(1), integers(-2)), {},
    ),
    "slice by attributes": (
        "Slice", X, (), {"axes": [2], "starts": [-3], "ends": [-1], "opset": 9},
    ),
    "slice by attributes of first axes": (
        "Slice", X, (), {"starts": [0, 1], "ends": [2, 3], "opset": 9},
    ),
    "gather of the first axis": ("Gather", X, (integers(1, 0, 1),), {}),
    "gather of one": ("Gather", X, (np.array(-1, np.int64),), {"axis": 1}),
    "gather of a table": ("Gather", X, (integers(3, 1, 0, 2).reshape(2, 2),), {"axis": 2}),
    "gather by data": ("Gather", X, (), {"axis": 2, "fed": (integers(3, 0),)}),
    "gather of several axes": ("GatherND", X, (), {"fed": (integers(1, 0).reshape(2, 1),)}),
    "expand": ("Expand", THIN, (integers(2, 3, 6, 2),), {}),
    "expand that adds axes": ("Expand", THIN, (integers(5, 1, 1, 1, 1),), {}),
    "expand to fewer axes": ("Expand", THIN, (integers(6, 4),), {}),
    "expand to the same": ("Expand", THIN, (integers(1),), {}),
    "tile": ("Tile", X, (integers(1, 2, 1, 3),), {}),
    "pad": ("Pad", X, (integers(0, 0, 1, 2, 0, 0, 3, 0),), {}),
    "pad by an attribute": ("Pad", X, (), {"pads": [0, 0, 1, 0, 0, 0, 0, 2], "opset": 10}),
    "pad of axes": (
        "Pad", X, (integers(1, 2), None, integers(-1)), {"opset": 18, "mode": "edge"},
    ),
    "pad by reflection": ("Pad", X, (integers(0, 0, 2, 1, 0, 0, 1, 2),), {"mode": "reflect"}),
    "pad of nothing": ("Pad", X, (integers(0, 0, 0, 0, 0, 0, 0, 0),), {}),
    "pad that crops": ("Pad", X, (integers(0, 0, -1, 0, 0, 0, 0, -2),), {}),
    "pad that crops and pads": ("Pad", X, (integers(0, 0, -1, 0, 0, 0, 2, 1),), {}),
    "pad of channels": ("Pad", X, (integers(0, 1, 0, 0, 0, 2, 0, 1),), {}),
    "top values": ("TopK", X, (integers(2),), {"outputs": 2, "axis": 1}),
    "least values of the last axis": ("TopK", X, (integers(2),), {"outputs": 2, "largest": 0}),
    "top value by an attribute": ("TopK", X, (), {"k": 2, "outputs": 2, "opset": 1}),
    "scatter of elements": (
        "ScatterElements", X, (),
        {"axis": 2, "fed": (np.ones((2, 6, 1, 3), np.int64), drawn(2, 6, 1, 3))},
    ),
    "scatter of elements of the first axis": (
        "ScatterElements", X, (), {"fed": (np.ones((1, 6, 4, 3), np.int64), drawn(1, 6, 4, 3))},
    ),
    "scatter of slices": (
        "ScatterND", X, (), {"fed": (integers(1).reshape(1, 1), drawn(1, 6, 4, 3))},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("op", "x", "stored", "asked"), CASES.values(), ids=CASES)
def test_elements_are_moved_alike(
    tmp_path: Path, op: str, x: Array, stored: tuple[Array | None, ...], asked: dict[str, Any]
) -> None:
    totals = analyze(agreed(tmp_path, op, x, *stored, within=0, **asked)).totals
    assert (totals["params"], totals["macs"]) == (0, 0)
