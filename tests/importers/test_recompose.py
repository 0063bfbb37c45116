"""Ops that graphs write out in primitives: what they become, and that values stay the same.

A line is ``ops | opset | inputs | arrays | nodes``: a model as in ``conformance.py``, after the ops
that it is to have, or those that must stay.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conformance import check, compared, model_of

from convcost.given import Given
from convcost.importers.onnx import load
from convcost.ops import op_name

if TYPE_CHECKING:
    from convcost.network import Network

LINES = {
    path.stem: [line.partition(" | ")[::2] for line in path.read_text().splitlines()]
    for path in sorted((Path(__file__).parent / "written_out").glob("*.txt"))
}
OTHERWISE = "otherwise"
ALIKE = [pair for name, pairs in LINES.items() if name != OTHERWISE for pair in pairs]


@pytest.mark.parametrize(("ops", "line"), ALIKE)
def test_what_is_written_out(ops: str, line: str, tmp_path: Path) -> None:
    network = compared(line, tmp_path).network
    found = [op_name(type(layer.op)) for layer in network.layers if not layer.op.view]
    tanh = any(getattr(layer.op, "approximate", "none") == "tanh" for layer in network.layers)
    assert found == ops.replace(" tanh", "").split(", ")
    assert tanh == ops.endswith("tanh")
    check(line, tmp_path)


@pytest.mark.parametrize(("ops", "line"), LINES[OTHERWISE])
def test_what_is_something_else(ops: str, line: str, tmp_path: Path) -> None:
    network = compared(line, tmp_path).network
    found = [op_name(type(layer.op)) for layer in network.layers]
    assert set(ops.split(", ")) <= set(found)
    check(line, tmp_path)


@pytest.mark.parametrize("line", [line for pairs in LINES.values() for _, line in pairs])
def test_parameters_and_outputs_stay(line: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model_of(line).SerializeToString())
    here, there = load(str(path)), load(str(path), given=Given(as_written=True))
    assert [*here.outputs] == [*there.outputs]
    names = [layer.name for layer in here.layers]
    assert len(names) == len({*names})

    assert _stored(here) == _stored(there)


def _stored(network: Network) -> Counter[str]:
    """The elements of stored arrays, by name; single numbers may be a function's constants, and a
    linear layer may be several that make parts of its features."""
    weights = {w.name: w for layer in network.layers for w in layer.weights.values()}
    found: Counter[str] = Counter()
    for name, weight in weights.items():
        found[name.partition("[")[0]] += prod(weight.shape) if prod(weight.shape) > 1 else 0
    return +found
