"""Import and analysis of an ONNX model, beside onnx's own loading and shape inference."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import onnx
from onnx import TensorProto, helper
from timing import in_turns, report

import convcost


def model(blocks: int) -> onnx.ModelProto:
    """Convolutions, norms, activations and sums: five nodes a block."""
    import numpy as np

    nodes: list[onnx.NodeProto] = []
    arrays = {"w": (64, 64, 3, 3), **dict.fromkeys(("s", "b", "m", "v"), (64,))}
    weights: list[onnx.TensorProto] = []
    x = "x"
    for i in range(blocks):
        for name, shape in arrays.items():
            values = np.zeros(shape, dtype=np.float32)
            weights.append(onnx.numpy_helper.from_array(values, f"{name}{i}"))
        norm = [f"c{i}", *(f"{name}{i}" for name in "sbmv")]
        nodes += [
            helper.make_node("Conv", [x, f"w{i}"], [f"c{i}"], f"/block{i}/Conv", pads=[1] * 4),
            helper.make_node("BatchNormalization", norm, [f"n{i}"], f"/block{i}/Norm"),
            helper.make_node("Sigmoid", [f"n{i}"], [f"g{i}"], f"/block{i}/Sigmoid"),
            helper.make_node("Mul", [f"n{i}", f"g{i}"], [f"m{i}_"], f"/block{i}/Mul"),
            helper.make_node("Add", [x, f"m{i}_"], [f"y{i}"], f"/block{i}/Add"),
        ]
        x = f"y{i}"
    shape = [1, 64, 56, 56]
    graph = helper.make_graph(
        nodes,
        "blocks",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, shape)],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.onnx")
        onnx.save(model(200), path)
        found = convcost.analyze(convcost.load(path))
        if not found.complete:
            sys.exit("the model is not understood")
        print(f"{len(found.layers):,} nodes; median milliseconds (range), ratio to the first")
        theirs = "onnx.load and infer_shapes"
        runs = {
            theirs: lambda: onnx.shape_inference.infer_shapes(onnx.load(path)),
            "convcost, import and analysis": lambda: convcost.analyze(convcost.load(path)),
        }
        report(in_turns(runs, rounds=9), theirs)


if __name__ == "__main__":
    main()
