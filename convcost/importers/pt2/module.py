"""Modules of PyTorch as Networks: exported in this process, without their weights.

PyTorch is the user's; it is imported here and nowhere else, when a module is given.
"""

from __future__ import annotations

from copy import deepcopy
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, printable
from convcost.importers.pt2 import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.network import Network


def from_torch(module: Any, *inputs: Any, dynamic: Any = None, batch: int | None = None) -> Network:
    """The network of a module of PyTorch, as it is after training.

    The module stays as it is: a copy without weights is exported, on PyTorch's meta device.

    Args:
        module: a ``torch.nn.Module``.
        inputs: examples of what it is called with, of which only shapes and types are looked at;
            lists and dicts of tensors are fine.
        dynamic: sizes that may change, as ``torch.export.export`` takes them (``dynamic_shapes``);
            they are those of the examples here.
        batch: samples, in place of the examples' own.

    Raises:
        ConvcostError: PyTorch is missing or too old, or cannot export the module.
    """
    torch = _torch()
    name = type(module).__name__
    bare = _without_weights(torch, module)
    examples = torch.utils._pytree.tree_map_only(torch.Tensor, _on_meta, inputs)
    try:
        with torch.no_grad():
            program = torch.export.export(bare, examples, dynamic_shapes=dynamic, strict=False)
        file = BytesIO()
        torch.export.save(program, file)
    except Exception as error:  # of whatever the module does
        reason = printable(str(error).strip().partition("\n")[0])
        raise ConvcostError(
            f"{name}: PyTorch cannot export it without running it: {type(error).__name__}: {reason}"
        ) from error
    shapes = _shapes(torch, program, examples)
    path = f"{name}.pt2"
    return load(
        path, shapes=shapes, batch=batch, read=lambda _: file.getvalue(), same=_same(module)
    )


def _torch() -> Any:
    try:
        torch: Any = import_module("torch")
        import_module("torch.export")
    except ImportError:
        raise ConvcostError(
            "from_torch needs PyTorch 2.8 or newer, which is not installed: pip install torch"
        ) from None
    return torch


def _on_meta(tensor: Any) -> Any:
    return tensor.detach().to("meta")


def _attributes(part: Any) -> Iterator[Any]:
    for held in (part._parameters, part._buffers, part.__dict__):
        yield from held.values()


def _is(thing: Any, kind: Any) -> bool:
    return isinstance(thing, kind)


def _without_weights(torch: Any, module: Any) -> Any:
    """A copy of a module in which tensors have shapes alone."""
    known: dict[int, Any] = {}
    for tensor in (one for part in module.modules() for one in _attributes(part)):
        if _is(tensor, torch.Tensor) and id(tensor) not in known:
            bare = _on_meta(tensor)
            if _is(tensor, torch.nn.Parameter):
                bare = torch.nn.Parameter(bare, requires_grad=tensor.requires_grad)
            known[id(tensor)] = bare
    return deepcopy(module, known).eval()


def _shapes(torch: Any, program: Any, examples: Any) -> Mapping[str, tuple[int, ...]]:
    """The full shapes of the examples, by the names that the program has for them."""
    tensors = torch.utils._pytree.tree_leaves(examples)
    names = program.graph_signature.user_inputs
    pairs = zip(names, tensors, strict=True)
    return {n: (*t.shape,) for n, t in pairs if isinstance(t, torch.Tensor)}


def _same(module: Any) -> dict[str, str]:
    """For names of parameters that are another's too, the first of its names."""
    first: dict[int, str] = {}
    found: dict[str, str] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        own = first.setdefault(id(parameter), name)
        if own != name:
            found[name] = own
    return found
