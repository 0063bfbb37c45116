"""Modules of PyTorch as Networks: exported in this process, without their weights.

PyTorch is the user's; it is imported here and nowhere else, when a module is given.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, printable
from convcost.importers.pt2 import load
from convcost.importers.pt2.exporting import exported
from convcost.importers.pt2.running import Module

if TYPE_CHECKING:
    from convcost.network import Network


def from_torch(module: Any, *inputs: Any, dynamic: Any = None, batch: int | None = None) -> Network:
    """The network of a module of PyTorch, as it is after training.

    The module stays as it is: a copy without weights is exported, on PyTorch's meta device. The
    network keeps a reference to it, so that :func:`convcost.verify` can compare its outputs.

    Args:
        module: a ``torch.nn.Module``.
        inputs: examples of what it is called with, of which only shapes and types are looked at;
            lists and dicts of tensors are fine.
        dynamic: sizes that may change, as ``torch.export.export`` takes them (``dynamic_shapes``);
            they are those of the examples here.
        batch: samples, in place of the examples' own.

    Returns:
        The Network, as :func:`convcost.load` returns of a file.

    Raises:
        ConvcostError: PyTorch is missing or too old, or cannot export the module.
    """
    torch = _torch()
    name = type(module).__name__
    try:
        made = exported(torch, module, inputs, dynamic=dynamic)
    except Exception as error:  # of whatever the module does
        reason = printable(str(error).strip().partition("\n")[0])
        raise ConvcostError(
            f"{name}: PyTorch cannot export it without running it: {type(error).__name__}: {reason}"
        ) from error
    path = f"{name}.pt2"
    network = load(path, shapes=made.shapes, batch=batch, read=lambda _: made.data, same=made.same)
    network.original = Module(torch, module, inputs, made)
    return network


def _torch() -> Any:
    try:
        torch: Any = import_module("torch")
        import_module("torch.export")
    except ImportError:
        raise ConvcostError(
            "from_torch needs PyTorch 2.8 or newer, which is not installed: pip install torch"
        ) from None
    return torch
