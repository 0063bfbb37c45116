"""Models that are not networks of layers are refused in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from onnx import TensorProto, helper

from convcost.errors import ConvcostError
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path


def saved(folder: Path, *nodes: tuple[str, str, list[str], list[str]]) -> str:
    """A model of nodes (domain, operator, inputs, outputs) on an input of four numbers."""
    graph = helper.make_graph(
        [helper.make_node(op, reads, makes, domain=domain) for domain, op, reads, makes in nodes],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_empty_tensor_value_info(nodes[-1][3][0])],
        [helper.make_tensor("w", TensorProto.FLOAT, [4, 3], [1.0] * 12)],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    path = folder / "forest.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=opsets).SerializeToString())
    return str(path)


def test_trees_are_no_network(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        ("ai.onnx.ml", "TreeEnsembleClassifier", ["x"], ["label", "p"]),
        ("ai.onnx.ml", "ZipMap", ["p"], ["y"]),
    )
    with pytest.raises(ConvcostError) as raised:
        load(path)
    assert str(raised.value) == (
        f"{path}: it is not a network of layers, which is what convcost counts: its work is done "
        "by TreeEnsembleClassifier"
    )


def test_a_network_with_a_table_of_labels_is_one(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        ("", "MatMul", ["x", "w"], ["a"]),
        ("ai.onnx.ml", "LabelEncoder", ["a"], ["y"]),
    )
    network = load(path)
    assert [layer.name for layer in network.layers] == ["matmul"]
    assert network.unknown
