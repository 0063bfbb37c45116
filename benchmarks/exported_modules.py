"""Small modules of our own that ``exported.py`` exports, for what no network of a package has."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.export import Dim
from torch.nn import functional as F  # noqa: N812  # as programs call it


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


class Windows(nn.Module):
    """Layers that tools tell apart by padding, by groups or by what a file calls in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.same = nn.Conv2d(4, 4, 3, padding="same")
        self.up = nn.ConvTranspose2d(4, 4, 2, stride=2, groups=2)
        self.leaky = nn.LeakyReLU(0.1, inplace=True)
        self.mean = nn.AvgPool2d(3, 2, 1, count_include_pad=False)
        self.hanging = nn.AvgPool2d(3, 2, ceil_mode=True)
        self.most = nn.MaxPool2d((1, 3))
        self.shares = nn.Softmax(1)
        self.twice = nn.Upsample(scale_factor=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A map."""
        x = self.mean(self.up(self.leaky(self.same(self.first(x)))))
        return self.twice(self.shares(self.most(self.hanging(x))))


class Windowed(nn.Module):
    """Attention within windows, whose axis stands between heads and tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(16, 48)
        self.head = nn.Linear(16, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classes of each token."""
        n, tokens, _ = x.shape
        split = self.qkv(x).reshape(n, tokens, 3, 2, 8).permute(2, 0, 3, 1, 4)
        q, k, v = (part.reshape(n, 2, 3, tokens // 3, 8) for part in split.unbind(0))
        mixed = F.scaled_dot_product_attention(q, k, v).reshape(n, 2, tokens, 8)
        return self.head(mixed.transpose(1, 2).reshape(n, tokens, 16))


class SplitSoftmax(nn.Module):
    """Named after a class of PyTorch, and not derived from it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shares."""
        return F.softmax(x, 1)


class Functions(nn.Module):
    """Layers that tools tell apart by the called function, though it computes the same.

    All is in ``forward``, since programs keep the lines of no other method.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.split = SplitSoftmax()
        self.bias = nn.Parameter(torch.zeros(16, 16))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A map."""
        x = self.split(self.first(x))
        x = torch.add(x, x)
        x = torch.add(x, 1.0)
        x = x.add(x)
        x = x + x
        x = torch.mul(x, x)
        x = torch.mul(x, 0.5)
        x = x.mul(x)
        x = x.mul(2.0)
        x = x * x
        x = torch.softmax(x, 1)
        x = F.softmax(x, 1)
        x = x.softmax(1)
        x = torch.relu(x)
        x = F.relu(x)
        x = x.relu()
        x = F.relu6(x)
        x = x.clamp(min=0)
        x = F.leaky_relu(x, 0.1)
        x = F.leaky_relu(x, 0.1, inplace=True)
        x = F.normalize(x, dim=1)
        x = torch.matmul(x, x)
        x = x @ x
        x = torch.einsum("abcd,abde->abce", x, x)
        x = torch.baddbmm(x[0], x[0], x[0])[None]
        x = F.scaled_dot_product_attention(x, x, x)
        x = F.scaled_dot_product_attention(x, x, x, self.bias.t())
        x = F.scaled_dot_product_attention(x[None], x[None], x[None])[0]
        x = F.interpolate(x, size=(32, 32))
        x = F.interpolate(x, scale_factor=2, mode="bilinear")
        return F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)


def built(name: str) -> tuple[nn.Module, tuple[torch.Tensor, ...], Any]:
    """A module by its name, inputs for it, and which sizes are open."""
    image, words = torch.empty(2, 3, 32, 32), torch.zeros(2, 7, dtype=torch.int64)
    if name == "unet":
        return UNet(), (image[:1],), None
    if name == "lstm":
        return Words(), (words[:1],), None
    if name in ("windows", "functions"):
        return Windows() if name == "windows" else Functions(), (torch.empty(1, 3, 16, 16),), None
    if name == "windowed":
        return Windowed(), (torch.empty(1, 30, 16),), None
    if name == "shared":
        return Shared(), (words[:1],), None
    sizes = {0: Dim("batch"), 2: Dim("height", min=8), 3: Dim("width", min=8)}
    return Open(), (image,), {"image": sizes}
