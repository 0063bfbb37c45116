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
    Formula = Callable[[onnx.NodeProto, Sequence[Shape], Sequence[Shape]], int | None]
    Run = Callable[[onnx.ModelProto, Mapping[str, np.ndarray]], list[Any]]

FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)
LINEAR = ("Conv", "ConvTranspose", "MatMul", "Einsum", "ConvInteger", "MatMulInteger")
"""Operators whose outputs are sums of products of their first two inputs, and of nothing else."""


def _window(weight: int = 1) -> Formula:
    return lambda _, inputs, outputs: prod(outputs[0]) * prod(inputs[weight][1:])


def _scattered(_: onnx.NodeProto, inputs: Sequence[Shape], _outputs: Sequence[Shape]) -> int:
    return prod(inputs[0]) * prod(inputs[1][1:])


def _product(node: onnx.NodeProto, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    x = inputs[0]
    return prod(outputs[0]) * (x[len(x) - 2 if _number(node, "transA") else len(x) - 1])


def _batched_first(node: onnx.NodeProto, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """A product whose first matrices may have their batch between rows and columns."""
    moved = _number(node, "transBatchA") and _number(node, "transA")
    return prod(outputs[0]) * inputs[0][0] if moved else _product(node, inputs, outputs)


def _letters(node: onnx.NodeProto, inputs: Sequence[Shape], _: Sequence[Shape]) -> int | None:
    """The positions of a loop over every letter of an equation, where it sums over some; None for
    three inputs, whose order says how many there are."""
    equation: str = helper.get_attribute_value(node.attribute[0]).decode().replace(" ", "")
    read, _arrow, made = equation.partition("->")
    if len(inputs) != 2 or "." in equation:
        return None if len(inputs) > 1 else 0
    sizes: dict[str, int] = {}
    for side, shape in zip(read.split(","), inputs, strict=True):
        sizes |= zip(side, shape, strict=True)
    return prod(sizes.values()) if sizes.keys() - {*made} else 0


def _attention(past: int) -> Formula:
    """Each query with each key, and each weight with each value; ``past`` is the input that holds
    earlier keys."""

    def count(_: onnx.NodeProto, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
        earlier = inputs[past][2] if len(inputs) > past and inputs[past] else 0
        keys = inputs[1][-2] + earlier
        return keys * (prod(inputs[0]) + prod(outputs[0]))

    return count


def _grouped_queries(_: onnx.NodeProto, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    keys = outputs[1][2] if len(outputs) > 1 else inputs[1][1]
    return 2 * keys * prod(outputs[0])


def _self_attention(weight: int, past: int) -> Formula:
    """The projections of what attends to itself, and their attention."""

    def count(_: onnx.NodeProto, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
        (batch, length, _width), y = inputs[0], outputs[0]
        rows, columns = inputs[weight]
        queries = (columns - y[-1]) // 2  # as wide as keys
        earlier = inputs[past][3] if len(inputs) > past and inputs[past] else 0
        products = batch * length * rows * columns
        return products + batch * length * (length + earlier) * (queries + y[-1])

    return count


def _recurrent(_: onnx.NodeProto, inputs: Sequence[Shape], _outputs: Sequence[Shape]) -> int:
    """Both matrices at each step of each sequence."""
    (first, second, _width), weight, recurrence = inputs[:3]
    return first * second * (prod(weight) + prod(recurrence))


def _transform(
    node: onnx.NodeProto, inputs: Sequence[Shape], outputs: Sequence[Shape]
) -> int | None:
    """A cosine and a sine for each place; None where an input says the axis or another length."""
    x = inputs[0]
    axis = next((a.i for a in node.attribute if a.name == "axis"), 1 if len(x) == 3 else None)
    if axis is None or len(inputs) > 1:
        return None
    return prod(outputs[0]) * x[axis] * x[-1]


def _transforms_of_frames(
    _: onnx.NodeProto, inputs: Sequence[Shape], outputs: Sequence[Shape]
) -> int | None:
    """Of frames as long as the window; None without one."""
    window = inputs[2] if len(inputs) > 2 else ()
    return prod(outputs[0]) * window[0] if window else None


FUSED = "com.microsoft."
DENSE: dict[str, Formula] = {
    **dict.fromkeys(("Conv", "ConvInteger", "DeformConv", f"{FUSED}FusedConv"), _window()),
    **dict.fromkeys(("QLinearConv", f"{FUSED}QLinearConv"), _window(3)),
    "ConvTranspose": _scattered,
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul", "Gemm"), _product),
    **dict.fromkeys((f"{FUSED}QGemm", f"{FUSED}FusedGemm"), _product),
    **dict.fromkeys((f"{FUSED}FusedMatMul", f"{FUSED}TransposeMatMul"), _batched_first),
    **dict.fromkeys((f"{FUSED}MatMulIntegerToFloat", f"{FUSED}DynamicQuantizeMatMul"), _product),
    **dict.fromkeys(("LSTM", "GRU", "RNN", f"{FUSED}DynamicQuantizeLSTM"), _recurrent),
    "Einsum": _letters,
    "DFT": _transform,
    "STFT": _transforms_of_frames,
    "Attention": _attention(4),
    f"{FUSED}MultiHeadAttention": _attention(6),
    f"{FUSED}GroupQueryAttention": _grouped_queries,
    f"{FUSED}Attention": _self_attention(1, 4),
    f"{FUSED}QAttention": _self_attention(1, 8),
}
"""MACs of a node, from the shapes of what it reads and makes; operators that are not here have
none."""


def _number(node: onnx.NodeProto, attribute: str) -> int:
    return next((a.i for a in node.attribute if a.name == attribute), 0)


QUANTISED = {
    "ConvInteger": (1,),
    "MatMulInteger": (1,),
    "QLinearConv": (3, 8),
    "QLinearMatMul": (3,),
    f"{FUSED}QGemm": (3, 6),
    f"{FUSED}QLinearConv": (3, 8),
    f"{FUSED}QAttention": (1,),
    f"{FUSED}MatMulIntegerToFloat": (1,),
    f"{FUSED}DynamicQuantizeMatMul": (1,),
}
"""Inputs that hold weights and biases as whole numbers."""


def parameters(model: onnx.ModelProto, drawn: Container[str]) -> range:
    """The numbers of parameters that a model may be said to have: the elements of arrays without
    values of their own and of weights of whole numbers; statistics of batches left aside, told by
    their operator or their name. Arrays with values are constants or parameters, as they are
    used."""
    running = {t.name for t in model.graph.initializer if t.name.startswith("running_")}
    whole: set[str] = set()
    for node in model.graph.node:
        numbers = QUANTISED.get(_title(node), ())
        whole.update(node.input[n] for n in numbers if n < len(node.input))
        if _title(node) == "BatchNormalization":
            running.update(node.input[3:])
    stored = model.graph.initializer
    learned = [t for t in stored if t.name in whole or (t.data_type in FLOATS and t.name in drawn)]
    fewest = sum(prod(tensor.dims) for tensor in learned if tensor.name not in running)
    others = [t for t in stored if t.data_type in FLOATS and t.name not in drawn]
    return range(fewest, fewest + sum(prod(tensor.dims) for tensor in others) + 1)


def macs(model: onnx.ModelProto, made: Sequence[np.ndarray]) -> int | None:
    """Dense MACs of a model that made these outputs; None where they are not told by shapes."""
    graph = model.graph
    shapes: dict[str, Shape] = {"": (), **{t.name: tuple(t.dims) for t in graph.initializer}}
    for info in (*graph.input, *graph.value_info):
        shapes[info.name] = tuple(d.dim_value for d in info.type.tensor_type.shape.dim)
    shapes |= zip((o.name for o in graph.output), (array.shape for array in made), strict=True)
    total = 0
    for node in graph.node:
        counted = DENSE.get(_title(node))
        if counted is None:
            continue
        if not shapes.keys() >= {*node.input, *node.output}:
            return None
        inputs, outputs = ([shapes[name] for name in side] for side in (node.input, node.output))
        found = counted(node, inputs, outputs)
        if found is None:
            return None
        total += found
    return total


def _title(node: onnx.NodeProto) -> str:
    return ".".join(filter(None, (node.domain, node.op_type)))


def macs_in_bounds(model: onnx.ModelProto, run: Run) -> int | None:
    """The sum of a model's outputs where every number is 1; None where that is not a number of
    products."""
    nodes = model.graph.node
    if len(nodes) != 1 or nodes[0].op_type not in LINEAR or len(nodes[0].input) > 3:
        return None
    ones = onnx.ModelProto()
    ones.CopyFrom(model)
    bias = nodes[0].input[2:]
    for tensor in ones.graph.initializer:
        array = np.full_like(numpy_helper.to_array(tensor), tensor.name not in bias)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    feeds = {
        info.name: np.full(
            [d.dim_value for d in info.type.tensor_type.shape.dim],
            info.name not in bias,
            helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type),
        )
        for info in ones.graph.input
    }
    (sums,) = run(ones, feeds)
    return int(sums.sum(dtype=np.int64))
