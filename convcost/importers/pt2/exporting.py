"""Modules of PyTorch as the bytes of exported programs: without their weights, on the meta device.

Nothing of convcost is imported here, so that any Python that has PyTorch can run this file: that
of convcost itself, or one that a factory is run by (``convcost.gate.factory_child``). PyTorch is
handed over by whoever calls.
"""

from __future__ import annotations

from contextlib import redirect_stderr
from copy import deepcopy
from functools import partial
from inspect import signature
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Bare = Callable[[Any], Any]


DROPPED = ("StochasticDepth", "DropPath")
"""Classes of modules that drop whole samples of a branch in training, of torchvision and timm."""


class Exported(NamedTuple):
    """An exported module: the bytes of its archive, the full shapes of its inputs by the names that
    the program has for them, for names of parameters that are another's too the first name, and
    the names of its outputs (of what is not a tensor, what it is)."""

    data: bytes
    shapes: Mapping[str, tuple[int, ...]]
    same: Mapping[str, str]
    outputs: Sequence[Any] = ()


def exported(
    torch: Any,
    module: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None = None,
    dynamic: Any = None,
) -> Exported:
    """Export a module as it is after training; it stays as it is.

    Args:
        torch: PyTorch, with ``torch.export``.
        module: a ``torch.nn.Module``.
        args: examples of what it is called with, of which only shapes and types are looked at.
        kwargs: the same, by name.
        dynamic: sizes that may change, as ``torch.export.export`` takes them.

    Raises:
        Exception: any that the module or PyTorch raises.
    """

    given = ((*args,), dict(kwargs or {}))
    try:
        program, examples = _program(torch, module, given, dynamic, _on_meta)
    except Exception:  # so with most modules that make tensors of their own: those have a device
        program, examples = _program(torch, module, given, dynamic, _without_memory(torch))
    tensors = torch.utils._pytree.tree_leaves(examples)
    pairs = zip(program.graph_signature.user_inputs, tensors, strict=True)
    shapes = {name: (*t.shape,) for name, t in pairs if isinstance(t, torch.Tensor)}
    made = program.graph_signature.user_outputs
    return Exported(saved(torch, program), shapes, _same(module), made)


def _program(torch: Any, module: Any, given: Any, dynamic: Any, bare: Bare) -> tuple[Any, Any]:
    """The exported program of a copy of a module, and the examples that it was exported with, both
    of tensors without numbers as ``bare`` makes them."""
    copy = _without_weights(torch, module, bare)
    _leave_traces(torch, copy)
    examples = torch.utils._pytree.tree_map_only(torch.Tensor, bare, given)
    args, kwargs = examples
    # PyTorch prints the whole graph where it fails; its exception has the reason.
    with torch.no_grad(), redirect_stderr(StringIO()):
        made = torch.export.export(copy, args, kwargs, dynamic_shapes=dynamic, strict=False)
    return made, examples


def _on_meta(tensor: Any) -> Any:
    return tensor.detach().to("meta")


def _without_memory(torch: Any) -> Bare:
    """Return a function that makes tensors which claim to be on a device and take no memory
    there."""
    mode = torch._subclasses.FakeTensorMode(allow_non_fake_inputs=True)

    def bare(tensor: Any) -> Any:
        with mode:
            device = "cpu" if tensor.device.type == "meta" else tensor.device
            return torch.empty_like(tensor, device=device, requires_grad=False)

    return bare


def saved(torch: Any, program: Any) -> bytes:
    """The bytes of the archive of an exported program."""
    file = BytesIO()
    torch.export.save(program, file)
    return file.getvalue()


def bound(module: Any, given: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bind arguments given by name to a module's ``forward``, and return them as positional and
    keyword arguments. If ``forward`` takes ``*args``, they are passed in the given order.

    Raises:
        TypeError: it has no such argument, or needs another.
    """
    declared = signature(module.forward).parameters.values()
    if any(one.kind is one.VAR_POSITIONAL for one in declared):
        return (*given.values(),), {}
    found = signature(module.forward).bind(**given)
    return found.args, found.kwargs


def _attributes(part: Any) -> Iterator[Any]:
    for held in (part._parameters, part._buffers, part.__dict__):
        yield from held.values()


def _without_weights(torch: Any, module: Any, bare: Bare) -> Any:
    """A copy of a module in which tensors have shapes alone."""
    known: dict[int, Any] = {}
    for tensor in (one for part in module.modules() for one in _attributes(part)):
        if isinstance(tensor, torch.Tensor) and id(tensor) not in known:
            own = bare(tensor)
            if isinstance(tensor, torch.nn.Parameter):
                own = torch.nn.Parameter(own, requires_grad=tensor.requires_grad)
            known[id(tensor)] = own
    return deepcopy(module, known).eval()


def _leave_traces(torch: Any, module: Any) -> None:
    """Have what drops samples in training leave a node, which does nothing after it: by itself it
    would leave none."""
    for part in module.modules():
        if type(part).__name__ not in DROPPED:  # others may call anything so
            continue
        if p := getattr(part, "p", None) or getattr(part, "drop_prob", None):
            part.forward = partial(torch.nn.functional.dropout, p=p, training=False)


def _same(module: Any) -> dict[str, str]:
    """For names of parameters that are another's too, the first of its names."""
    first: dict[int, str] = {}
    found: dict[str, str] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        own = first.setdefault(id(parameter), name)
        if own != name:
            found[name] = own
    return found
