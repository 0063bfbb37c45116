"""ONNX files: graphs of random nodes, and files of others with messages or bytes changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from fuzz import damage, messages
from fuzz.case import Input
from fuzz.lines import of_model, scouted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fuzz.case import Line, Runner

ROOT = Path(__file__).parent.parent.parent
MOST_BYTES = 200_000
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
INTS = (0, 1, -1, 2, 3, 7, 64, 2**31, 2**40, -(2**63), 2**63 - 1)
LISTS = (
    (),
    (0,),
    (1,),
    (-1,),
    (1, 1),
    (2, 2),
    (0, 0, 1, 1),
    (1, 1, 1, 1),
    (0, 2, 1),
    (9, 9),
    (-1, 2),
)
WORDS = ("", "SAME_UPPER", "VALID", "NOTSET", "linear", "nearest", "ij,jk->ik", "constant", "ceil")
USUAL = """
Conv Gemm MatMul Relu Add Mul Reshape Transpose Concat Slice Split Flatten MaxPool AveragePool Shape
BatchNormalization Gather Unsqueeze Squeeze Expand Resize Pad LSTM If
"""


@cache
def seeds() -> Sequence[bytes]:
    """Exports of the checkout, whose messages are changed."""
    paths = sorted((ROOT / "tests" / "data").rglob("*.onnx"))
    return [path.read_bytes() for path in paths if path.stat().st_size <= MOST_BYTES]


def generated(rng: Random) -> Input:
    """A graph of our own, or a file of another that was changed."""
    if rng.random() < 0.4:
        return changed(rng, "onnx", seeds())
    model = _graph(rng)
    if rng.random() < 0.2:
        messages.change(rng, model, model)
    return Input("onnx", ".onnx", model.SerializeToString())


def changed(rng: Random, kind: str, models: Sequence[bytes]) -> Input:
    """One of some models with bytes changed, or messages."""
    data = rng.choice(models)
    if rng.random() < 0.2:
        return Input(kind, ".onnx", damage.data(rng, data))
    model = onnx.ModelProto.FromString(data)
    messages.change(rng, model, onnx.ModelProto.FromString(rng.choice(models)))
    return Input(kind, ".onnx", model.SerializeToString())


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """Every command on it, and options that only such a file has a use for."""
    (folder / given.name).write_bytes(given.data)
    model = scouted(given.name, run, Random(len(given.data)))
    yield from of_model(model, folder)
    for option, value in (("--input", "1x8x8"), ("--dim", "N=2"), ("--value", "x0=1,2")):
        yield ("analyze", given.name, option, value, "--format", "json")
        yield ("verify", given.name, option, value) if model.small else ("rf", given.name)


# Graphs


@cache
def schemas() -> Sequence[Any]:
    """The newest form of every operator."""
    return [schema for schema in onnx.defs.get_all_schemas() if schema.domain == ""]


def _graph(rng: Random) -> onnx.ModelProto:
    """Up to six nodes, each of any operator, that read what there is."""
    rank = rng.choice((1, 2, 3, 4, 4, 4))
    shapes: list[Any] = [
        [rng.choice((1, 2, 3, 4, 5, "N", 0)) for _ in range(rank)] for _ in range(2)
    ]
    if rng.random() < 0.8:
        shapes = [[part if isinstance(part, int) and part else 2 for part in s] for s in shapes]
    stored: list[onnx.TensorProto] = []
    known = ["x0", "x1"]
    nodes: list[onnx.NodeProto] = []
    for number in range(rng.choice((1, 1, 2, 3, 6))):
        node = _node(rng, number, known, stored)
        nodes.append(node)
        known += [name for name in node.output if name]
    ends = [name for node in nodes[-2:] for name in node.output if name][:2] or ["x0"]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(f"x{n}", FLOAT, shape) for n, shape in enumerate(shapes)],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in ends],
        stored,
    )
    opset = rng.choice((7, 9, 11, 13, 17, 18, 21))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def _node(
    rng: Random, number: int, known: Sequence[str], stored: list[onnx.TensorProto]
) -> onnx.NodeProto:
    schema = (
        rng.choice(schemas())
        if rng.random() < 0.7
        else onnx.defs.get_schema(rng.choice(USUAL.split()))
    )
    least, most = schema.min_input, min(schema.max_input, schema.min_input + 3)
    inputs: list[str] = []
    for place in range(rng.randint(least, max(least, most))):
        if (place == 0 and rng.random() < 0.9) or rng.random() < 0.4:
            inputs.append(rng.choice(known[-4:]))
        elif place >= least and rng.random() < 0.3:
            inputs.append("")
        else:
            stored.append(_stored(rng, f"w{number}_{place}"))
            inputs.append(stored[-1].name)
    outputs = [f"y{number}_{n}" for n in range(max(1, schema.min_output))]
    node = helper.make_node(schema.name, inputs, outputs, name=rng.choice(("", f"n{number}")))
    for attribute in schema.attributes.values():
        if attribute.required or rng.random() < 0.3:
            _attribute(rng, node, attribute)
    return node


def _stored(rng: Random, name: str) -> onnx.TensorProto:
    """A small array, of numbers that may be a shape."""
    if rng.random() < 0.5:
        values = rng.choice(LISTS) if rng.random() < 0.8 else [rng.choice(INTS)]
        return numpy_helper.from_array(np.array(values, np.int64), name)
    shape = [rng.choice((1, 2, 3, 4)) for _ in range(rng.randint(0, 4))]
    return numpy_helper.from_array(np.full(shape, rng.choice((0, 1, -1, 0.5)), np.float32), name)


def _attribute(rng: Random, node: onnx.NodeProto, attribute: Any) -> None:
    kinds = onnx.AttributeProto
    made = node.attribute.add(name=attribute.name, type=int(attribute.type.value))
    match int(attribute.type.value):
        case kinds.INT:
            made.i = rng.choice(INTS if rng.random() < 0.3 else (0, 1, 2, -1))
        case kinds.INTS:
            made.ints.extend(rng.choice(LISTS))
        case kinds.FLOAT:
            made.f = rng.choice((0.0, 1.0, -1.0, 1e30, float("nan"), 0.1))
        case kinds.FLOATS:
            made.floats.extend((1.0,) * rng.randint(0, 4))
        case kinds.STRING:
            made.s = rng.choice(WORDS).encode()
        case kinds.STRINGS:
            made.strings.extend(word.encode() for word in rng.sample(WORDS, 2))
        case kinds.TENSOR:
            made.t.CopyFrom(_stored(rng, ""))
        case kinds.GRAPH:
            inner = helper.make_node("Relu", ["x0"], ["inner"])
            end = helper.make_tensor_value_info("inner", FLOAT, None)
            made.g.CopyFrom(helper.make_graph([inner], "branch", [], [end]))
        case _:
            pass
