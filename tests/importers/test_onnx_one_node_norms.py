"""Imported normalisations compute what onnxruntime computes, and count what stands in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_node import Array, agreed, drawn

from convcost.analysis.analyze.cost import analyze

if TYPE_CHECKING:
    from pathlib import Path

X = drawn(2, 6, 5, 4)
SCALE, SHIFT, MEAN = drawn(6), drawn(6) + 1, drawn(6) / 2
VARIANCE = drawn(6) ** 2 + 1


def learned(folder: Path, op: str, x: Array, *stored: Array, **asked: Any) -> int:
    return analyze(agreed(folder, op, x, *stored, **asked)).totals["params"]


def test_batch_norm(tmp_path: Path) -> None:
    stored = (SCALE, SHIFT, MEAN, VARIANCE)
    assert learned(tmp_path, "BatchNormalization", X, *stored, epsilon=0.25) == 12


@pytest.mark.parametrize(
    ("scale", "shift"),
    [(SCALE, SHIFT), (np.ones(6, np.float32), np.zeros(6, np.float32)), (SCALE, np.zeros(6))],
    ids=["both", "neither", "scale alone"],
)
def test_batch_norm_with_statistics_that_the_graph_makes(
    tmp_path: Path, scale: Array, shift: Array
) -> None:
    made: dict[str, Any] = {"fed": (MEAN, VARIANCE), "epsilon": 0.25}
    agreed(tmp_path, "BatchNormalization", X, scale, shift.astype(np.float32), **made)


def test_batch_norm_in_training_is_that_of_its_only_sample(tmp_path: Path) -> None:
    stored = (SCALE, SHIFT, MEAN, VARIANCE)
    asked = {"training_mode": 1, "unread": 2, "opset": 15, "within": 1e-4}
    agreed(tmp_path, "BatchNormalization", X[:1], *stored, **asked)


def test_instance_norm(tmp_path: Path) -> None:
    assert learned(tmp_path, "InstanceNormalization", X, SCALE, SHIFT, epsilon=0.25) == 12


def test_instance_norm_of_ones_and_zeros_has_no_params(tmp_path: Path) -> None:
    nothing = (np.ones(6, np.float32), np.zeros(6, np.float32))
    assert learned(tmp_path, "InstanceNormalization", X, *nothing) == 0


def test_group_norm(tmp_path: Path) -> None:
    asked = {"num_groups": 3, "epsilon": 0.25, "opset": 21}
    assert learned(tmp_path, "GroupNormalization", X, SCALE, SHIFT, **asked) == 12


@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2])
@pytest.mark.parametrize("biased", [True, False])
def test_layer_norm(tmp_path: Path, axis: int, biased: bool) -> None:
    over = X.shape[axis:]
    stored = (drawn(*over), drawn(*over) + 1)[: 1 + biased]
    params = learned(tmp_path, "LayerNormalization", X, *stored, axis=axis, epsilon=0.25)
    assert params == sum(array.size for array in stored)


def test_layer_norm_is_over_the_last_axis_unless_told(tmp_path: Path) -> None:
    assert learned(tmp_path, "LayerNormalization", X, drawn(4)) == 4


@pytest.mark.parametrize("axis", [1, -1])
def test_rms_norm(tmp_path: Path, axis: int) -> None:
    over = X.shape[axis:]
    asked = {"axis": axis, "epsilon": 0.25, "opset": 23}
    assert learned(tmp_path, "RMSNormalization", X, drawn(*over), **asked) == drawn(*over).size


@pytest.mark.parametrize("axis", [1, 2, -1])
@pytest.mark.parametrize("p", [1, 2])
def test_lp_norm(tmp_path: Path, axis: int, p: int) -> None:
    assert learned(tmp_path, "LpNormalization", X, axis=axis, p=p) == 0


def test_defaults_of_lp_norm(tmp_path: Path) -> None:
    agreed(tmp_path, "LpNormalization", X)


@pytest.mark.parametrize("fields", [{}, {"alpha": 0.5, "beta": 0.5, "bias": 2.0}])
def test_local_response_norm(tmp_path: Path, fields: dict[str, float]) -> None:
    assert learned(tmp_path, "LRN", X * 10, size=3, **fields) == 0
