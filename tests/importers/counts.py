"""Parameters and MACs of a model of a line, counted without convcost.

Dense MACs follow from the shapes that a runtime makes. Those in bounds are the runtime's own: where
every number is 1, a sum of products is their number.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    Shape = Sequence[int]
    Run = Callable[[onnx.ModelProto, Mapping[str, np.ndarray]], list[Any]]

FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)
LINEAR = ("Conv", "ConvTranspose", "MatMul", "Einsum", "ConvInteger", "MatMulInteger")
"""Operators whose outputs are sums of products of their first two inputs, and of nothing else."""


def _window(inputs: Sequence[Shape], y: Shape, weight: int = 1) -> int:
    return prod(y) * prod(inputs[weight][1:])


def _product(inputs: Sequence[Shape], y: Shape) -> int:
    return prod(y) * inputs[0][-1]


DENSE: dict[str, Callable[[onnx.NodeProto, Sequence[Shape], Shape], int]] = {
    "Conv": lambda _, inputs, y: _window(inputs, y),
    "ConvInteger": lambda _, inputs, y: _window(inputs, y),
    "DeformConv": lambda _, inputs, y: _window(inputs, y),
    "QLinearConv": lambda _, inputs, y: _window(inputs, y, 3),
    "ConvTranspose": lambda _, inputs, _y: prod(inputs[0]) * prod(inputs[1][1:]),
    "MatMul": lambda _, inputs, y: _product(inputs, y),
    "MatMulInteger": lambda _, inputs, y: _product(inputs, y),
    "QLinearMatMul": lambda _, inputs, y: _product(inputs, y),
    "Gemm": lambda node, inputs, y: prod(y) * inputs[0][0 if _has(node, "transA") else 1],
    "Einsum": lambda node, inputs, _y: _letters(node, inputs),
    "Attention": lambda _, inputs, y: prod(y[:3]) * inputs[1][2] * (inputs[0][3] + y[3]),
}
"""MACs of a node of the shapes of its inputs and its output; operators that are not here have
none."""


def _has(node: onnx.NodeProto, attribute: str) -> bool:
    return any(a.name == attribute and a.i for a in node.attribute)


def _letters(node: onnx.NodeProto, inputs: Sequence[Shape]) -> int:
    """The positions of a loop over every letter of an equation."""
    equation: str = helper.get_attribute_value(node.attribute[0]).decode().replace(" ", "")
    sides = equation.partition("->")[0].split(",")
    sizes: dict[str, int] = {}
    for side, shape in zip(sides, inputs, strict=True):
        sizes |= zip(side, shape, strict=True)
    return prod(sizes.values())


QUANTISED = {
    "ConvInteger": (1,),
    "MatMulInteger": (1,),
    "QLinearConv": (3, 8),
    "QLinearMatMul": (3,),
    "com.microsoft.QGemm": (3, 6),
}
"""Inputs that hold weights and biases as whole numbers."""


def parameters(model: onnx.ModelProto, drawn: Container[str]) -> range:
    """The numbers of parameters that a model may be said to have: the elements of arrays without
    values of their own and of weights of whole numbers; statistics of batches left aside. Arrays
    with values are constants or parameters, as they are used."""
    running: set[str] = set()
    whole: set[str] = set()
    for node in model.graph.node:
        name = ".".join(filter(None, (node.domain, node.op_type)))
        whole.update(node.input[n] for n in QUANTISED.get(name, ()) if n < len(node.input))
        if name == "BatchNormalization":
            running.update(node.input[3:])
    stored = model.graph.initializer
    learned = [t for t in stored if t.name in whole or (t.data_type in FLOATS and t.name in drawn)]
    fewest = sum(prod(tensor.dims) for tensor in learned if tensor.name not in running)
    others = [t for t in stored if t.data_type in FLOATS and t.name not in drawn]
    return range(fewest, fewest + sum(prod(tensor.dims) for tensor in others) + 1)


def macs(model: onnx.ModelProto, made: Sequence[np.ndarray]) -> int:
    """Dense MACs of a model that made these outputs."""
    graph = model.graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for info in (*graph.input, *graph.value_info):
        shapes[info.name] = tuple(d.dim_value for d in info.type.tensor_type.shape.dim)
    shapes |= zip((o.name for o in graph.output), (array.shape for array in made), strict=True)
    total = 0
    for node in graph.node:
        counted = DENSE.get(node.op_type)
        if counted is not None:
            inputs = [shapes.get(name, ()) for name in node.input]
            total += counted(node, inputs, shapes[node.output[0]])
    return total


def macs_in_bounds(model: onnx.ModelProto, run: Run) -> int | None:
    """The sum of a model's outputs where every number is 1; None where that is not a number of
    products."""
    nodes = model.graph.node
    if len(nodes) != 1 or nodes[0].op_type not in LINEAR or len(nodes[0].input) > 3:
        return None
    ones = onnx.ModelProto()
    ones.CopyFrom(model)
    for tensor in ones.graph.initializer:
        fill = 0 if nodes[0].input[2:] == [tensor.name] else 1  # a bias
        array = np.full_like(numpy_helper.to_array(tensor), fill)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    feeds = {
        info.name: np.ones(
            [d.dim_value for d in info.type.tensor_type.shape.dim],
            helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type),
        )
        for info in ones.graph.input
    }
    (sums,) = run(ones, feeds)
    return int(sums.sum(dtype=np.int64))
