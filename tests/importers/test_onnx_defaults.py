"""An attribute that is left out is one with its default, which the schemas of onnx and onnxruntime
have: either way a file is the same network."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from claims import LINES, Use, defaults, graph_of, known
from conformance import model_of
from test_onnx_fused import PAIRS

from convcost.errors import ConvcostError
from convcost.importers.onnx import load

if TYPE_CHECKING:
    import onnx

    from convcost.network import Network

MOST = 2  # lines of an attribute of a version of an operator in each of its modes
ALIKE = "activations"  # one of them is for both directions, as the default has them
FUSED = [f"21 | {arrays} | {fused}" for arrays, fused, _ in PAIRS]
EVERY = [line for family in (*LINES.values(), FUSED) for line in family if known(line)]


FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+(?:e[-+]?[0-9]+)?|[-+]?[0-9]+e[-+]?[0-9]+")
LARGEST = f"{np.finfo(np.float32).max:.6g}"


def _rounded(found: re.Match[str]) -> str:
    """A number as float32 has it, in which files hold it; the largest of all is not a bound."""
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


def cases() -> list[tuple[str, int, onnx.AttributeProto]]:
    """Lines, and of a node by its number an attribute with its default: first where it is given."""
    found: dict[object, list[tuple[bool, str, int, onnx.AttributeProto]]] = {}
    for line in EVERY:
        opset = int(line.partition("|")[0])
        for number, node in enumerate(graph_of(line).node):
            given = {a.name: a.s for a in node.attribute}
            for name, default in defaults(Use(1 if node.domain else opset, node)).items():
                modes = (*(word for other, word in given.items() if word and other != name),)
                key = (node.domain, node.op_type, opset, name, modes)
                if name != ALIKE:
                    found.setdefault(key, []).append((name not in given, line, number, default))
    chosen = (sorted(some, key=itemgetter(0))[:MOST] for some in found.values())
    return [(line, number, default) for some in chosen for _, line, number, default in some]


def with_attribute(line: str, number: int, name: str, *given: onnx.AttributeProto) -> object:
    """The network of a line whose nodes have an attribute as it is given, or not at all."""

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
