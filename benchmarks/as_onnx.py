"""ResNet-50's kinds of layer as an ONNX model with the same weights, for other runtimes to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onnx import TensorProto, helper, numpy_helper

from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from convcost.network import Layer, Network
    from convcost.tensor import Weight


def model(network: Network, arrays: Callable[[Weight], np.ndarray[Any, Any]]) -> Any:
    """The ONNX model of a network."""
    nodes: list[Any] = []
    initializers: list[Any] = []
    for layer in network.layers:
        for weight in layer.weights.values():
            initializers.append(numpy_helper.from_array(arrays(weight), weight.name))
        inputs = [tensor.name for tensor in layer.inputs]
        nodes.append(_node(layer, inputs))
    (source,) = network.inputs.values()
    (result,) = network.outputs.values()
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info(source.name, TensorProto.FLOAT, source.shape)],
        [helper.make_tensor_value_info(result.name, TensorProto.FLOAT, result.shape)],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _node(layer: Layer, inputs: list[str]) -> Any:
    op: Any = layer.op
    weights = {role: weight.name for role, weight in layer.weights.items()}
    outputs = [layer.outputs[0].name]
    match op_name(type(op)):
        case "conv":
            pads = [before for before, _ in op.padding] + [after for _, after in op.padding]
            inputs += [weights["weight"], *([weights["bias"]] if op.bias else [])]
            return helper.make_node(
                "Conv", inputs, outputs, strides=op.stride, pads=pads, group=op.groups
            )
        case "batch_norm":
            roles = ("weight", "bias", "running_mean", "running_var")
            inputs += [weights[role] for role in roles]
            return helper.make_node("BatchNormalization", inputs, outputs, epsilon=op.eps)
        case "max_pool":
            pads = [before for before, _ in op.padding] + [after for _, after in op.padding]
            return helper.make_node(
                "MaxPool",
                inputs,
                outputs,
                kernel_shape=op.kernel_size,
                strides=op.stride,
                pads=pads,
            )
        case "linear":
            inputs += [weights["weight"], weights["bias"]]
            return helper.make_node("Gemm", inputs, outputs, transB=1)
        case name:
            plain = {"relu": "Relu", "add": "Add", "global_avg_pool": "GlobalAveragePool"}
            return helper.make_node({**plain, "flatten": "Flatten"}[name], inputs, outputs)
