"""An attribute that is left out is one with its default, which the schemas of onnx and onnxruntime
have: either way a file is the same network."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from claims import LINES, Use, defaults, graph_of, known
from conformance import model_of
from test_onnx_fused import PAIRS

from convcost.errors import ConvcostError
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    import onnx

    from convcost.network import Network

MOST = 2  # lines of an attribute of a version of an operator
FUSED = [f"21 | {arrays} | {fused}" for arrays, fused, _ in PAIRS]
EVERY = [line for family in (*LINES.values(), FUSED) for line in family if known(line)]


FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+(?:e[-+]?[0-9]+)?|[-+]?[0-9]+e[-+]?[0-9]+")
LARGEST = f"{np.finfo(np.float32).max:.6g}"


def _rounded(found: re.Match[str]) -> str:
    """A number as float32 has it, in which files hold it; the largest of all is no bound."""
    text = f"{float(found[0]):.6g}"
    return "None" if text.lstrip("-") == LARGEST else text


def described(model: onnx.ModelProto) -> object:
    """All that a file is read as; the reason, where it is refused or not understood."""
    data = model.SerializeToString()
    try:
        network: Network = load("net.onnx", read=lambda _: data)
    except ConvcostError as error:
        return str(error)
    if network.unknown:
        return "\n".join(network.unknown)
    number = {tensor: n for n, tensor in enumerate(network.inputs.values())}
    layers: list[object] = []
    for layer in network.layers:
        number |= {tensor: len(number) + n for n, tensor in enumerate(layer.outputs)}
        arrays = [(role, w.name, w.shape, w.values) for role, w in layer.weights.items()]
        shapes = [(tensor.shape, tensor.dtype) for tensor in layer.outputs]
        op = FLOAT.sub(_rounded, repr(layer.op))
        layers.append((op, [number[t] for t in layer.inputs], arrays, shapes))
    made = [number.get(tensor) for tensor in network.outputs.values()]
    return layers, made, network.differs, network.assumes


def cases() -> Iterator[tuple[str, int, onnx.AttributeProto]]:
    """Lines, and of a node by its number an attribute with its default."""
    seen: Counter[object] = Counter()
    for line in EVERY:
        opset = int(line.partition("|")[0])
        for number, node in enumerate(graph_of(line).node):
            for name, default in defaults(Use(1 if node.domain else opset, node)).items():
                key = (node.domain, node.op_type, opset, name)
                seen[key] += 1
                if seen[key] <= MOST:
                    yield line, number, default


def with_attribute(line: str, number: int, name: str, *given: onnx.AttributeProto) -> object:
    """What a line is read as if one of its nodes has an attribute as it is given, or not at all."""

    def change(graph: onnx.GraphProto) -> None:
        node = graph.node[number]
        kept = [attribute for attribute in node.attribute if attribute.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, *given])

    return described(model_of(line, change))


def test_defaults_that_are_written_out_change_nothing() -> None:
    wrong: list[str] = []
    for line, number, default in cases():
        written = with_attribute(line, number, default.name, default)
        fits = not isinstance(written, str)  # to what else the line is of
        if fits and with_attribute(line, number, default.name) != written:
            wrong.append(f"{line}: {default.name}")
    assert wrong == []
