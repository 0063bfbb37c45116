"""Graphs inside of nodes, and arrays that no input decides."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from benchmarks.aten_cases.program import call, drawn, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case


class Control(nn.Module):
    """Graphs inside of nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.other = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> Any:
        with torch.enable_grad():  # all of it is exported without
            x = self.first(x)
        with torch.autocast("cpu", enabled=False):
            x = self.other(x)
        taken = torch.cond(torch.ones(1).sum() > 0, self.first, self.other, (x,))
        return taken + 1


def control() -> Mapping[str, Case]:
    return {"cond": of(Control(), drawn(2, 4))}


def constants() -> Mapping[str, Case]:
    x = drawn(2, 3, 4)
    return {
        "arange": call(lambda a: a + torch.arange(4), x),
        "arange picks": call(lambda a: a[:, :, torch.arange(3, 0, -1)], x),
        "full": call(lambda a: a + torch.full((3, 4), 2.0), x),
        "zeros and ones": call(
            lambda a: torch.cat((torch.zeros(2, 1, 4), a, torch.ones_like(a)), 1), x
        ),
        "new_full": call(lambda a: torch.cat((a, a.new_full((2, 1, 4), 3.0)), 1), x),
        "linspace": call(lambda a: a * torch.linspace(0, 1, 4), x),
        "eye": call(lambda a: a @ torch.eye(4), x),
        "constants as outputs": call(lambda a: (a + 1, torch.ones(3), torch.full((), 2.0)), x),
        "triu": call(lambda a: a + torch.ones(3, 4).triu(1), x),
    }
