"""Paths of modules, where exporters have left them in names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCOPES = "pkg.torch.onnx.name_scopes"


def path_of(name: str, inputs: Sequence[str], entries: Mapping[str, str]) -> str:
    """The path of the module that a node belongs to, else its own name.

    Args:
        name: of the node.
        inputs: names that it reads, the second of which may be that of a module's weight.
        entries: its metadata.
    """
    scopes = entries.get(SCOPES)
    if scopes is not None:
        try:
            listed: Any = ast.literal_eval(scopes)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            listed = None
        if isinstance(listed, list):
            named = [str(part) for part in cast("list[object]", listed) if part]
            return named[-2] if len(named) > 1 else ""
    if "/" in name:
        return _modules(name.strip("/").split("/")[:-1])
    for read in inputs[1:2]:
        if read.endswith(".weight"):
            return read.removesuffix(".weight")
        if read.count("/") > 1:  # model/layer/convolution/ReadVariableOp:0
            return _modules(read.strip("/").split("/")[:-2])
    return name


def of_array(name: str) -> str:
    """The name of a layer that passes an array on."""
    return _modules(name.removesuffix(":0").strip("/").split("/")) or name


def _modules(words: list[str]) -> str:
    """``layer1.0.conv1`` from ``layer1/layer1.0/conv1``: a word that begins with the one before and
    a dot stands for both."""
    path: list[str] = []
    for word in words:
        if path and word.startswith(f"{path[-1]}."):
            path[-1] = word
        else:
            path.append(word)
    return ".".join(path)


def lifted(name: str) -> bool:
    """Whether an exporter made an array of its own out of a constant of the program: PyTorch's call
    them ``val_3``, those that only some layers read as a weight."""
    word, _, number = name.rpartition("_")
    return number.isdecimal() and word in ("val", "_val", "lifted_tensor", "c_lifted_tensor")
