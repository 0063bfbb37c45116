"""Import and analysis of an ONNX model, beside onnx's own loading and shape inference."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
from onnx import TensorProto, helper
from timing import in_turns, of_children, process, report

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DATA = Path(__file__).parent.parent / "tests" / "data" / "onnx"
SMALL = sorted(DATA.glob("*.onnx"))
WHOLE = ("smallcnn__ts17.onnx", "resnet18__ts17.onnx", "mobilenet_v2__keras15.onnx")
THEIRS, OURS = "onnx.load and infer_shapes", "convcost, import and analysis"


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


def filled(path: Path) -> bytes:
    """A model of the tests with zeros in the place of the weights that its file lacks."""
    import numpy as np

    found = onnx.load(path, load_external_data=False)
    for tensor in found.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL:
            dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
            tensor.raw_data = np.zeros((*tensor.dims,), dtype).tobytes()
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
    return found.SerializeToString()


def each(paths: Sequence[Path]) -> Mapping[str, Callable[[], object]]:
    """The things compared, of all files one after the other."""
    return {
        THEIRS: lambda: [onnx.shape_inference.infer_shapes(_loaded(path)) for path in paths],
        OURS: lambda: [convcost.analyze(convcost.load(str(path))) for path in paths],
    }


def processes(path: Path) -> Mapping[str, Callable[[], object]]:
    """The same of one file, each as a process that has imported nothing yet."""
    theirs = (
        "import sys, onnx; onnx.shape_inference.infer_shapes("
        "onnx.load(sys.argv[1], load_external_data=False))"
    )
    ours = "import sys, convcost; convcost.analyze(convcost.load(sys.argv[1]))"
    python = (sys.executable, "-c")
    return {
        THEIRS: process([*python, theirs, str(path)]),
        OURS: process([*python, ours, str(path)]),
    }


def _loaded(path: Path) -> onnx.ModelProto:
    return onnx.load(path, load_external_data=False)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large = folder / "model.onnx"
        onnx.save(model(200), large)
        found = convcost.analyze(convcost.load(str(large)))
        if not found.complete:
            sys.exit("the model is not understood")
        stored = folder / "stored"
        stored.mkdir()
        for path in SMALL:
            (stored / path.name).write_bytes(filled(path))
        weighty = sorted(stored.iterdir())
        print("median milliseconds of a processor (range), ratio to the first")
        for what, paths in (
            ("a model of 1,000 nodes, weights in it", [large]),
            (f"{len(SMALL)} small models, weights in them", weighty),
            (f"{len(SMALL)} small models, weights elsewhere", SMALL),
        ):
            print(f"\n{what}")
            report(in_turns(each(paths), 9, time.process_time), THEIRS)
        for name in WHOLE:
            for where, path in (("in it", stored / name), ("elsewhere", DATA / name)):
                print(f"\n{name} as a whole process, weights {where}")
                report(in_turns(processes(path), 7, of_children), THEIRS)


if __name__ == "__main__":
    main()
