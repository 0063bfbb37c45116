"""The executor beside one large matrix product and beside other runtimes, on ResNet-50.

Needs the ``test`` extra (onnx, onnxruntime); PyTorch joins where it is installed.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

THREADS = 2

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.tensor import Weight


def main() -> None:
    import numpy as np
    from as_onnx import model
    from timing import in_turns, report

    import convcost
    from convcost.execution.forward import execute, seeded, seeded_inputs
    from convcost.executor.conv import conv
    from convcost.executor.namespace import Counting, Plain

    network = convcost.load(str(Path(__file__).parent.parent / "specs" / "resnet50.yaml"))
    made = {w.name: seeded(0)(w) for layer in network.layers for w in layer.weights.values()}
    inputs = seeded_inputs(network, 0)

    def arrays(weight: Weight) -> Any:
        return made[weight.name]

    def run(xp: Plain) -> Any:
        return next(iter(execute(network, inputs, arrays, xp).values()))

    run(Counting())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory after one run with all weights: {peak // 1024} MB")

    macs = sum(cast("int", layer.op.macs(*layer.input_shapes)) for layer in network.layers)
    rows = 1600
    rng = np.random.default_rng(0)
    a = rng.random((rows, macs // rows**2), dtype=np.float32)
    b = rng.random((macs // rows**2, rows), dtype=np.float32)
    onnx_model = model(network, arrays)
    runs: dict[str, Callable[[], object]] = {
        "one sgemm of as many MACs": lambda: a @ b,
        "convcost, counting": lambda: run(Counting()),
        "convcost, not counting": lambda: run(Plain()),
        **_onnxruntime(onnx_model, inputs, run(Plain())),
        **_torch(onnx_model, inputs),
    }
    print("ResNet-50, 224x224, batch 1; median milliseconds (range), ratio to the first")
    report(in_turns(runs, rounds=15), "one sgemm of as many MACs")

    from onnx.reference import ReferenceEvaluator

    slow = ReferenceEvaluator(onnx_model)
    print("\nbeside onnx's reference evaluator")
    runs = {
        "convcost, counting": runs["convcost, counting"],
        "reference": lambda: slow.run(None, inputs),
    }
    report(in_turns(runs, rounds=5), "convcost, counting")

    x = rng.random((1, 96, 112, 112), dtype=np.float32)
    weight = rng.random((96, 1, 3, 3), dtype=np.float32)
    fields: dict[str, Any] = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1)}
    print("\ndepthwise 3x3 on 96x112x112")
    runs = {
        "nine copies of its tensor": lambda: [x.copy() for _ in range(9)],
        "depthwise": lambda: conv(Plain(), x, weight=weight, groups=96, **fields),
    }
    report(in_turns(runs, rounds=15), "nine copies of its tensor")


def _onnxruntime(onnx_model: Any, inputs: Any, expected: Any) -> dict[str, Callable[[], object]]:
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    # Spinning threads would slow down whoever runs next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(onnx_model.SerializeToString(), options)
    result: Any = session.run(None, inputs)[0]
    if not np.allclose(result, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max()):
        sys.exit("the outputs differ")
    return {"onnxruntime": lambda: session.run(None, inputs)}


def _torch(onnx_model: Any, inputs: Any) -> dict[str, Callable[[], object]]:
    try:
        import torch  # pyright: ignore[reportMissingImports] - an option
    except ImportError:
        return {}
    from onnx import helper, numpy_helper

    torch.set_num_threads(THREADS)
    weights = {
        i.name: torch.from_numpy(numpy_helper.to_array(i).copy())
        for i in onnx_model.graph.initializer
    }

    def run() -> object:
        values = weights | {name: torch.from_numpy(x) for name, x in inputs.items()}
        y: Any = None
        for node in onnx_model.graph.node:
            fields: dict[str, Any] = {f.name: helper.get_attribute_value(f) for f in node.attribute}
            given = [values[name] for name in node.input]
            match node.op_type:
                case "Conv":
                    pads = fields["pads"][:2]
                    y = torch.nn.functional.conv2d(*given, stride=fields["strides"], padding=pads)
                case "BatchNormalization":
                    x, weight, bias, mean, var = given
                    y = torch.nn.functional.batch_norm(x, mean, var, weight, bias)
                case "MaxPool":
                    y = torch.nn.functional.max_pool2d(given[0], 3, 2, 1)
                case "Gemm":
                    y = torch.nn.functional.linear(*given)
                case "Relu":
                    y = torch.nn.functional.relu(given[0])
                case "Add":
                    y = given[0] + given[1]
                case "GlobalAveragePool":
                    y = given[0].mean((2, 3), keepdim=True)
                case _:
                    y = given[0].flatten(1)
            values[node.output[0]] = y
        return y

    def without_gradients() -> object:
        with torch.no_grad():
            return run()

    return {"PyTorch": without_gradients}


if __name__ == "__main__":
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(THREADS))
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")  # as the command line does
    main()
