"""Small models that stand beside what is generated."""

from __future__ import annotations

from onnx import TensorProto, helper

NET = """\
name: small
input: [3, 8, 8]
vars: {width: 4}
layers:
  - {op: conv, name: stem, out_channels: width, kernel_size: 3}
  - {op: residual, name: unit, body: [{op: conv, out_channels: width, kernel_size: 3, padding: 1}]}
  - relu
  - global_avg_pool
  - flatten
  - {op: linear, name: head, out_features: 2}
"""


def _model() -> bytes:
    """A convolution of stored weights whose input leaves its batch open."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [2, 1, 3, 3], [0.5] * 18)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x0", "w"], ["a"]),
            helper.make_node("Swirl", ["a"], ["y"], domain="acme"),
        ],
        "g",
        [helper.make_tensor_value_info("x0", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


ONNX = _model()
