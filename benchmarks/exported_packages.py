"""Networks of segmentation_models_pytorch, MONAI and diffusers that ``exported.py`` exports.

Small ones, since what they are made of is what matters; on the meta device, so without weights.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

Built = tuple[Any, tuple[torch.Tensor, ...]]

SMP = [
    *("Unet", "UnetPlusPlus", "Linknet", "FPN", "PSPNet"),
    *("DeepLabV3Plus", "PAN", "MAnet", "UPerNet", "Segformer"),
]
VOLUMES: dict[str, tuple[Any, ...]] = {
    "UNet": (3, 1, 2, (8, 16, 32), (2, 2)),
    "BasicUNet": (3, 1, 2),
    "SegResNet": (3, 8),
    "DynUNet": (3, 1, 2, (3, 3, 3), (1, 2, 2), (2, 2)),
    "VNet": (),
    "AttentionUnet": (3, 1, 2, (8, 16, 32), (2, 2)),
    "UNETR": (1, 2, (32, 32, 32), 8, 48, 96, 4),
    "SwinUNETR": (1, 2, 2, (2, 2, 2, 2), (3, 3, 3, 3), 4, True, 4.0, 12),
    "SegResNetVAE": ((32, 32, 32),),
    "SegResNetDS": (),
    "HighResNet": (),
    "FlexibleUNet": (1, 2, "efficientnet-b0", False, (32, 16, 16, 8, 8), 3),
    "DenseNet121": (3, 1, 2),
    "EfficientNetBN": ("efficientnet-b0", False, False, 3, 1),
    "BasicUNetPlusPlus": (3, 1, 2),
    "MedNeXt": (3, 8),
}
LARGER = ("SwinUNETR", "DenseNet121", "FlexibleUNet", "SegResNetDS", "EfficientNetBN", "MedNeXt")
BLOCKS = {"block_out_channels": (32, 64, 64, 64), "norm_num_groups": 8, "sample_size": 32}
CODER = {
    "block_out_channels": (32, 64),
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "norm_num_groups": 8,
}


DIFFUSERS = [
    *("UNet2DModel", "UNet2DConditionModel", "AutoencoderKL", "VQModel", "AutoencoderTiny"),
    *("ControlNetModel", "DiTTransformer2DModel"),
]


def _smp(name: str) -> Built:
    package: Any = import_module("segmentation_models_pytorch")
    return getattr(package, name)("resnet18", encoder_weights=None), (torch.empty(1, 3, 128, 128),)


def _monai(name: str) -> Built:
    package: Any = import_module("monai.networks.nets")
    side = 64 if name in LARGER else 32
    return getattr(package, name)(*VOLUMES[name]), (torch.empty(1, 1, side, side, side),)


def _diffusers(name: str) -> Built:
    package: Any = import_module("diffusers")
    step = torch.empty(1)
    if name == "UNet2DModel":
        return package.UNet2DModel(**BLOCKS), (torch.empty(1, 3, 32, 32), step)
    if name == "UNet2DConditionModel":
        sizes = {"cross_attention_dim": 32, "attention_head_dim": 8}
        module = package.UNet2DConditionModel(**sizes, **BLOCKS)
        return module, (torch.empty(1, 4, 32, 32), step, torch.empty(1, 7, 32))
    if name == "ControlNetModel":
        sizes = {"cross_attention_dim": 32, "attention_head_dim": 8, "norm_num_groups": 8}
        module = package.ControlNetModel(block_out_channels=(32, 64, 64, 64), **sizes)
        more = torch.empty(1, 7, 32), torch.empty(1, 3, 256, 256)
        return module, (torch.empty(1, 4, 32, 32), step, *more)
    if name == "DiTTransformer2DModel":
        sizes = {"num_attention_heads": 4, "attention_head_dim": 8, "num_layers": 2}
        module = package.DiTTransformer2DModel(sample_size=16, **sizes)
        label = torch.zeros(1, dtype=torch.int64)
        return module, (torch.empty(1, 4, 16, 16), step.long(), label)
    if name == "AutoencoderTiny":
        return package.AutoencoderTiny(), (torch.empty(1, 3, 64, 64),)
    return getattr(package, name)(**CODER), (torch.empty(1, 3, 64, 64),)


PACKAGES: dict[str, tuple[list[str], Callable[[str], Built]]] = {
    "smp": (SMP, _smp),
    "monai": ([*VOLUMES], _monai),
    "diffusers": (DIFFUSERS, _diffusers),
}


def built(name: str) -> Built:
    """A module and its inputs, by the names of its package and its own: ``smp.Unet``."""
    package, _, own = name.partition(".")
    return PACKAGES[package][1](own)


def every(package: str) -> list[str]:
    """The names of the networks of a package."""
    return [f"{package}.{name}" for name in PACKAGES[package][0]]
