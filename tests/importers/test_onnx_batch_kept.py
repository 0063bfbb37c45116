"""A slice that keeps the whole of the batch keeps it however large it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from onnx_text import save_text

import convcost
from convcost.execution.verification import verify

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '<ir_version: 9, opset_import: ["" : 18]> net (float[N,3,8,9] x) => (float[] y)'
# Rows 1 to 6 and columns 0 to 6, the batch and the channels named and whole.
MODELS = {
    "a negative border": """<int64[8] p = {0, 0, -1, 0, 0, 0, -1, -2}> {
        y = Pad (x, p)
    }""",
    "a slice of all axes": """<
        int64[4] starts = {0, 0, 1, 0}, int64[4] ends = {9223372036854775807, 3, -1, 7}
    > { y = Slice (x, starts, ends) }""",
}


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS)
def test_every_sample_is_kept(text: str, batch: int, tmp_path: Path) -> None:
    path = save_text(f"{HEAD}\n{text}", tmp_path / "net.onnx")
    network = convcost.load(path, batch=batch)
    (y,) = network.outputs.values()
    assert (y.shape, y.batch_axis) == ((batch, 3, 6, 7), 0)
    assert not verify(network).broken


def test_a_slice_that_keeps_everything_is_no_layer(tmp_path: Path) -> None:
    text = "<int64[1] s = {0}, int64[1] e = {99}> { z = Slice (x, s, e) y = Relu (z) }"
    network = convcost.load(save_text(f"{HEAD}\n{text}", tmp_path / "net.onnx"))
    assert [type(layer.op).__name__ for layer in network.layers] == ["ReLU"]
