"""ONNX models written as text, without their weights; and a guard against hanging."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import onnx
from onnx.parser import parse_model

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def soon(seconds: int = 5) -> Generator[None]:
    """Fail where something hangs."""

    def late(*_: object) -> None:
        raise AssertionError("it took too long")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def save_text(text: str, path: Path) -> str:
    """Save a model; its weights, declared and not given, are external data that does not exist."""
    model = parse_model(text)
    known = {tensor.name for tensor in model.graph.initializer}
    for info in model.graph.value_info:
        if info.name not in known:
            tensor = model.graph.initializer.add()
            tensor.name, tensor.data_type = info.name, info.type.tensor_type.elem_type
            tensor.dims.extend(d.dim_value for d in info.type.tensor_type.shape.dim)
            tensor.data_location = onnx.TensorProto.EXTERNAL
            entry = tensor.external_data.add()
            entry.key, entry.value = "location", "../../nowhere.bin"
    path.write_bytes(model.SerializeToString())
    return str(path)
