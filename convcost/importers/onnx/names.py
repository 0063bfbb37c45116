"""Names of layers: the path of the module where an exporter has left one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from convcost.importers.onnx.node import Node

SCOPES = "pkg.torch.onnx.name_scopes"


class Names:
    """Gives each layer a name of its own."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def new(self, node: Node) -> str:
        """A name for a layer that a node becomes; for a further one with a number."""
        word = node.op.lower()
        path = _path(node)
        full = f"{path}.{word}" if path else word
        # A transpose before a module's own layer must not take its name: exporters put them there.
        if path and path not in self.taken and node.op != "Transpose":
            full = path
        return self.unique(full)

    def unique(self, base: str) -> str:
        """A name that nothing has yet: with a number where it must."""
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}{number}", number + 1
        self.taken.add(name)
        return name


def _path(node: Node) -> str:
    scopes = node.metadata.get(SCOPES)
    if scopes is not None:
        try:
            listed: Any = ast.literal_eval(scopes)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            listed = None
        if isinstance(listed, list):
            named = [str(part) for part in cast("list[object]", listed) if part]
            return named[-2] if len(named) > 1 else ""
    if "/" in node.name:
        return _modules(node.name.strip("/").split("/")[:-1])
    for name in node.inputs[1:2]:
        if name.endswith(".weight"):
            return name.removesuffix(".weight")
        if name.count("/") > 1:  # model/layer/convolution/ReadVariableOp:0
            return _modules(name.strip("/").split("/")[:-2])
    return node.name


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
