"""A module of PyTorch run as it is, so that what convcost makes of its network can be compared."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from convcost.importers.pt2.exporting import Exported


class Module:
    """A module with examples of its inputs; see :class:`convcost.tensor.Original`."""

    def __init__(self, torch: Any, module: Any, examples: Sequence[Any], made: Exported) -> None:
        self._torch = torch
        self._module = module
        self._examples = examples
        self._made = made

    @property
    def _arrays(self) -> Mapping[str, Any]:
        module = self._module
        found = dict(module.named_parameters(remove_duplicate=False))
        return {**found, **dict(module.named_buffers(remove_duplicate=False))}

    def cannot(self) -> str | None:
        """The reason why it cannot be run; None where it can."""
        tensors = self._arrays.values()
        if any(tensor.is_meta for tensor in tensors):
            return "the module is on the meta device, and has no weights"
        kinds = {t.dtype for t in tensors if t.is_floating_point() or t.is_complex()}
        others = sorted(map(str, kinds - {self._torch.float32}))
        return f"the module has numbers of {others[0]}" if others else None

    def inputs(self, shapes: Mapping[str, tuple[int, ...]], seed: int) -> Mapping[str, Any]:
        """Normal numbers; where an input holds no floats, those of its example."""
        torch = self._torch
        drawn = torch.Generator().manual_seed(seed)
        found: dict[str, Any] = {}
        for name, example in self._named():
            shape = shapes[name]
            if example.is_floating_point():
                found[name] = torch.randn(shape, generator=drawn).numpy()
            elif example.is_meta or tuple(example.shape) != shape:
                found[name] = torch.zeros(shape, dtype=example.dtype).numpy()
            else:
                found[name] = example.detach().cpu().numpy()
        return found

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arrays that it makes, as it is after training."""
        torch, pytree = self._torch, self._torch.utils._pytree
        device = next((t.device for t in self._arrays.values()), torch.device("cpu"))
        arrays = iter(inputs.values())

        def given(_: Any) -> Any:
            return torch.tensor(next(arrays)).to(device)

        args = pytree.tree_map_only(torch.Tensor, given, self._examples)
        with self._trained(), torch.no_grad():
            made = pytree.tree_leaves(self._module(*args))
        pairs = zip(self._made.outputs, made, strict=True)
        return {name: t.cpu().numpy() for name, t in pairs if isinstance(t, torch.Tensor)}

    def array(self, name: str) -> Any:
        """A parameter, a buffer, or a tensor that is an attribute; KeyError where there is none."""
        found: Any = self._arrays.get(name, self._module)
        for word in name.split(".") if found is self._module else ():
            found = getattr(found, word, None)
        if not isinstance(found, self._torch.Tensor):
            raise KeyError(name)
        return found.detach().cpu().numpy()

    def _named(self) -> Iterator[tuple[str, Any]]:
        leaves = self._torch.utils._pytree.tree_leaves(self._examples)
        tensors = (one for one in leaves if isinstance(one, self._torch.Tensor))
        return zip(self._made.shapes, tensors, strict=True)

    @contextmanager
    def _trained(self) -> Generator[None]:
        """The module as it is after training, for as long as this lasts."""
        before = [(part, part.training) for part in self._module.modules()]
        self._module.eval()
        try:
            yield
        finally:
            for part, training in before:
                part.training = training
