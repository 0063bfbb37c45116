"""Operators of PyTorch that are translated give the shapes, types and values that PyTorch gives."""

from __future__ import annotations

import numpy as np
import pytest
from one_aten import array_of, loaded, outputs_of, programs

from convcost.importers.pt2.translate import TRANSLATE

NOT_KNOWN = {"col2im, decomposed": "index_put (aten.index_put): convcost does not know"}


@pytest.mark.parametrize("name", programs())
def test_what_pytorch_makes(name: str) -> None:
    case = programs()[name]
    network = loaded(case["program"])
    if name in NOT_KNOWN:
        assert network.unknown[0].startswith(NOT_KNOWN[name])
        return
    assert network.unknown == []
    made = outputs_of(network, case)
    expected = [array_of(one) for one in case["outputs"]]
    for ours, theirs, tensor in zip(made, expected, network.outputs.values(), strict=True):
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
    assert not missing, f"benchmarks/aten_cases.py lacks {sorted(missing)}"
