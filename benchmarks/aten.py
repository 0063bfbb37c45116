"""Programs of one operator each, with what PyTorch makes of them: ``tests/data/pt2/operators.zip``.

By hand, where torch is installed::

    PYTHONPATH=. python benchmarks/aten.py tests/data/pt2/operators.zip

    PYTHONPATH=. python benchmarks/aten.py tests/data/pt2/operators.zip cond nms    # these alone

Of each program of ``aten_cases`` it writes the graph as ``torch.export`` has it, and again where
``run_decompositions`` makes others of its operators, with the arrays, inputs and outputs.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.export.graph_signature import InputKind
from torch.utils import _pytree as pytree

from benchmarks.aten_cases import cases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.aten_cases.program import Case


def main() -> None:
    """Write the file that is named; with names of programs besides, those alone are made again."""
    target, *asked = sys.argv[1:]
    warnings.simplefilter("ignore")
    written = _others(target, asked) if asked else {}
    for name, case in cases().items():
        if asked and name not in asked:
            continue
        try:
            written |= dict(_written(name, case))
        except Exception as error:
            print(f"{name}: not exported: {str(error)[:300]}")
    text = json.dumps(written, separators=(",", ":"))
    entry = zipfile.ZipInfo("operators.json", (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_LZMA
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, text)
    print(f"{len(written)} programs, {Path(target).stat().st_size:,} bytes")


def _others(target: str, asked: Sequence[str]) -> dict[str, Any]:
    """The programs of the file but for some, as it has them."""
    with zipfile.ZipFile(target) as archive:
        found = json.loads(archive.read("operators.json"))
    return {name: case for name, case in found.items() if name.partition(",")[0] not in asked}


def _written(name: str, case: Case) -> Any:
    module, inputs = case
    with torch.no_grad():
        expected = pytree.tree_leaves(module(*inputs))
        program = torch.export.export(module, inputs, strict=False)
        lower = program.run_decompositions()
    yield name, _case(program, inputs, expected)
    if _targets(lower) != _targets(program):
        yield f"{name}, decomposed", _case(lower, inputs, expected)


def _targets(program: Any) -> Sequence[str]:
    return [str(node.target) for node in program.graph.nodes if node.op == "call_function"]


def _case(program: Any, inputs: Sequence[Any], expected: Sequence[Any]) -> Mapping[str, Any]:
    return {
        "program": slim(program),
        "arrays": {name: _array(array) for name, array in _arrays(program, inputs).items()},
        "inputs": [_array(array) for array in inputs],
        "outputs": [_array(array) for array in expected],
    }


def slim(program: Any) -> Mapping[str, Any]:
    """The parts of a program that are read, as they stand in its archive."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.pt2"
        torch.export.save(program, path)
        with zipfile.ZipFile(path) as archive:
            (name,) = (n for n in archive.namelist() if "/models/" in n)
            whole = json.loads(archive.read(name))
    module = whole["graph_module"]
    graph = module["graph"]
    _without_metadata(graph)
    values = _slim_values(graph)
    kept = {"nodes": graph["nodes"], "tensor_values": values}
    kept["sym_int_values"] = graph["sym_int_values"]
    return {
        "schema_version": whole["schema_version"],
        "graph_module": {"graph": kept, "signature": module["signature"]},
    }


def _slim_values(graph: Any) -> Mapping[str, Any]:
    return {
        name: {"dtype": one["dtype"], "sizes": one["sizes"]}
        for name, one in graph["tensor_values"].items()
    }


def _without_metadata(graph: Any) -> None:
    """Forget what is said of nodes, those in graphs inside of nodes included."""
    for node in graph["nodes"]:
        node["metadata"] = {}
        for argument in node["inputs"]:
            inner = argument["arg"].get("as_graph", {}).get("graph")
            if inner is not None:
                _without_metadata(inner)
                inner["tensor_values"] = _slim_values(inner)


class _Constants(torch.fx.Interpreter):
    """A graph that keeps what its nodes make of no input of the user's."""

    def __init__(self, program: Any) -> None:
        super().__init__(program.graph_module)
        specs = program.graph_signature.input_specs
        self.moving = {spec.arg.name for spec in specs if spec.kind == InputKind.USER_INPUT}
        self.found: dict[str, torch.Tensor] = {}

    def run_node(self, n: Any) -> Any:
        made = super().run_node(n)
        name = str(n.target)
        like = "_like" in name or ".new_" in name  # of another tensor, only its shape and type
        if not like and any(read.name in self.moving for read in n.all_input_nodes):
            self.moving.add(n.name)
        elif n.op == "call_function" and isinstance(made, torch.Tensor):
            self.found[n.name] = made.clone()
        return made


def _arrays(program: Any, inputs: Sequence[Any]) -> Mapping[str, torch.Tensor]:
    """The arrays of a program by their names, and what it makes of none of its inputs."""
    stored = {**program.state_dict, **program.constants}
    given = iter(pytree.tree_leaves(inputs))
    specs = program.graph_signature.input_specs
    arguments: list[torch.Tensor] = [
        next(given) if spec.kind == InputKind.USER_INPUT else stored[spec.target] for spec in specs
    ]
    constants = _Constants(program)
    constants.run(*[one.clone() for one in arguments])
    return {**stored, **constants.found}


def _array(array: torch.Tensor) -> Mapping[str, Any]:
    array = array.detach()
    kind = str(array.dtype).removeprefix("torch.")
    values = array.reshape(-1).tolist()
    if array.dtype.is_floating_point:
        values = [float(f"{value:.6g}") for value in values]
    return {"dtype": kind, "shape": [*array.shape], "values": values}


if __name__ == "__main__":
    main()
