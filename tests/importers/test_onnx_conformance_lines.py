"""Every operator that is known, with every default of its attributes and either side of every opset
boundary: models of a line (see ``conformance.py``) at batch 2, as onnxruntime runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from claims import LAST, LINES, NEWEST, known
from conformance import by_reference, by_runtime, check, check_counts, compared, model_of
from onnx import numpy_helper

from convcost.importers.onnx import load
from convcost.importers.onnx.fold import folded
from convcost.importers.onnx.node import Node

if TYPE_CHECKING:
    from pathlib import Path

CONSTANT = [name for name in LINES if name.startswith("constants")]
OTHERWISE = ("differs", "not_understood")
REFUSED = [name for name in LINES if name.startswith("refused_by_the_runtime")]


def lines_of(*families: str) -> list[str]:
    """Lines of opsets that the installed onnx package knows. Families called newest are of what old
    runtimes do wrongly, or end at."""
    some = [f for f in families if NEWEST >= LAST or not f.endswith("newest")]
    return [line for family in some for line in LINES[family] if known(line)]


@pytest.mark.parametrize(
    "line", lines_of(*sorted(LINES.keys() - {*CONSTANT, *REFUSED, *OTHERWISE}))
)
def test_models_make_what_the_runtime_makes(line: str, tmp_path: Path) -> None:
    check(line, tmp_path, by_runtime)


@pytest.mark.parametrize("line", lines_of(*REFUSED))
def test_models_make_what_the_reference_makes(line: str, tmp_path: Path) -> None:
    check(line, tmp_path, by_reference)


@pytest.mark.parametrize("line", lines_of("differs"))
def test_models_whose_values_differ_say_so_and_have_the_counts(line: str, tmp_path: Path) -> None:
    both = compared(line, tmp_path, by_reference)
    assert both.network.differs != []
    check_counts(line, both, by_reference)


@pytest.mark.parametrize("line", lines_of("not_understood"))
def test_models_that_are_not_understood_say_so(line: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model_of(line).SerializeToString())
    assert load(str(path)).unknown != []


@pytest.mark.parametrize("line", lines_of(*CONSTANT))
def test_constants_are_those_of_the_runtime(line: str) -> None:
    """Values that a graph computes from constants, such as shapes."""
    model = model_of(line)
    (node,) = model.graph.node
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    opset = model.opset_import[0].version
    made = folded(Node(node), [arrays.get(name) for name in node.input], opset)
    theirs = by_runtime(model, {})
    assert made is not None
    assert len(made) == len(theirs)
    for ours, other in zip(made, theirs, strict=True):
        assert ours.dtype == other.dtype
        assert ours.shape == other.shape
        np.testing.assert_allclose(ours, other, rtol=1e-6, atol=1e-7)
