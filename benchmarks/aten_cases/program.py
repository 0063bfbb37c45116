"""Modules of one call, and arrays that are the same at each run."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

aten: Any = torch.ops.aten


class Call(nn.Module):
    """A function of its inputs as a module, with arrays of its own as further arguments."""

    def __init__(self, act: Callable[..., Any], *arrays: torch.Tensor) -> None:
        super().__init__()
        self.act = act
        self.arrays = nn.ParameterList(nn.Parameter(array) for array in arrays)

    def forward(self, *inputs: torch.Tensor) -> Any:
        return self.act(*inputs, *self.arrays)


def drawn(*shape: int) -> torch.Tensor:
    """Numbers of two digits, the same for the same shape."""
    made = torch.Generator().manual_seed(sum(n * 7**k for k, n in enumerate(shape)))
    return torch.round(torch.randn(shape, generator=made) * 100) / 100


def many(module: nn.Module) -> nn.Module:
    """A module whose arrays are drawn, norms' statistics included."""
    for name, array in module.state_dict().items():
        if array.dtype.is_floating_point:
            values = drawn(*array.shape) / 2
            array.copy_(values.abs() + 0.5 if name.endswith("running_var") else values)
    return module.eval()


Case = tuple[nn.Module, tuple[torch.Tensor, ...]]
MAP = drawn(2, 4, 6, 5)
ROWS = drawn(2, 3, 4)
TOKENS = drawn(2, 4, 3, 8)


def call(act: Callable[..., Any], *inputs: torch.Tensor, own: tuple[Any, ...] = ()) -> Case:
    return Call(act, *own).eval(), inputs


def of(module: nn.Module, *inputs: torch.Tensor) -> Case:
    return many(module), inputs
