"""Networks read back from the ONNX files that convcost wrote make the same of the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import numpy_helper
from onnx_files import checked

import convcost
from convcost.execution.forward import execute, given, seeded_inputs
from convcost.execution.transform import thinned
from convcost.executor.namespace import Plain
from convcost.exporters import written

if TYPE_CHECKING:
    from onnx_files import Array

    from convcost.tensor import Weight

ROOT = Path(__file__).parents[2]
RECOMPOSED = (
    "tests/data/papers/crnn.yaml",  # a recurrent layer of one sample, steps first
    "specs/deform_per_channel.yaml",  # samples alone, as a convolution of ones
    "tests/data/papers/convnext_transformer.yaml",  # norms moved, attention
    "specs/efficientnet_b0.yaml",  # SiLU
)


@pytest.mark.parametrize("path", RECOMPOSED)
def test_what_is_read_back_makes_the_same(path: str) -> None:
    network, _ = thinned(convcost.load(ROOT / path), 256)
    data = written(network, "onnx")
    stored = {t.name: numpy_helper.to_array(t) for t in checked(data).graph.initializer}

    def array(weight: Weight) -> Array:
        assert weight.values is None
        found = stored[weight.name]
        assert found.shape == weight.shape
        return found

    inputs = seeded_inputs(network, 0)
    back = convcost.load("back.onnx", read=lambda _: data)
    with given(network, None, 0) as (arrays, _):
        ours = execute(network, inputs, arrays, Plain())
    for name, made in execute(back, inputs, array, Plain()).items():
        near = 1e-5 * float(np.abs(ours[name]).max())
        np.testing.assert_allclose(made, ours[name], rtol=1e-5, atol=near)
