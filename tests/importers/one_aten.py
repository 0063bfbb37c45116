"""Programs of one operator each, and what PyTorch makes of them (``benchmarks/aten.py``)."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.execution.forward import execute
from convcost.executor.namespace import Plain
from convcost.importers.pt2 import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.executor.namespace import Array
    from convcost.network import Network
    from convcost.tensor import Weight

HERE = Path(__file__).parent.parent / "data" / "pt2"


@cache
def programs() -> Mapping[str, Any]:
    """All, by their names."""
    with zipfile.ZipFile(HERE / "operators.zip") as archive:
        return json.loads(archive.read("operators.json"))


def archived(program: Any, **members: bytes) -> bytes:
    """A program as torch.export.save archives it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        text = program if isinstance(program, str) else json.dumps(program)
        archive.writestr("model/models/model.json", text)
        for name, data in members.items():
            archive.writestr(f"model/{name}", data)
    return file.getvalue()


def array_of(written: Mapping[str, Any]) -> Array:
    values = np.array(written["values"], dtype=np.dtype(written["dtype"]))
    return values.reshape(written["shape"])


def loaded(program: Any, **asked: Any) -> Network:
    return load("model.pt2", read=lambda _: archived(program), **asked)


def _brought_back(module: Any, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Arrays that are stored quantised, as the numbers that they stand for."""
    specs = (one for spec in module["signature"]["input_specs"] for one in spec.items())
    stored = {
        one["arg"]["name"]: one[f"{kind}_name"] for kind, one in specs if f"{kind}_name" in one
    }
    found: dict[str, Array] = {}
    for node in module["graph"]["nodes"]:
        if ".dequantize_" in node["target"]:
            read = node["inputs"][0]["arg"]["as_tensor"]["name"]
            if read in stored:
                found[stored[read]] = arrays[node["outputs"][0]["as_tensor"]["name"]]
    return found


def outputs_of(network: Network, case: Mapping[str, Any]) -> list[Array]:
    """Outputs of our executor for the inputs of a program."""
    arrays = {name: array_of(one) for name, one in case["arrays"].items()}
    arrays |= _brought_back(case["program"]["graph_module"], arrays)

    def array(weight: Weight) -> Array:
        if weight.values is not None:
            return np.broadcast_to(np.array(weight.values, np.float32), weight.shape)
        name, _, rows = weight.name.partition("[")  # `weight[0:8]` are rows of it
        found = arrays[name]
        if rows:
            start, end = map(int, rows.rstrip("]").split(":"))
            found = found[start:end]
        turned = found.ndim == 2 and found.shape == weight.shape[::-1] != weight.shape
        return found.T if turned else found.reshape(weight.shape)

    feeds = zip(network.inputs, map(array_of, case["inputs"]), strict=True)
    return [*execute(network, dict(feeds), array, Plain()).values()]
