"""Operators of PyTorch that are translated give the shapes, types and values that PyTorch gives."""

from __future__ import annotations

import numpy as np
import pytest
from one_aten import array_of, loaded, outputs_of, programs

from convcost.importers.pt2.translate import TRANSLATE

AT_MOST = ("nms", "nonzero", "index by a mask", "index by a mask of an axis", "masked_select")
"""Programs that make as much as their data say: we make the most that there may be."""


@pytest.mark.parametrize("name", programs())
def test_what_pytorch_makes(name: str) -> None:
    case = programs()[name]
    network = loaded(case["program"])
    assert network.unknown == []
    made = outputs_of(network, case)
    expected = [array_of(one) for one in case["outputs"]]
    for ours, theirs, tensor in zip(made, expected, network.outputs.values(), strict=True):
        if name.partition(",")[0] in AT_MOST:
            some = ours[tuple(map(slice, theirs.shape))]
            np.testing.assert_allclose(some, theirs, rtol=1e-4)
            assert ours.size > theirs.size
            continue
        assert (ours.shape, tensor.shape) == (theirs.shape, theirs.shape)
        assert tensor.dtype == str(theirs.dtype)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-5)


def test_every_operator_is_in_a_program() -> None:
    nodes = [
        node
        for case in programs().values()
        for node in case["program"]["graph_module"]["graph"]["nodes"]
    ]
    used = {node["target"].split(".")[3] for node in nodes if node["target"].count(".") > 2}
    used |= {name.removesuffix("_") for name in used}
    missing = {name for _, name in TRANSLATE} - used
    assert not missing, (
        f"benchmarks/aten_cases: add modules that call {sorted(missing)}, and export them with "
        "benchmarks/aten.py"
    )
