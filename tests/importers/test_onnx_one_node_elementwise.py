"""Imported operators of elements, and reductions, compute what onnxruntime computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_node import Array, agreed, drawn, integers

from convcost.analysis.analyze.cost import analyze

if TYPE_CHECKING:
    from pathlib import Path

X = drawn(2, 6, 4, 3)
ABOVE = np.abs(X) + np.float32(0.5)
OTHER = drawn(2, 6, 4, 3)[::-1].copy()
ROUND = np.rint(2 * X)  # many of one size
YES, NO = X > 0, OTHER > 0

PLAIN = (
    *("Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Neg", "Abs", "Floor", "Ceil", "Round", "Sign"),
    *("Sin", "Cos", "Softsign", "Selu", "Softplus", "HardSwish", "Elu", "Celu", "LeakyRelu"),
    *("ThresholdedRelu", "HardSigmoid", "Identity", "Dropout"),
)


@pytest.mark.parametrize("op", PLAIN)
def test_one_input(tmp_path: Path, op: str) -> None:
    agreed(tmp_path, op, 2 * X)


@pytest.mark.parametrize("op", ["Log", "Sqrt", "Reciprocal"])
def test_one_positive_input(tmp_path: Path, op: str) -> None:
    agreed(tmp_path, op, ABOVE)


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("Elu", {"alpha": 0.5}),
        ("Celu", {"alpha": 0.5}),
        ("ThresholdedRelu", {"alpha": 0.5}),
        ("LeakyRelu", {"alpha": 0.25}),
        ("HardSigmoid", {"alpha": 0.25, "beta": 0.75}),
        ("HardSigmoid", {"alpha": 1 / 6}),
        ("Gelu", {"opset": 20}),
        ("Gelu", {"approximate": "tanh", "opset": 20}),
        ("Mish", {"opset": 18}),
        ("Softmax", {}),
        ("Softmax", {"axis": 1}),
        ("Softmax", {"axis": 3, "opset": 11}),
        ("LogSoftmax", {"axis": -2}),
        ("Clip", {"min": -0.5, "max": 0.25, "opset": 6}),
        ("Clip", {"min": 0.0, "max": 6.0, "opset": 6}),
        ("Clip", {"min": 0.0, "opset": 6}),
        ("Clip", {"max": 0.0, "opset": 6}),
    ],
)
def test_one_input_with_attributes(tmp_path: Path, op: str, fields: dict[str, Any]) -> None:
    agreed(tmp_path, op, 4 * X, **fields)


@pytest.mark.parametrize(
    ("low", "high"), [(-0.5, 0.25), (0, 6), (0, None), (None, 0.25), (-0.5, None)]
)
def test_clip(tmp_path: Path, low: float | None, high: float | None) -> None:
    bounds = (None if bound is None else np.array(bound, np.float32) for bound in (low, high))
    agreed(tmp_path, "Clip", 4 * X, *bounds)


@pytest.mark.parametrize("slopes", [drawn(1), drawn(6, 1, 1)], ids=["of all", "of each channel"])
def test_prelu(tmp_path: Path, slopes: Array) -> None:
    network = agreed(tmp_path, "PRelu", X, slopes)
    assert analyze(network).totals["params"] == slopes.size


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div", "Sum", "Min", "Max"])
@pytest.mark.parametrize("other", [OTHER, OTHER[:, :, :1], OTHER[0]], ids=["all", "row", "sample"])
def test_two_inputs(tmp_path: Path, op: str, other: Array) -> None:
    agreed(tmp_path, op, X, fed=(other,), within=1e-4)


@pytest.mark.parametrize("op", ["Sum", "Min", "Max"])
def test_more_inputs_or_one(tmp_path: Path, op: str) -> None:
    agreed(tmp_path, op, X, fed=(OTHER, ABOVE))
    agreed(tmp_path, op, X)


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div"])
@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1, 1), (1, 1, 1, 1, 1)], ids=str)
def test_a_number_of_the_file(tmp_path: Path, op: str, shape: tuple[int, ...]) -> None:
    agreed(tmp_path, op, X, np.full(shape, 1.5, np.float32))


@pytest.mark.parametrize("exponent", [2.0, 0.5, -1.0])
def test_powers(tmp_path: Path, exponent: float) -> None:
    agreed(tmp_path, "Pow", ABOVE, np.array(exponent, np.float32))
    agreed(tmp_path, "Pow", ABOVE, fed=(OTHER,), within=1e-4)


@pytest.mark.parametrize("op", ["Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal"])
def test_comparisons(tmp_path: Path, op: str) -> None:
    agreed(tmp_path, op, ROUND, fed=(ROUND[::-1].copy(),), within=0)


@pytest.mark.parametrize("op", ["And", "Or"])
def test_logic(tmp_path: Path, op: str) -> None:
    agreed(tmp_path, op, YES, fed=(NO,), within=0)
    agreed(tmp_path, "Not", YES, within=0)


def test_where(tmp_path: Path) -> None:
    agreed(tmp_path, "Where", YES, fed=(X, OTHER), within=0)


REDUCTIONS = ("Mean", "Sum", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSumExp")


@pytest.mark.parametrize("op", REDUCTIONS)
@pytest.mark.parametrize(
    "fields",
    [{"axes": [1]}, {"axes": [-1, 2]}, {"axes": [3, 1], "keepdims": 0}, {}],
    ids=str,
)
def test_reductions(tmp_path: Path, op: str, fields: dict[str, Any]) -> None:
    agreed(tmp_path, f"Reduce{op}", X, within=1e-4, opset=12, **fields)


@pytest.mark.parametrize("op", REDUCTIONS)
def test_reductions_of_new_files(tmp_path: Path, op: str) -> None:
    asked = {"within": 1e-4, "opset": 18}
    agreed(tmp_path, f"Reduce{op}", X, integers(-2, 1), keepdims=0, **asked)
    agreed(tmp_path, f"Reduce{op}", X, **asked)


def test_a_reduction_of_no_axes_does_nothing(tmp_path: Path) -> None:
    for stored in ((), (integers(),)):
        asked = {"noop_with_empty_axes": 1, "opset": 18, "within": 0}
        network = agreed(tmp_path, "ReduceSum", X, *stored, **asked)
        assert analyze(network).totals["adds"] == 0


@pytest.mark.parametrize("op", ["ArgMax", "ArgMin"])
@pytest.mark.parametrize("fields", [{}, {"axis": -1, "keepdims": 0}, {"axis": 1}], ids=str)
def test_extremes(tmp_path: Path, op: str, fields: dict[str, int]) -> None:
    agreed(tmp_path, op, ROUND, within=0, **fields)


@pytest.mark.parametrize("axis", [1, -1])
@pytest.mark.parametrize("fields", [{}, {"exclusive": 1}, {"reverse": 1}], ids=str)
def test_running_sums(tmp_path: Path, axis: int, fields: dict[str, int]) -> None:
    agreed(tmp_path, "CumSum", X, np.array(axis), **fields)


@pytest.mark.parametrize("kind", [1, 7], ids=["float32", "int64"])
def test_casts(tmp_path: Path, kind: int) -> None:
    agreed(tmp_path, "Cast", ROUND, to=kind, within=0)
