"""Small modules of our own that ``exported.py`` exports, for what no network of a package has."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.export import Dim


class UNet(nn.Module):
    """Down, up by a transposed convolution, and joined with what was before."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.pool = nn.MaxPool2d(2)
        self.bottom = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(inplace=True))
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """The map of two classes, and the smallest map."""
        first = self.down(x)
        small = self.bottom(self.pool(first))
        whole = torch.cat((first, self.up(small)), 1)
        return {"out": self.head(whole), "small": small}


class Words(nn.Module):
    """A recurrent network of words."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(50, 12)
        self.lstm = nn.LSTM(12, 10, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(20, 4)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Classes, from the last step."""
        steps, _ = self.lstm(self.table(words))
        return self.head(steps[:, -1])


class Open(nn.Module):
    """A network for any number of images of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.head = nn.Linear(8, 5)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Classes."""
        maps = torch.relu(self.conv(image))
        return self.head(maps.mean((2, 3)))


class Shared(nn.Module):
    """Words whose table is the last layer's weight too, and a layer that nothing reads."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(20, 6)
        self.mixed = nn.Linear(6, 6)
        self.head = nn.Linear(6, 20, bias=False)
        self.head.weight = self.table.weight
        self.unused = nn.Linear(6, 3)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """A word for each."""
        return self.head(torch.tanh(self.mixed(self.table(words))))


def built(name: str) -> tuple[nn.Module, tuple[torch.Tensor, ...], Any]:
    """A module by its name, inputs for it, and which sizes are open."""
    image, words = torch.empty(2, 3, 32, 32), torch.zeros(2, 7, dtype=torch.int64)
    if name == "unet":
        return UNet(), (image[:1],), None
    if name == "lstm":
        return Words(), (words[:1],), None
    if name == "shared":
        return Shared(), (words[:1],), None
    sizes = {0: Dim("batch"), 2: Dim("height", min=8), 3: Dim("width", min=8)}
    return Open(), (image,), {"image": sizes}
