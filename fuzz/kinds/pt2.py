"""Exported programs of PyTorch: graphs of random operators, in archives that may be damaged."""

from __future__ import annotations

import io
import json
import zipfile
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

from convcost.importers.pt2.archive import MAJOR_VERSION
from convcost.importers.pt2.translate import TRANSLATE
from fuzz import damage, trees
from fuzz.case import Input
from fuzz.lines import of_model, scouted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fuzz.case import Line, Runner

NAMES = """
self input weight bias other dim stride padding dilation groups kernel_size size keepdim eps start
end step index value alpha normalized_shape output_size num_groups tensors mat1 mat2 query key
"""
SHAPES = ((2, 3, 8, 8), (2, 4, 6, 6), (4, 3, 3, 3), (4,), (2, 144), (2, 3), (), (2, 3, 4))
PLAIN: tuple[Any, ...] = (
    *({"as_int": 1}, {"as_int": -1}, {"as_int": 2**40}, {"as_ints": [1, 1]}, {"as_ints": []}),
    *({"as_ints": [2, -1]}, {"as_bool": True}, {"as_float": 0.5}, {"as_none": True}),
    *({"as_string": "none"}, {"as_sym_int": {"as_name": "s"}}, {"as_scalar_type": 7}),
)


def generated(rng: Random) -> Input:
    """A program, mostly a convolution and what follows it, some of it changed."""
    program = _program(rng, rng.randint(0, 4))
    if rng.random() < 0.6:
        trees.change(rng, program)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/models/model.json", json.dumps(program))
        archive.writestr("net/version", "1")
    data = file.getvalue()
    return Input("pt2", ".pt2", damage.data(rng, data) if rng.random() < 0.1 else data)


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """Every command on it."""
    (folder / given.name).write_bytes(given.data)
    yield from of_model(scouted(given.name, run, Random(len(given.data))), folder)
    yield ("analyze", given.name, "--dim", "s0=3", "--format", "json")


def _tensor(name: str) -> dict[str, Any]:
    return {"as_tensor": {"name": name}}


def _meta(shape: Sequence[Any]) -> dict[str, Any]:
    return {"dtype": 7, "sizes": [{"as_int": size} for size in shape], "requires_grad": False}


def _node(target: str, made: str, **given: Any) -> dict[str, Any]:
    inputs = [{"name": name, "arg": deepcopy(arg), "kind": 1} for name, arg in given.items()]
    return {"target": target, "inputs": inputs, "outputs": [_tensor(made)], "metadata": {}}


def _program(rng: Random, more: int) -> dict[str, Any]:
    """A convolution, a relu, and further operators on what there is."""
    shapes: dict[str, Sequence[Any]] = {"x": SHAPES[0], "w": (4, 3, 3, 3), "b": (4,)}
    shapes |= {"c": (2, 4, 6, 6), "r": (2, 4, 6, 6)}
    conv = {"input": _tensor("x"), "weight": _tensor("w"), "bias": _tensor("b")}
    nodes = [_node("torch.ops.aten.conv2d.default", "c", **conv)]
    nodes.append(_node("torch.ops.aten.relu.default", "r", self=_tensor("c")))
    for number in range(more):
        made = f"y{number}"
        nodes.append(_any_node(rng, made, [*shapes][-3:]))
        shapes[made] = rng.choice(SHAPES)
    tensors = {name: _meta(shape) for name, shape in shapes.items()}
    if rng.random() < 0.3:
        tensors["x"]["sizes"][0] = {"as_expr": {"expr_str": "s0", "hint": {"as_int": 2}}}
    arrays = [("w", "conv.weight"), ("b", "conv.bias")]
    stored = [{"parameter": {"arg": {"name": a}, "parameter_name": n}} for a, n in arrays]
    signature = {
        "input_specs": [*stored, {"user_input": {"arg": _tensor("x")}}],
        "output_specs": [{"user_output": {"arg": _tensor([*shapes][-1])}}],
    }
    graph = {"nodes": nodes, "tensor_values": tensors, "sym_int_values": {"s": {"as_int": 2}}}
    return {
        "graph_module": {"graph": graph, "signature": signature},
        "schema_version": {"major": MAJOR_VERSION, "minor": 0},
    }


def _any_node(rng: Random, made: str, known: Sequence[str]) -> dict[str, Any]:
    """Any operator that there is a translator for, with arguments of any names."""
    domain, called = rng.choice([*TRANSLATE])
    first = rng.choice(("self", "input"))
    given: dict[str, Any] = {first: _tensor(rng.choice(known))}
    for name in rng.sample(NAMES.split(), rng.randint(0, 4)):
        tensor = rng.random() < 0.3
        given.setdefault(name, _tensor(rng.choice(known)) if tensor else rng.choice(PLAIN))
    if rng.random() < 0.1:
        several = rng.choice(("tensors", "indices"))
        given[several] = {"as_tensors": [{"name": name} for name in known]}
    if domain == "higher_order":
        given |= {f"g{number}": _graph(known[-1]) for number in range(rng.randint(1, 2))}
    return _node(f"torch.ops.{domain}.{called}.default", made, **given)


def _graph(name: str) -> dict[str, Any]:
    """A graph inside of a node."""
    nodes = [_node("torch.ops.aten.relu.default", "inner", self=_tensor(name))]
    graph = {"inputs": [_tensor(name)], "outputs": [_tensor("inner")], "nodes": nodes}
    graph |= {"tensor_values": {name: _meta((2, 3)), "inner": _meta((2, 3))}, "sym_int_values": {}}
    return {"as_graph": {"name": "g", "graph": graph}}
