"""Small ONNX models, made from words, and what is said about broken ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from convcost.errors import ConvcostError
from convcost.importers.onnx.read import read_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def value(name: str, shape: Sequence[int] = (1, 3, 8, 8)) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def weights(name: str, *shape: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.ones(shape, np.float32), name)


def model_of(
    nodes: Sequence[onnx.NodeProto],
    initializers: Sequence[onnx.TensorProto] = (),
    bodies: Sequence[onnx.FunctionProto] = (),
    outputs: Sequence[str] = ("y",),
) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "g", [value("x")], [value(o) for o in outputs], initializers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, functions=bodies)


def node(op: str, inputs: str, outputs: str, name: str = "", **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, inputs.split(), outputs.split(), name=name, **attributes)


def call(name: str, inputs: str, outputs: str) -> onnx.NodeProto:
    return node(name, inputs, outputs, domain="local")


def function(
    name: str, nodes: Sequence[onnx.NodeProto], opset: int = 17, output: str = "b"
) -> onnx.FunctionProto:
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("local", 1)]
    return helper.make_function("local", name, ["a"], [output], nodes, opsets)


def written(model: onnx.ModelProto, folder: Path) -> str:
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    return str(path)


def through(model: onnx.ModelProto, tmp_path: Path) -> onnx.ModelProto:
    return read_model(written(model, tmp_path))


def refusal(content: onnx.ModelProto | bytes, folder: Path) -> str:
    """The message that refuses a file, without its name."""
    path = folder / "m.onnx"
    data = content if isinstance(content, bytes) else content.SerializeToString()
    path.write_bytes(data)
    with pytest.raises(ConvcostError) as caught:
        read_model(str(path))
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.isprintable()
    return text.removeprefix(f"{path}: ")
