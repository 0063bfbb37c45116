"""Types of a model's numbers, and what `--dtype` makes of them: bytes counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conformance import model_of

from convcost.analysis.analyze.cost import analyze
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

MODEL = (
    "13 | float[2,6] x, int64[2,5] at, double[2,7] d | float[6,8] w "
    "| y = MatMul (x, w) p = Gather <axis = 1> (x, at) q = Neg (d)"
)


@pytest.mark.parametrize(
    ("dtype", "size"), [(None, 4), ("float16", 2), ("float32", 4), ("int8", 1)]
)
def test_only_numbers_of_32_bits_get_another_type(
    dtype: str | None, size: int, tmp_path: Path
) -> None:
    """Positions stay positions, and doubles were meant to be doubles."""
    path = tmp_path / "net.onnx"
    path.write_bytes(model_of(MODEL).SerializeToString())
    network = load(str(path), dtype=dtype)
    assert network.unknown == []
    assert network.inputs["at"].dtype == "int64"
    assert network.inputs["d"].dtype == "float64"
    counts = {layer.name: layer.counts for layer in analyze(network).layers}
    made = {name: of["activation_bytes"] for name, of in counts.items()}
    assert sorted(made.values()) == sorted([2 * 8 * size, 2 * 2 * 5 * size, 2 * 7 * 8])
    assert sum(of["weight_bytes"] for of in counts.values()) == 6 * 8 * size


MADE = (  # bytes of what is made, by the operator
    ("y = Cast <to = 10> (x)", "cast", 2 * 6 * 2),
    ("y = Cast <to = 6> (x)", "cast", 2 * 6 * 4),
    ("y = Cast <to = 9> (x)", "cast", 2 * 6),
    ("y = Less (x, w)", "less", 2 * 6),
    ("y = ArgMax <axis = 1> (x)", "argmax", 2 * 8),
    ("a = Less (x, w) y = Where (a, x, w)", "where", 2 * 6 * 4),
    ("a = Cast <to = 10> (x) y = Neg (a)", "neg", 2 * 6 * 2),
)


@pytest.mark.parametrize(("nodes", "op", "size"), MADE)
def test_operators_that_make_another_type(nodes: str, op: str, size: int, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    model = model_of(f"13 | float[2,6] x | float[1,6] w | {nodes}")
    path.write_bytes(model.SerializeToString())
    found = analyze(load(str(path)))
    (made,) = [layer.counts["activation_bytes"] for layer in found.layers if layer.op == op]
    assert made == size
