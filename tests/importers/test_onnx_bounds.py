"""Operators whose data say how many rows they make, or what they are: the most that there may be,
and said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from conformance import by_runtime, drawn, model_of

from convcost.execution.forward import execute, seeded
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network


def imported(line: str, folder: Path) -> tuple[Network, np.ndarray, np.ndarray]:
    """The network of a line, what it makes and what the runtime makes."""
    model = model_of(line)
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    assert network.unknown == []
    inputs = drawn(model)
    (ours,) = execute(network, inputs, seeded(0), Plain()).values()
    (theirs,) = by_runtime(model, inputs)
    return network, ours, np.asarray(theirs)


def test_boxes_that_are_kept_come_first(tmp_path: Path) -> None:
    line = (
        "11 | float[2,30,4] x, float[2,3,30] s | int64 k = {5}, float t = {0.2}, float u = {0.9} | "
        "y = NonMaxSuppression (x, s, k, t, u)"
    )
    network, ours, theirs = imported(line, tmp_path)
    assert network.outputs["y"].shape == ours.shape == (2 * 3 * 5, 3)
    assert 5 < len(theirs) < len(ours)
    np.testing.assert_array_equal(ours[: len(theirs)], theirs)
    assert (ours[len(theirs) :] == -1).all()
    assert network.differs == ["y (NonMaxSuppression): its 30 rows are the most that there may be"]
    assert network.assumes == ["the most rows that y (NonMaxSuppression) may make, 30"]


def test_boxes_of_centres_without_limits_of_scores(tmp_path: Path) -> None:
    line = (
        "11 | float[1,12,4] x, float[1,1,12] s | int64[1] k = {40} | "
        "a = Abs (x) y = NonMaxSuppression <center_point_box = 1> (a, s, k)"
    )
    network, ours, theirs = imported(line, tmp_path)
    assert network.outputs["y"].shape == (12, 3)
    np.testing.assert_array_equal(ours[: len(theirs)], theirs)


def test_places_of_what_is_not_zero_come_first(tmp_path: Path) -> None:
    line = "13 | float[2,3,4] x | | t = Relu (x) y = NonZero (t)"
    network, ours, theirs = imported(line, tmp_path)
    assert network.outputs["y"].shape == ours.shape == (3, 24)
    np.testing.assert_array_equal(ours[:, : theirs.shape[1]], theirs)
    assert (ours[:, theirs.shape[1] :] == -1).all()
    assert network.differs == ["y (NonZero): its 24 columns are the most that there may be"]


def test_samples_of_bins_without_a_number_are_as_for_the_whole_map(tmp_path: Path) -> None:
    line = (
        "16 | float[2,3,9,8] x, float[4,4] r, int64[4] i | | "
        "y = RoiAlign <output_height = 3, output_width = 2> (x, r, i)"
    )
    network, ours, theirs = imported(line, tmp_path)
    assert ours.shape == theirs.shape == (4, 3, 3, 2)
    assert network.differs == [
        "y (RoiAlign): each bin has 4 samples an axis, as for a box as large as the map"
    ]


@pytest.mark.parametrize(
    "node",
    [
        "RandomNormal <shape = [2, 3]> ()",
        "RandomUniform <shape = [2, 3]> ()",
        "RandomNormalLike (x)",
        "RandomUniformLike (x)",
        "Bernoulli (x)",
    ],
)
def test_random_numbers_are_constants_without_a_field(node: str, tmp_path: Path) -> None:
    model = model_of(f"15 | float[2,3] x | | t = {node} y = Add (t, x)")
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    network = load(str(path))
    drawn_numbers, added = network.layers
    assert drawn_numbers.inputs == ()
    assert not drawn_numbers.weights["value"].learned
    assert added.outputs[0].shape == (2, 3)
    assert "are a constant here" in network.differs[0]
