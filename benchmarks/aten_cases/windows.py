"""Pools, and all else that reads an image by places."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F  # noqa: N812 - as all of PyTorch calls it

from benchmarks.aten_cases.program import MAP, aten, call, drawn, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case


def pools() -> Mapping[str, Case]:
    line, image, solid = drawn(2, 4, 9), MAP, drawn(1, 2, 4, 5, 3)
    found: dict[str, Case] = {}
    for rank, x in enumerate((line, image, solid), 1):
        maximum = getattr(nn, f"MaxPool{rank}d")
        found[f"max_pool{rank}d"] = of(maximum(2), x)
        found[f"max_pool{rank}d with indices"] = of(maximum(2, return_indices=True), x)
        found[f"max_pool{rank}d ceil"] = of(maximum(3, 2, 1, ceil_mode=True), x)
        mean = getattr(nn, f"AvgPool{rank}d")
        found[f"avg_pool{rank}d"] = of(mean(3, 2, 1), x)
        found[f"avg_pool{rank}d of what is there"] = of(mean(3, 2, 1, True, False), x)
        found[f"adaptive_avg_pool{rank}d"] = of(getattr(nn, f"AdaptiveAvgPool{rank}d")(2), x)
        found[f"global_avg_pool{rank}d"] = of(getattr(nn, f"AdaptiveAvgPool{rank}d")(1), x)
        found[f"adaptive_max_pool{rank}d"] = of(getattr(nn, f"AdaptiveMaxPool{rank}d")(2), x)
        found[f"upsample_nearest{rank}d"] = of(nn.Upsample(scale_factor=2), x)
        found[f"upsample_nearest{rank}d to a size"] = of(nn.Upsample((7,) * rank), x)
        found[f"reflection_pad{rank}d"] = of(getattr(nn, f"ReflectionPad{rank}d")(1), x)
        found[f"replication_pad{rank}d"] = of(getattr(nn, f"ReplicationPad{rank}d")(2), x)
        found[f"circular_pad{rank}d"] = of(getattr(nn, f"CircularPad{rank}d")(1), x)
    linear = (("linear", line), ("bilinear", image), ("trilinear", solid), ("bicubic", image))
    for mode, x in linear:
        found[f"upsample_{mode}"] = call(
            lambda a, m=mode: F.interpolate(a, scale_factor=2, mode=m), x
        )
        found[f"upsample_{mode} of corners"] = call(
            lambda a, m=mode: F.interpolate(a, size=8, mode=m, align_corners=True), x
        )
    for mode in ("bilinear", "bicubic"):
        for size in ((4, 3), (9, 8), (3, 9)):
            name = "antialiased" if size == (4, 3) else f"antialiased to {size[0]} x {size[1]}"
            found[f"{mode} {name}"] = call(
                lambda a, m=mode, s=size: F.interpolate(a, s, mode=m, antialias=True), image
            )
        found[f"{mode} antialiased of corners"] = call(
            lambda a, m=mode: F.interpolate(a, (4, 3), mode=m, antialias=True, align_corners=True),
            image,
        )
        found[f"{mode} antialiased by a factor"] = call(
            lambda a, m=mode: F.interpolate(a, scale_factor=0.6, mode=m, antialias=True), image
        )
    grid = drawn(2, 3, 4, 2).clamp(-1.2, 1.2)
    for mode in ("bilinear", "nearest", "bicubic"):
        found[f"grid_sampler {mode}"] = call(
            lambda a, g, m=mode: F.grid_sample(a, g, m, align_corners=False), image, grid
        )
    for corners in (False, True):
        found[f"grid_sampler reflection{' of corners' if corners else ''}"] = call(
            lambda a, g, c=corners: F.grid_sample(
                a, g * 3, padding_mode="reflection", align_corners=c
            ),
            *(image, grid),
        )
    found["grid_sampler border"] = call(
        lambda a, g: F.grid_sample(a, g, padding_mode="border", align_corners=True), image, grid
    )
    found["grid_sampler bicubic border"] = call(
        lambda a, g: F.grid_sample(a, g, "bicubic", "border", align_corners=True), image, grid
    )
    for rank, x in enumerate((line, image, solid), 1):
        for kind in ("reflection", "replication"):
            name = f"{kind}_pad{rank}d"
            pads = [1, 0] + [0, 1] * (rank - 1)
            found[f"{name} called"] = call(lambda a, n=name, p=pads: getattr(aten, n)(a, p), x)
    return found | {
        "max_pool2d of one sample": of(nn.MaxPool2d(2), drawn(4, 6, 5)),
        "max_pool2d dilated": of(nn.MaxPool2d(2, 1, dilation=2), image),
        "_adaptive_avg_pool3d": call(lambda a: aten._adaptive_avg_pool3d(a, [2, 2, 2]), solid),
        "pad": call(lambda a: F.pad(a, (1, 2, 0, 3)), image),
        "pad of a value": call(lambda a: F.pad(a, (1, 0), value=2.5), image),
        "pad of channels": call(lambda a: F.pad(a, (0, 0, 0, 0, 1, 2)), image),
        "pad that cuts": call(lambda a: F.pad(a, (-1, 2, 0, -2)), image),
        "grid_sampler_2d": call(lambda a, g: aten.grid_sampler_2d(a, g, 0, 0, False), image, grid),
        "im2col": of(nn.Unfold(2, padding=1, stride=2), image),
        "col2im": of(nn.Fold((5, 4), 2), drawn(2, 8, 12)),
    }
