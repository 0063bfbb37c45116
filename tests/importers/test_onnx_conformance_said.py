"""Where an imported network is not quite the model, that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from conformance import compared, model_of

from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

    import onnx
    from conformance import Arrays


@pytest.mark.parametrize(
    "fields", ['mode = "linear"', 'mode = "cubic"', 'mode = "cubic", cubic_coeff_a = -0.5']
)
def test_crops_over_an_edge_have_their_size(fields: str, tmp_path: Path) -> None:
    line = (
        "13 | float[2,3,4,5] x"
        " | float[8] r = {0, 0, 0.1, 0.2, 1, 1, 1.7, 0.9}, int64[4] s = {2, 3, 9, 7} | y = Resize"
        f' <{fields}, coordinate_transformation_mode = "tf_crop_and_resize"> (x, r, , s)'
    )
    network, (ours,), (theirs,) = compared(line, tmp_path)
    assert ours.shape == theirs.shape
    assert not np.allclose(ours, theirs)
    assert network.differs == [
        "y (Resize): beyond the edge of its input it repeats that edge, not extrapolation_value"
    ]


def test_positions_that_only_the_run_knows_begin_at_0(tmp_path: Path) -> None:
    line = (
        "17 | float[2,2,3,4] x, int64[1] p | float[6,2] c, float[6,2] s | z = Sub (p, p) "
        "y = com.microsoft.RotaryEmbedding (x, z, c, s)"
    )
    network, (ours,), (theirs,) = compared(line, tmp_path)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert network.differs == [
        "y (com.microsoft.RotaryEmbedding): its positions are taken to begin at 0"
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "14 | float[2,3,4] x | int64[2] s = {0, 12} | y = Reshape <allowzero = 1> (x, s)",
            "[2, 3, 4] cannot become [0, 12]",
        ),
        (
            "13 | float[2,3,4] x | int64[2] s = {5, -1} | y = Reshape (x, s)",
            "[2, 3, 4] cannot become [5, -1]",
        ),
        (
            "13 | float[2,3,4] x | int64[2] s = {-1, -1} | y = Reshape (x, s)",
            "its shape leaves two sizes open",
        ),
        (
            "13 | float[2,3] x | | y = Transpose <perm = [0, 2]> (x)",
            "its perm [0, 2] is not an order of 2 axes",
        ),
        (
            "13 | float[2,3] x | | y = Softmax <axis = 2> (x)",
            "axis 2 is none of the 2 of its input",
        ),
        (
            "13 | float[2,3] x | | y = Softmax <axis = -3> (x)",
            "axis -3 is none of the 2 of its input",
        ),
        (
            "10 | float[2,3,4] x | | y = Pad <pads = [0, 0, 1, 0]> (x)",
            "its pads are 4 numbers, and 6 are wanted",
        ),
    ],
)
def test_what_is_not_counted_is_said(line: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model_of(line).SerializeToString())
    network = load(str(path))
    assert all(layer.op.opaque for layer in network.layers)
    assert network.unknown[0].partition(": ")[2].partition(";")[0] == reason


@pytest.mark.parametrize(
    "nodes",
    [
        "y = Expand (x, ones)",
        "y = Expand (x, own)",
        "y = Reshape (x, own)",
        "y = Pad (x, none)",
        "y = Flatten (x)",
        "y = Concat <axis = 1> (x)",
        "y = Sum (x)",
        "y = Min (x)",
        "y = Identity (x)",
        "y = Dropout (x)",
        "y = Cast <to = 1> (x)",
        "y = ReduceSum <noop_with_empty_axes = 1> (x)",
    ],
)
def test_what_changes_nothing_is_no_layer(nodes: str, tmp_path: Path) -> None:
    """So it has no memory of its own either."""
    arrays = "int64[2] ones = {1, 1}, int64[2] own = {2, 3}, int64[4] none = {0, 0, 0, 0}"
    network, (ours,), (theirs,) = compared(f"13 | float[2,3] x | {arrays} | {nodes}", tmp_path)
    assert network.layers == []
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("opset", [1, 6])
@pytest.mark.parametrize(
    ("node", "act"), [("Add", np.add), ("Sub", np.subtract), ("Mul", np.multiply)]
)
def test_before_opset_7_an_attribute_says_where_the_second_lies(
    opset: int, node: str, act: np.ufunc, tmp_path: Path
) -> None:
    """No runtime that is left runs this, so NumPy is asked."""
    nodes = f"y = {node} <broadcast = 1, axis = 1> (x, z)"
    line = f"{opset} | float[2,3,3] x, float[3] z | | {nodes}"
    expected: list[np.ndarray] = []

    def by_numpy(_: onnx.ModelProto, inputs: Arrays) -> list[np.ndarray]:
        expected.append(act(inputs["x"], inputs["z"][:, None]))
        return expected

    _, (ours,), (theirs,) = compared(line, tmp_path, by_numpy)
    np.testing.assert_array_equal(ours, theirs)


def test_the_first_upsample_has_a_scale_a_side(tmp_path: Path) -> None:
    """No runtime that is left runs this either."""
    nodes = "y = Upsample <height_scale = 2.0, width_scale = 3.0> (x)"

    def by_numpy(_: onnx.ModelProto, inputs: Arrays) -> list[np.ndarray]:
        return [inputs["x"].repeat(2, axis=2).repeat(3, axis=3)]

    _, (ours,), (theirs,) = compared(f"1 | float[2,3,4,5] x | | {nodes}", tmp_path, by_numpy)
    np.testing.assert_array_equal(ours, theirs)
